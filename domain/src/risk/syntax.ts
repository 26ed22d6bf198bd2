import { type Finding, type Reason, change } from './verdict.ts';

/** What the classifier needs of a parsed script: a structural subset of web-tree-sitter's node. */
export interface SyntaxNode {
  type: string;
  text: string;
  /** Where it stands in the script, in UTF-16 units. */
  startIndex: number;
  endIndex: number;
  namedChildren: readonly SyntaxNode[];
  children: readonly SyntaxNode[];
  childForFieldName(name: string): SyntaxNode | null;
  parent: SyntaxNode | null;
  descendantForIndex(start: number, end: number): SyntaxNode | null;
}

/** The outermost node. */
export interface ParsedScript extends SyntaxNode {
  /** Whether some of it could not be parsed. */
  hasError: boolean;
  /** All of the script: `text` begins where the first part does. */
  whole: string;
}

/** What was found, at the place of the node. */
export const at = (node: Pick<SyntaxNode, 'startIndex' | 'endIndex'>, found: readonly Finding[]): Reason[] =>
  found.map(({ risk, words }) => ({ risk, words, start: node.startIndex, end: node.endIndex }));

export const UNPARSED = change('cannot be parsed, so it counts as a change');
export const TOO_BIG = change('is too long or too deeply nested to be judged, so it counts as a change');

export const ODD_SPACE = change('holds unusual or invisible spaces, so what is read may not be what runs');

/** Spaces and marks that a reader does not see and a shell may not treat as space. */
const INVISIBLE =
  /[\v\f\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff]|\r(?!\n)/;

/** The first character that makes what is read differ from what runs. */
export function hiddenCharacters(script: string): Reason[] {
  const index = script.search(INVISIBLE);
  return index === -1 ? [] : at({ startIndex: index, endIndex: index + 1 }, [ODD_SPACE]);
}

/** Longest script that is judged, in UTF-16 units. Nobody reads a longer one before running it, and a walk over it would take seconds. */
export const MOST_CHARACTERS = 16_000;

/** Bounds of a walk, in syntax nodes. */
const MOST_NODES = 20_000;
const DEEPEST = 150;

/** Guards a walk over a tree against scripts made to exhaust it. */
export class WalkBudget {
  #nodes = 0;
  /** Whether the node may be entered. */
  allows(depth: number): boolean {
    this.#nodes += 1;
    return this.#nodes <= MOST_NODES && depth <= DEEPEST;
  }
}
