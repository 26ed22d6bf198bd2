import type { SyntaxNode } from '../syntax.ts';
import { type Finding, change } from '../verdict.ts';

/**
 * What `[ … ]` and `[[ … ]]` add. Two traps: `-v` evaluates code in an array subscript, and so does arithmetic comparison inside `[[`;
 * and in `[` an unquoted variable may turn into such an operator.
 */
export function testWords(node: SyntaxNode): Finding[] {
  const double = node.text.startsWith('[[');
  const found: Finding[] = [];
  const visit = (part: SyntaxNode): void => {
    const operator = part.childForFieldName('operator')?.text ?? '';
    const sides = part.children.filter((child) => child.type !== 'test_operator' && child.type !== operator);
    if (/^-[vR]$/.test(operator)) found.push(change('`-v` in a test can run code, so it counts as a change.'));
    if (double && /^-(eq|ne|lt|le|gt|ge)$/.test(operator) && !sides.every((side) => /^\d+$/.test(side.text)))
      found.push(change('Comparing computed numbers in `[[` can run code, so it counts as a change.'));
    if (
      !double &&
      (part.type === 'simple_expansion' || part.type === 'expansion' || part.type === 'command_substitution')
    )
      found.push(change('An unquoted variable in `[` can turn into more than one word. Put it in double quotes.'));
    // `[` is a command like others: `[ a > b ]` writes a file, and `[ a|b ]` is a pipe.
    if (!double && part.children.length === 0 && part.type !== 'raw_string' && /(?<!\\)[<>|&;()]/.test(part.text))
      found.push(UNJUDGED);
    if (part.type === 'string' || part.type === 'command_substitution') return;
    for (const child of part.children) visit(child);
  };
  for (const child of node.children) visit(child);
  // `[[x` is a command of that name.
  if (!/^(\[ .* \]|\[\[ .* \]\])$/.test(node.text.replace(/\s/g, ' '))) found.push(UNJUDGED);
  if (!double && isBare(node)) found.push(UNJUDGED);
  return found;
}

const UNJUDGED = change('A test without a visible operator cannot be judged.');

/** `[ "$a" "$b" ]`: the operator comes from a variable. */
function isBare(node: SyntaxNode): boolean {
  const inner = node.namedChildren;
  return (
    inner.length > 1 ||
    (inner.length === 1 && /^(string|concatenation)$/.test(inner[0]?.type ?? '') && /[$`]/.test(inner[0]?.text ?? ''))
  );
}
