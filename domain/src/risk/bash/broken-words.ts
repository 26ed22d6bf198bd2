import { destructiveByWords } from '../destructive.ts';
import { ODD_SPACE, type ParsedScript, type SyntaxNode, at } from '../syntax.ts';
import { type Reason, change, destructive } from '../verdict.ts';

/** A backslash at the end of a line, before a blank, or behind a quote or bracket. */
const BREAK = /\\(?:\r?\n|[ \t\v\f])|(?<=["'`)}\]])\\[\w./-]/g;
const BROKEN = change('breaks a word over two lines, so what is read may not be what runs');

/**
 * `find . -del\⏎ete`: the shell takes backslash and line break away before it looks for words, the grammar counts them as a blank. Between
 * words that is the same. In double quotes the grammar does as the shell, but for names and substitutions (`"$\⏎(reboot)"`). A blank behind
 * a backslash is part of a word to the shell, and to the grammar only where one has begun.
 */
export function brokenWords(root: ParsedScript): Reason[] {
  const script = root.whole;
  for (const { index, 0: found } of script.matchAll(BREAK)) {
    const end = index + found.length;
    const kind = textAround(root.descendantForIndex(index, index + 1));
    const place = { startIndex: index, endIndex: end };
    if (!found.endsWith('\n')) {
      if (
        kind === 'words' &&
        (!found.endsWith(' ') || /[\s|&;()<>"'`}$\]]/.test(script[index - 1] ?? ' ') || script[end] === '#')
      )
        return at(place, [ODD_SPACE]);
    } else if (kind !== 'kept' && breaksWord(script, index, end, kind)) {
      const words = destructiveByWords(script.replace(/\\\n/g, ''));
      return at(place, words === null ? [BROKEN] : [BROKEN, destructive(words)]);
    }
  }
  return [];
}

function breaksWord(script: string, index: number, end: number, kind: 'words' | 'expanded'): boolean {
  // With a carriage return the line ends there, and what follows is a command of its own.
  if (script[index + 1] === '\r' || isInName(script, index)) return true;
  if (kind !== 'words') return false;
  return (
    beginsLine(script, index) || (/[^\s|&;(]/.test(script[index - 1] ?? ' ') && /[^\s|&;)]/.test(script[end] ?? ' '))
  );
}

/** There the grammar goes on with the command before it, and the shell does not. */
function beginsLine(script: string, index: number): boolean {
  let at = index - 1;
  while (script[at] === ' ' || script[at] === '\t') at -= 1;
  return script[at] === '\n';
}

/** Whether `$`, `${` or the beginning of a variable's name stands before. */
function isInName(script: string, index: number): boolean {
  let at = index - 1;
  while (/\w/.test(script[at] ?? '')) at -= 1;
  return script[script[at] === '{' ? at - 1 : at] === '$';
}

/** What kind of text a place is in: words of commands, text that is expanded, or text that stays as it is. */
function textAround(place: SyntaxNode | null): 'words' | 'expanded' | 'kept' {
  for (let node = place; node !== null; node = node.parent) {
    if (/^(raw_string|ansi_c_string|comment)$/.test(node.type)) return 'kept';
    if (/^(string|heredoc_body)$/.test(node.type)) return 'expanded';
    if (/substitution$/.test(node.type)) return 'words';
  }
  return 'words';
}
