import type { SyntaxNode } from '../syntax.ts';
import { timesSet } from './constants.ts';

/**
 * The variables of a script that only ever hold whole numbers: `n=0`, `n=$((n+1))`, `for i in 1 2 3`. Arithmetic evaluates what a variable
 * holds, and `a[$(rm x)]` is a value that runs something: only with these is it known to compute.
 */
export class Numbers {
  readonly #names: Set<string>;

  constructor(root: SyntaxNode) {
    const settings = new Map<string, (readonly string[] | null)[]>();
    const visit = (node: SyntaxNode, depth: number): void => {
      if (depth > 40) return;
      const [name, needs] = settingOf(node) ?? ['', null];
      if (name !== '') settings.set(name, [...(settings.get(name) ?? []), needs]);
      for (const child of node.children) visit(child, depth + 1);
    };
    visit(root, 0);
    const known = [...settings].filter(
      ([name, all]) => all.every((needs) => needs !== null) && timesSet(name, root.text) === all.length,
    );
    this.#names = new Set(known.map(([name]) => name));
    // One that is computed from another is a number as long as that one is.
    for (let before = -1; before !== this.#names.size;) {
      before = this.#names.size;
      for (const [name, all] of known) if (!all.every((needs) => this.#all(needs ?? []))) this.#names.delete(name);
    }
  }

  /** Whether arithmetic as it is written takes numbers alone. */
  only(expression: string): boolean {
    return this.#all(namesIn(expression));
  }

  #all(names: readonly string[]): boolean {
    return names.every((name) => this.#names.has(name));
  }
}

/** Without numbers that hold letters: `16#ff`, `0x1f`. */
const namesIn = (expression: string): string[] =>
  expression.replace(/\b(\d+#\w+|0x[\da-f]+)/gi, '').match(/[A-Za-z_]\w*/g) ?? [];

/** What a node sets, and the variables its value is computed from; null where the value may be anything. */
function settingOf(node: SyntaxNode): [string, readonly string[] | null] | null {
  if (node.type === 'variable_assignment') {
    const value = node.childForFieldName('value');
    return [node.childForFieldName('name')?.text ?? '', value === null ? [] : numberOf(value)];
  }
  if (node.type !== 'for_statement') return null;
  const name = node.children.find(({ type }) => type === 'variable_name')?.text ?? '';
  const start = node.children.findIndex(({ type }) => type === 'in');
  const end = node.children.findIndex(({ type }) => type === ';' || type === 'do_group');
  const words = start === -1 ? [] : node.children.slice(start + 1, end);
  return [name, words.length > 0 && words.every(({ text }) => COUNTED.test(text)) ? [] : null];
}

/** `3`, `{1..9}`, `$(seq 1 9)`. */
const COUNTED = /^(\d+|\{\d+\.\.\d+\}|\$\(seq( \d+){1,3}\))$/;

function numberOf(value: SyntaxNode): readonly string[] | null {
  if (value.type === 'arithmetic_expansion') return namesIn(value.text);
  return /^[-+]?\d+$/.test(value.text) ? [] : null;
}
