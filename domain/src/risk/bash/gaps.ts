import { hasGap } from '../gaps.ts';
import type { SyntaxNode } from '../syntax.ts';

/** Blanks, and lines that go on. */
const BLANK = /^(?:\s|\\\n)*$/;
/** The same on what is one line to the shell. */
const ON_ONE_LINE = /^(?:[ \t]|\\\n)*$/;
/** Their text is not in parts of its own. */
const HOLDS_TEXT = new Set(['string', 'heredoc_body']);

/**
 * Whether something stands between the parts of a node that is in none of them. The grammar passes over words in odd places
 * (`find . -delete\⏎ 3<&0`), and takes the next line for more of a command (`x=1 | ls⏎reboot` behind a pipe).
 */
export function leavesOut(node: SyntaxNode, script: string): boolean {
  // `[ 1 <(reboot) ]` starts a process where the grammar compares.
  if (/^[<>]$/.test(node.type) && script[node.endIndex] === '(') return true;
  if (HOLDS_TEXT.has(node.type)) return false;
  return hasGap(node, script, node.type === 'command' || isInBracket(node, script) ? ON_ONE_LINE : BLANK);
}

/** Whether it is part of `[ … ]`, which is a command like others and ends with its line; `[[ … ]]` does not. */
function isInBracket(node: SyntaxNode, script: string): boolean {
  for (let outer: SyntaxNode | null = node; outer !== null; outer = outer.parent) {
    if (outer.type === 'test_command')
      return !/^(\[\[|\(\()/.test(script.slice(outer.startIndex, outer.startIndex + 2));
    if (!/expression$/.test(outer.type)) return false;
  }
  return false;
}
