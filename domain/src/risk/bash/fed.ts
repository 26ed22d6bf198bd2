import type { SyntaxNode } from '../syntax.ts';

/** One line that asks a server for nothing but to be shown something, or ends the talk. */
const ASKING =
  /^(|q|quit|exit|(ehlo|helo) [\w.-]+|\w* ?(logout|capability)|(get|head) \/\S*( http\/[\d.]+)?|(host|connection): ?[\w.:-]+)$/i;
const SAYING = /^(?:echo|printf)(?: -[ne]+)*(?: (?:'([^']*)'|"([^"$`]*)"|([\w]*)))?$/;

/** Whether what a command is fed, if anything, does no more at the other end of a connection than ask: `echo QUIT |`, `</dev/null`. */
export function isFedNothing(command: SyntaxNode): boolean {
  const own = inputsOf(command);
  if (own.length > 0) return own.every(isEmpty);
  for (let node = command; node.parent !== null; node = node.parent) {
    const outer = node.parent;
    // The grammar hangs the last command's files on the whole of a pipe.
    const files = [outer, outer.type === 'pipeline' ? outer.parent : null].flatMap((holder) =>
      holder?.type === 'redirected_statement' ? inputsOf(holder) : [],
    );
    if (files.length > 0) return files.every(isEmpty);
    if (outer.type !== 'pipeline') continue;
    const parts = outer.children.filter(({ type }) => !/^\|&?$/.test(type));
    const at = parts.findIndex(({ startIndex }) => startIndex === node.startIndex);
    if (at > 0) return saysNothing(parts[at - 1]!.text);
  }
  return true;
}

/** All of the pipe or redirection a command stands in, or the command with a text of its own behind `<<<`; null where it is fed nothing. */
export function textAround(command: SyntaxNode): string | null {
  if (command.children.some(({ type }) => type === 'herestring_redirect')) return command.text;
  const parent = command.parent;
  return parent !== null && /^(pipeline|redirected_statement)$/.test(parent.type)
    ? (textAround(parent) ?? parent.text)
    : null;
}

/** What a command is fed: all that stands before it in its pipe, and the files and texts given to it. */
export function textFedTo(command: SyntaxNode): string {
  const texts = redirects(command);
  for (let node = command; node.parent !== null; node = node.parent) {
    const outer = node.parent;
    if (outer.type === 'redirected_statement') texts.push(...redirects(outer));
    else if (outer.type === 'pipeline')
      texts.push(...outer.children.filter(({ endIndex }) => endIndex <= node.startIndex).map(({ text }) => text));
    else break;
  }
  return texts.join('\n');
}

const redirects = (node: SyntaxNode): string[] =>
  node.children.filter(({ type }) => /redirect$|^heredoc_body$/.test(type)).map(({ text }) => text);

const inputsOf = (node: SyntaxNode): SyntaxNode[] =>
  node.children.filter(({ type, text }) => /redirect$/.test(type) && /^0?<(?!&-)/.test(text));
const isEmpty = (file: SyntaxNode): boolean => /^0?<\s*\/dev\/null$/.test(file.text);

/** `echo`, `printf 'QUIT\r\n'`, `(sleep 1; echo Q)`. */
const saysNothing = (text: string): boolean =>
  text
    .replace(/^[({]\s*|;?\s*[)}]$/g, '')
    .split(/\s*;\s*/)
    .every((part) => {
      if (/^(true|:|sleep [\d.]+)$/.test(part.trim())) return true;
      const said = SAYING.exec(part.trim());
      return (
        said !== null &&
        (said[1] ?? said[2] ?? said[3] ?? '').split(/(?:\\[rn]|[\r\n])+/).every((line) => ASKING.test(line))
      );
    });
