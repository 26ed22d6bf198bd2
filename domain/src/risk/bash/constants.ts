import type { SyntaxNode } from '../syntax.ts';
import { wordOf } from './word.ts';

/** What a variable holds at some place of a script. */
export type Values = ReadonlyMap<string, string>;
export const NO_VALUES: Values = new Map();

/** More ways than these to fill in a command's variables are not tried. */
const MOST_WAYS = 24;

/** One place where a variable is set to plain text. */
interface Setting {
  values: readonly string[];
  /** Where in the script it is certain to have been done. */
  from: number;
  to: number;
}

/** The variables of a script that are only ever given plain text: `svc=cups` at the top, `for h in web01 web02`. */
export class Constants {
  readonly #settings = new Map<string, Setting[]>();

  constructor(root: SyntaxNode) {
    const visit = (node: SyntaxNode, depth: number): void => {
      if (node.type === 'for_statement') this.#loop(node);
      if (depth > 40) return;
      for (const child of node.children) visit(child, depth + 1);
    };
    visit(root, 0);
    root.children.forEach((node, i) => {
      // In the background or a pipe it would be set in a process of its own.
      if (node.type === 'variable_assignment' && !/^[&|]/.test(root.children[i + 1]?.type ?? '')) this.#assigned(node);
    });
    for (const [name, settings] of this.#settings)
      if (timesSet(name, root.text) !== settings.length) this.#settings.delete(name);
  }

  /** Every way in which the variables of a command may be filled in, as far as they are known. */
  waysAt(command: SyntaxNode): Values[] {
    let ways: Values[] = [NO_VALUES];
    if (this.#settings.size === 0) return ways;
    for (const name of namesIn(command)) {
      const settings = this.#settings.get(name) ?? [];
      if (!settings.some(({ from, to }) => from <= command.startIndex && command.endIndex <= to)) continue;
      const values = [...new Set(settings.flatMap((setting) => setting.values))];
      if (ways.length * values.length > MOST_WAYS) continue;
      ways = ways.flatMap((way) => values.map((value) => new Map([...way, [name, value]])));
    }
    return ways;
  }

  #assigned(node: SyntaxNode): void {
    const name = node.childForFieldName('name')?.text ?? '';
    const value = node.childForFieldName('value');
    const text = value === null ? null : wordOf(value).text;
    this.#keep(name, [text], { from: node.endIndex, to: Infinity });
  }

  #loop(node: SyntaxNode): void {
    const { name, words } = loopOf(node);
    if (words.length === 0) return;
    const values = words.map((word) => wordOf(word).text);
    this.#keep(name, values, { from: node.startIndex, to: node.endIndex });
  }

  #keep(name: string, values: readonly (string | null)[], place: { from: number; to: number }): void {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || !values.every((value) => value !== null && PLAIN_VALUE.test(value))) return;
    this.#settings.set(name, [...(this.#settings.get(name) ?? []), { values: values as string[], ...place }]);
  }
}

/** What `for x in a b` sets, and the words it goes through; none where they are the script's own arguments. */
export function loopOf(node: SyntaxNode): { name: string; words: SyntaxNode[] } {
  const name = node.children.find(({ type }) => type === 'variable_name')?.text ?? '';
  const start = node.children.findIndex(({ type }) => type === 'in');
  const end = node.children.findIndex(({ type }) => type === ';' || type === 'do_group');
  return { name, words: start === -1 || end === -1 ? [] : node.children.slice(start + 1, end) };
}

/** One word to the shell, whatever stands around it; a wildcard only behind the beginning of a path. */
const PLAIN_VALUE = /^([\w.:@/,+=%-]+|(\.?\/|\w)[\w.:@/,+=%*?-]*)$/;

function namesIn(command: SyntaxNode): Set<string> {
  const names = new Set<string>();
  for (const [, name] of command.text.matchAll(/\$\{?([a-z][a-z0-9_]*)\b/g)) if (name !== undefined) names.add(name);
  return names;
}

/** In how many places a variable is, or might be, set. Whatever else sets one (`declare`, `let`, `printf -v`) is a change anyway. */
export function timesSet(name: string, script: string): number {
  const setting = /\b(read|mapfile|readarray)\b/.test(script)
    ? `(?<![\\w$]|\\$\\{)${name}(?!\\w)`
    : `(?<![\\w$])${name}(?=\\+?=|\\[)|\\bfor\\s+${name}(?!\\w)`;
  return script.match(new RegExp(setting, 'g'))?.length ?? 0;
}
