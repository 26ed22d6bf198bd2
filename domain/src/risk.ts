import { type Risk, RISKS, worseRisk } from './command.ts';

/** What the classifier needs of a parsed script: a structural subset of web-tree-sitter's node. */
export interface SyntaxNode {
  type: string;
  text: string;
  hasError: boolean;
  namedChildren: SyntaxNode[];
  children: SyntaxNode[];
  childForFieldName(name: string): SyntaxNode | null;
}

export interface Assessment {
  risk: Risk;
  /** One plain sentence that names the part that decided. */
  why: string;
}

export const readOnly = (why: string): Assessment => ({ risk: 'read_only', why });
export const change = (why: string): Assessment => ({ risk: 'change', why });
export const destructive = (why: string): Assessment => ({ risk: 'destructive', why });

/** A composite is as bad as its worst part; of equals the first one names the reason. */
export function worstOf(parts: readonly Assessment[], whenEmpty: Assessment): Assessment {
  let worst = parts[0] ?? whenEmpty;
  for (const part of parts)
    if (part.risk !== worst.risk && worseRisk(part.risk, worst.risk) === part.risk) worst = part;
  if (worst.risk === RISKS[0] && parts.length > 1) return readOnly('Every part only reads.');
  return worst;
}

export const UNPARSED = change('The script could not be parsed, so it counts as a change.');
export const TOO_BIG = change('The script is too long or too deeply nested to be judged, so it counts as a change.');

/** Spaces and marks that a reader does not see and a shell may not treat as space. */
const INVISIBLE = /[\v\f\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]|\r(?!\n)/;

export const hiddenCharacters = (script: string): Assessment[] =>
  INVISIBLE.test(script)
    ? [change('The script holds unusual or invisible spaces, so what is read may not be what runs.')]
    : [];

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
