import type { SyntaxNode } from '../syntax.ts';

type Kind = 'array' | 'table' | 'list' | 'set' | 'queue' | 'stack';

/** The types of .NET that hold things and do nothing else, as `[List[string]]` or `System.Collections.ArrayList`. In small letters. */
const KIND_OF_TYPE: Readonly<Record<string, Kind>> = {
  arraylist: 'list',
  'generic.list': 'list',
  hashtable: 'table',
  'specialized.ordereddictionary': 'table',
  'generic.dictionary': 'table',
  'generic.sorteddictionary': 'table',
  'generic.hashset': 'set',
  'generic.sortedset': 'set',
  queue: 'queue',
  'generic.queue': 'queue',
  stack: 'stack',
  'generic.stack': 'stack',
};

/** Their methods. One that a type does not have would be called on each thing it holds: a certificate store's `Add`. */
const METHODS: Readonly<Record<Kind, RegExp>> = {
  array: /(?!)/,
  table: /^(add|remove|clear|contains(key|value)?)$/i,
  list: /^(add|addrange|insert|insertrange|remove|removeat|removerange|clear|contains|reverse|getrange)$/i,
  set: /^(add|remove|clear|contains|exceptwith|unionwith)$/i,
  queue: /^(enqueue|dequeue|peek|clear|contains)$/i,
  stack: /^(push|pop|peek|clear|contains)$/i,
};

function kindOfType(name: string): Kind | null {
  const [, type = '', held] = /^(?:system\.)?collections\.([\w.]+)(\[[\w.,\s]+\])?$/i.exec(name.trim()) ?? [];
  const key = type.toLowerCase();
  return Object.hasOwn(KIND_OF_TYPE, key) && key.startsWith('generic.') === (held !== undefined)
    ? KIND_OF_TYPE[key]!
    : null;
}

export const isCollectionType = (name: string): boolean => kindOfType(name) !== null;

/** Whether a type literal names one of them: `[System.Collections.Generic.List[string]]`. */
export const isCollectionLiteral = (literal: string): boolean =>
  /^\[.*\]$/s.test(literal) && isCollectionType(literal.slice(1, -1));

/** PowerShell itself puts other things there. */
const AUTOMATIC = /^(args|input|this|foreach|switch|matches|error|event\w*|sender|_)$/;

/** Deeper than any person nests; what stands there is not looked at. */
const DEEPEST = 400;

/** The variables of a script that only ever hold a list or table that the script itself made: what it does to those changes nothing else. */
export class OwnCollections {
  readonly #kinds = new Map<string, Kind | null>();

  constructor(root: SyntaxNode) {
    let seenAll = true;
    const visit = (node: SyntaxNode, depth: number): void => {
      seenAll &&= depth <= DEEPEST;
      if (!seenAll) return;
      if (node.type === 'assignment_expression') this.#assigned(node);
      // Set in another way: by a loop, or as a parameter.
      if (/^(foreach_statement|script_parameter)$/.test(node.type))
        for (const child of node.children) if (child.type === 'variable') this.#kinds.set(keyOf(child), null);
      for (const child of node.children) visit(child, depth + 1);
    };
    visit(root, 0);
    // `-PipelineVariable x`, however it is shortened, and `[ref]$x` set one where no assignment stands.
    if (!seenAll || /-(pv\b|pi\w*)|\[ref\]/i.test(root.text)) this.#kinds.clear();
  }

  /** `$table[…] = …`, `$table.Key += …`. What stands in the brackets is judged by itself. */
  takesAssignment(target: SyntaxNode): boolean {
    const place = sole(target);
    const kind = this.#kindOf(place.children[0]);
    return kind !== null && (place.type === 'element_access' || (place.type === 'member_access' && kind === 'table'));
  }

  /** `$list.Add(…)`. */
  takesCall(owner: SyntaxNode, method: string): boolean {
    const kind = this.#kindOf(owner);
    return kind !== null && METHODS[kind].test(method);
  }

  #kindOf(node: SyntaxNode | undefined): Kind | null {
    return node?.type === 'variable' ? (this.#kinds.get(keyOf(node)) ?? null) : null;
  }

  #assigned(node: SyntaxNode): void {
    const name = variableName(node.children[0]);
    if (name === null || AUTOMATIC.test(name)) return;
    const before = this.#kinds.get(name);
    const adds = node.children.find(({ type }) => type === 'assignement_operator')?.text !== '=';
    // `+=` makes an array of whatever is no table.
    const kind = adds ? (before === 'table' || before === 'array' ? before : null) : madeBy(node.children.at(-1));
    this.#kinds.set(name, before === undefined || before === kind ? kind : null);
  }
}

/** PowerShell's names are the same in capital letters. */
const keyOf = (variable: SyntaxNode | undefined): string => (variable?.text ?? '').slice(1).toLowerCase();

/** The node that is all of this one: the grammar wraps an expression some fifteen times. */
export function sole(node: SyntaxNode): SyntaxNode {
  const [only, ...more] = node.children;
  return only === undefined || more.length > 0 ? node : sole(only);
}

function variableName(target: SyntaxNode | undefined): string | null {
  const place = target === undefined ? undefined : sole(target);
  const variable = place?.type === 'cast_expression' ? sole(place.children.at(-1)!) : place;
  return variable?.type === 'variable' ? keyOf(variable) : null;
}

/** What `@{…}`, `@(…)`, `[ordered]@{…}`, `[List[string]]::new()`, `New-Object System.Collections.ArrayList` make; null for anything else. */
function madeBy(value: SyntaxNode | undefined): Kind | null {
  if (value === undefined) return null;
  const made = sole(value).type;
  if (made === 'array_expression') return 'array';
  const text = value.text.trim();
  if (made === 'hash_literal_expression' || (made === 'cast_expression' && /^\[ordered\]\s*@\{[^]*\}$/i.test(text)))
    return 'table';
  const type =
    /^\[(.*)\]::new\(\)$/is.exec(text)?.[1] ?? /^New-Object\s+(?:-TypeName\s+)?['"]?([\w.]+)['"]?$/i.exec(text)?.[1];
  return type === undefined ? null : kindOfType(type);
}
