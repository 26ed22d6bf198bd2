import type { SyntaxNode } from '../syntax.ts';

/* In `sort <a -o b` the grammar hangs `-o b` on the file; to the shell they are words of the command. */

const holdsCommands = (node: SyntaxNode): boolean => /^(pipeline|list|negated_command)$/.test(node.type);
/** Closes a stream, and has no file behind it. */
const CLOSES = /^\d*[<>]&-/;

/** Those that hang on a file, behind its own name. */
const words = (file: SyntaxNode): SyntaxNode[] => {
  if (file.type === 'heredoc_redirect') return file.namedChildren.filter(({ type }) => LITERAL.test(type));
  return file.type === 'file_redirect'
    ? file.namedChildren.filter(({ type }) => type !== 'file_descriptor').slice(CLOSES.test(file.text) ? 0 : 1)
    : [];
};
const LITERAL =
  /^(word|number|string|raw_string|concatenation|simple_expansion|expansion|command_substitution|process_substitution|ansi_c_string|translated_string|brace_expression|arithmetic_expansion)$/;

/** The words of a command that stand behind its files. */
export function wordsBehindFiles(command: SyntaxNode): SyntaxNode[] {
  const found = command.children.flatMap(words);
  for (let node = command; node.parent !== null; node = node.parent) {
    const outer = node.parent;
    if (outer.type === 'redirected_statement') found.push(...outer.children.flatMap(words));
    else if (!holdsCommands(outer) || outer.children.at(-1)?.startIndex !== node.startIndex) break;
  }
  return found;
}

/** Whether words behind a file belong to no command. */
export function isStray(file: SyntaxNode): boolean {
  if (words(file).length === 0) return false;
  let owner = file.parent;
  if (owner?.type === 'command') return false;
  if (owner?.type !== 'redirected_statement') return true;
  for (let inner: SyntaxNode | undefined = owner.children[0]; inner !== undefined;) {
    owner = inner;
    if (!holdsCommands(inner) && inner.type !== 'redirected_statement') break;
    inner = inner.type === 'redirected_statement' ? inner.children[0] : inner.children.at(-1);
  }
  return owner.type !== 'command';
}
