import type { SyntaxNode } from '../syntax.ts';

/** Blanks, and lines that go on. */
const BLANK = /^(?:\s|`\r?\n)*$/;
/** Their text is not in parts of its own. */
const HOLDS_TEXT = new Set(['expandable_string_literal', 'expandable_here_string_literal']);

/** Whether something stands between the parts of a node that is in none of them: the grammar has passed over it, and the shell will not. */
export function leavesOut(node: SyntaxNode, script: string): boolean {
  if (node.children.length === 0 || HOLDS_TEXT.has(node.type)) return false;
  let end = node.startIndex;
  for (const child of node.children) {
    if (child.startIndex > end && !BLANK.test(script.slice(end, child.startIndex))) return true;
    end = Math.max(end, child.endIndex);
  }
  return node.endIndex > end && !BLANK.test(script.slice(end, node.endIndex));
}
