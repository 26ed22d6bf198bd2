import type { SyntaxNode } from '../syntax.ts';
import { loopOf, timesSet } from './constants.ts';

/** One place that sets a variable to a number. */
interface Setting {
  /** Sure to have been done wherever this holds the place and it comes later; null where it may have been skipped. */
  within: SyntaxNode | null;
  from: number;
}

/**
 * The variables of a script that only ever hold whole numbers: `n=0`, `n=$((n+1))`, `for i in 1 2 3`. Arithmetic evaluates what a variable
 * holds, and `a[$(rm x)]` is a value that runs something: only with these, and only once they were set, is it known to compute.
 */
export class Numbers {
  readonly #settings = new Map<string, Setting[]>();

  constructor(root: SyntaxNode) {
    const others = new Set<string>();
    const visit = (node: SyntaxNode, depth: number): void => {
      if (depth > 40) return;
      const set = settingOf(node);
      if (set !== null && set.setting === null) others.add(set.name);
      else if (set !== null) this.#settings.set(set.name, [...(this.#settings.get(set.name) ?? []), set.setting!]);
      for (const child of node.children) visit(child, depth + 1);
    };
    visit(root, 0);
    // What arithmetic itself sets is a number, too.
    const text = root.text.replace(/\$\(\([^()]*\)\)/g, '');
    for (const [name, settings] of this.#settings)
      if (others.has(name) || timesSet(name, text) !== settings.length) this.#settings.delete(name);
  }

  /** `for ((i=0; i<3; i++))`: what stands between the brackets. */
  onlyInHeader(loop: SyntaxNode): boolean {
    const close = loop.children.findIndex(({ type }) => type === '))');
    return loop.children.slice(0, close).every((part) => {
      if (part.type !== 'variable_assignment') return part.children.length === 0 || this.only(part);
      const value = part.childForFieldName('value');
      return value === null || this.only(value);
    });
  }

  /** Whether arithmetic takes numbers alone, as it is written at that place. */
  only(place: SyntaxNode): boolean {
    const plain = place.text
      .replace(BASED, '0')
      .replace(/\$\{?([A-Za-z_]\w*)\}?/g, '$1')
      .replace(/\$[#?](?!\w)/g, '0');
    return (
      // Past the brackets that open it: what else is computed there may be anything, as `$1` and `$(…)` are.
      !/[$`<'"\\[\]]/.test(plain.replace(/^\$?\(\(/, '').replace(/<=?|<</g, '')) &&
      (plain.match(/[A-Za-z_]\w*/g) ?? []).every((name) =>
        (this.#settings.get(name) ?? []).some(({ within, from }) => from <= place.startIndex && holds(within, place)),
      )
    );
  }
}

/** Numbers that hold letters: `16#ff`, `0x1f`. */
const BASED = /\b(\d+#\w+|0x[\da-f]+)/gi;

function holds(outer: SyntaxNode | null, inner: SyntaxNode): boolean {
  for (let node: SyntaxNode | null = inner; outer !== null && node !== null; node = node.parent)
    if (node === outer) return true;
  return false;
}

/** What a node sets; no `setting` where the value may be anything. */
function settingOf(node: SyntaxNode): { name: string; setting: Setting | null } | null {
  const found =
    node.type === 'variable_assignment' ? assigned(node) : node.type === 'for_statement' ? counted(node) : null;
  return found === null || /^[A-Za-z_]\w*$/.test(found.name) ? found : null;
}

function assigned(node: SyntaxNode): { name: string; setting: Setting | null } {
  const name = node.childForFieldName('name')?.text ?? '';
  const value = node.childForFieldName('value');
  // Arithmetic gives a number, whatever it takes; what it takes is looked at where it stands.
  const isNumber = value === null || value.type === 'arithmetic_expansion' || /^[-+]?\d+$/.test(value.text);
  return { name, setting: isNumber ? { within: blockOf(node), from: node.endIndex } : null };
}

/** The block whose later statements come only after this one. */
function blockOf({ parent, startIndex }: SyntaxNode): SyntaxNode | null {
  if (parent === null || !/^(program|do_group|subshell|compound_statement|c_style_for_statement)$/.test(parent.type))
    return null;
  const next = parent.children[parent.children.findIndex((child) => child.startIndex === startIndex) + 1];
  // In the background or a pipe it would be set in a process of its own.
  return /^[&|]/.test(next?.type ?? '') ? null : parent;
}

/** `for i in 1 2 3`, `{1..9}`, `$(seq 1 9)`. */
function counted(node: SyntaxNode): { name: string; setting: Setting | null } {
  const { name, words } = loopOf(node);
  const isCount = words.length > 0 && words.every(({ text }) => COUNTED.test(text));
  return { name, setting: isCount ? { within: node, from: node.startIndex } : null };
}

const COUNTED = /^(\d+|\{\d+\.\.\d+\}|\$\(seq( \d+){1,3}\))$/;
