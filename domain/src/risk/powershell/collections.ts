import type { SyntaxNode } from '../syntax.ts';

/** Lists and tables of .NET that hold things and do nothing else, as `[List[string]]` or `System.Collections.ArrayList`. */
const COLLECTION =
  /^(system\.)?collections\.(arraylist|hashtable|queue|stack|sortedlist|specialized\.ordereddictionary|generic\.(list|hashset|queue|stack|sortedset|linkedlist|dictionary|sorteddictionary)\[[\w.,\s]+\])$/i;

export const isCollectionType = (name: string): boolean => COLLECTION.test(name.trim().replace(/^\[|\]$/g, ''));

/** Whether a type literal names one of them: `[System.Collections.Generic.List[string]]`. */
export const isCollectionLiteral = (literal: string): boolean =>
  /^\[.*\]$/s.test(literal) && COLLECTION.test(literal.slice(1, -1).trim());

/** Their methods, in small letters. Under some of these names other objects change things: a certificate store's `Add`. */
const METHODS = new Set(
  `add addrange insert insertrange remove removeat removeall clear contains containskey containsvalue sort reverse push pop peek enqueue dequeue
  exceptwith unionwith intersectwith getrange`.split(/\s+/),
);

/** The variables of a script that only ever hold a list or table that the script itself made: what it does to those changes nothing else. */
export class OwnCollections {
  readonly #names = new Set<string>();
  /** Of them those that may be an array: what is called on one may be called on each of its elements. */
  readonly #arrays = new Set<string>();

  constructor(root: SyntaxNode) {
    const others = new Set<string>();
    const visit = (node: SyntaxNode, depth: number): void => {
      if (depth > 400) return;
      if (node.type === 'assignment_expression') {
        const name = variableName(node.children[0]);
        const operator = node.children.find(({ type }) => type === 'assignement_operator')?.text ?? '';
        const made = operator === '=' ? madeBy(node.children.at(-1)) : 'same';
        if (name !== null && made === 'array') this.#arrays.add(name);
        if (name !== null && made !== 'same') (made === null ? others : this.#names).add(name);
      }
      // Set in another way: by a loop, or as a parameter.
      if (/^(foreach_statement|script_parameter)$/.test(node.type))
        for (const child of node.children) if (child.type === 'variable') others.add(keyOf(child));
      for (const child of node.children) visit(child, depth + 1);
    };
    visit(root, 0);
    // `-PipelineVariable x` and `[ref]$x` set one where no assignment stands.
    if (/-p(ipeline)?v|\[ref\]/i.test(root.text)) this.#names.clear();
    for (const name of others) this.#names.delete(name);
  }

  /** `$table[…] = …`, `$table.Key += …`. What stands in the brackets is judged by itself. */
  takesAssignment(target: SyntaxNode): boolean {
    const place = sole(target);
    const holder = place.children[0];
    return (
      (place.type === 'element_access' && this.#has(holder)) ||
      (place.type === 'member_access' && this.#has(holder) && !this.#arrays.has(keyOf(holder)))
    );
  }

  /** `$list.Add(…)`. */
  takesCall(owner: SyntaxNode, method: string): boolean {
    return this.#has(owner) && !this.#arrays.has(keyOf(owner)) && METHODS.has(method.toLowerCase());
  }

  #has(node: SyntaxNode | undefined): boolean {
    return node?.type === 'variable' && this.#names.has(keyOf(node));
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
function madeBy(value: SyntaxNode | undefined): 'array' | 'collection' | null {
  if (value === undefined) return null;
  const made = sole(value).type;
  if (made === 'array_expression') return 'array';
  const text = value.text.trim();
  const type = /^(\[.*\])::new\(\)$/is.exec(text)?.[1];
  const name = /^New-Object\s+(?:-TypeName\s+)?['"]?([\w.]+)['"]?$/i.exec(text)?.[1];
  const fresh =
    made === 'hash_literal_expression' ||
    (made === 'cast_expression' && /^\[ordered\]\s*@\{[^]*\}$/i.test(text)) ||
    (type !== undefined && isCollectionLiteral(type)) ||
    (name !== undefined && isCollectionType(name));
  return fresh ? 'collection' : null;
}
