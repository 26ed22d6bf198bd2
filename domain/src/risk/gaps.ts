import type { SyntaxNode } from './syntax.ts';

/** Whether something that is not `blank` stands between the parts of a node, in none of them: the grammar has passed over it, and the shell will not. */
export function hasGap(node: SyntaxNode, script: string, blank: RegExp): boolean {
  if (node.children.length === 0) return false;
  let end = node.startIndex;
  for (const child of node.children) {
    if (child.startIndex > end && !blank.test(script.slice(end, child.startIndex))) return true;
    end = Math.max(end, child.endIndex);
  }
  return node.endIndex > end && !blank.test(script.slice(end, node.endIndex));
}
