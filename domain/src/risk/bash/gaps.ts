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
  if (node.children.length === 0 || HOLDS_TEXT.has(node.type)) return false;
  const blank = node.type === 'command' ? ON_ONE_LINE : BLANK;
  let end = node.startIndex;
  for (const child of node.children) {
    if (child.startIndex > end && !blank.test(script.slice(end, child.startIndex))) return true;
    end = Math.max(end, child.endIndex);
  }
  return node.endIndex > end && !blank.test(script.slice(end, node.endIndex));
}
