import { destructiveOr } from '../destructive.ts';
import type { SyntaxNode } from '../syntax.ts';
import { type Finding, change } from '../verdict.ts';

/** `E`, `"E"`, `'E'` or `\E`: of other delimiters the grammar takes more, or less, than the shell (`<<E; reboot`, `<<E"F"`). */
const DELIMITER = /^(?:([A-Za-z_][\w.-]*)|"([\w.-]+)"|'([\w.-]+)'|\\([A-Za-z_]\w*))$/;
/** What the grammar has found in a body. */
const FOUND = /^(command_substitution|expansion|simple_expansion|arithmetic_expansion)$/;
const RUNS = change('The text behind `<<` runs a command.');

/** Whether the text ends where the shell ends it, and, where it is expanded, whether the grammar has seen all that the shell will run. */
export function assessHeredoc(node: SyntaxNode): Finding[] {
  const text = (type: string) => node.children.find((child) => child.type === type)?.text ?? '';
  const [, bare, ...quoted] = DELIMITER.exec(text('heredoc_start')) ?? [];
  const delimiter = bare ?? quoted.find((each) => each !== undefined);
  if (delimiter === undefined || text('heredoc_end') !== delimiter || !isAlone(node)) return worse(node.text);
  if (bare === undefined) return [];
  const body = node.children.find((child) => child.type === 'heredoc_body');
  return body !== undefined && /`|\$[({[]/.test(unseen(body)) ? worse(body.text) : [];
}

/** Whether its line has no second `<<`: the grammar gives each the other's text. */
function isAlone(node: SyntaxNode): boolean {
  const holder = node.parent ?? node;
  const before = holder.text.slice(0, node.startIndex - holder.startIndex);
  const line = before.slice(before.lastIndexOf('\n') + 1) + (/^.*/.exec(node.text)?.[0] ?? '');
  return (line.match(/(?<!<)<<(?!<)/g)?.length ?? 0) === 1;
}

const worse = (text: string): Finding[] => [destructiveOr(text, RUNS)];

/** What of the body is in no part that the grammar has found, without what a backslash makes plain. */
function unseen(body: SyntaxNode): string {
  let rest = '';
  let at = body.startIndex;
  for (const child of body.children) {
    if (!FOUND.test(child.type)) continue;
    rest += body.text.slice(at - body.startIndex, child.startIndex - body.startIndex);
    at = child.endIndex;
  }
  return (rest + body.text.slice(at - body.startIndex)).replace(/\\[\\$`]/g, '');
}
