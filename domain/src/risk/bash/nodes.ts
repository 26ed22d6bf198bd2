import { destructiveOr } from '../destructive.ts';
import { type SyntaxNode, UNPARSED } from '../syntax.ts';
import { type Finding, change, destructive, short } from '../verdict.ts';
import type { Numbers } from './numbers.ts';
import { isStray } from './behind-files.ts';
import { assessHeredoc } from './heredoc.ts';
import { testWords } from './test-command.ts';
import { wordOf, writtenIn } from './word.ts';

/** Nodes that only hold others, or text that was judged with its command. */
const STRUCTURE = new Set(
  `program list pipeline subshell compound_statement negated_command redirected_statement if_statement elif_clause else_clause
  while_statement case_statement case_item do_group command_substitution process_substitution command_name word number string
  string_content raw_string concatenation simple_expansion variable_name special_variable_name file_descriptor heredoc_redirect heredoc_start
  heredoc_content heredoc_end herestring_redirect test_command unary_expression binary_expression parenthesized_expression test_operator regex
  extglob_pattern ansi_c_string translated_string postfix_expression
  brace_expression variable_assignments comment array`.split(/\s+/),
);

/** What a node adds by itself; its children are judged on their own. */
export function assessNode(node: SyntaxNode, numbers: () => Numbers): Finding[] {
  const isToken = node.children.length === 0;
  if (isToken && !LITERAL.has(node.type) && hidesCode(node)) return [UNSEEN_CODE];
  switch (node.type) {
    case 'file_redirect':
      return isStray(node) ? [UNPARSED] : assessRedirect(node);
    case 'variable_assignment':
      return assessAssignment(node);
    case 'for_statement': {
      const name = node.children.find(({ type }) => type === 'variable_name')?.text ?? '';
      return plainVariable(name) ? [] : [changesMore(name)];
    }
    case 'expansion':
      return PLAIN_EXPANSION.test(writtenIn(node).text)
        ? []
        : [change(`\`${short(node.text)}\` may set or run something.`)];
    case 'arithmetic_expansion':
      return numbers().only(node) ? [] : [ARITHMETIC];
    case 'c_style_for_statement':
      return numbers().onlyInHeader(node) ? [] : [ARITHMETIC];
    case 'word': {
      // The grammar makes one word of a line's end and a backslash at the beginning of the next: `ls⏎\\reboot`.
      if (!/[\n\r]/.test(node.text)) return [];
      return [destructiveOr(node.parent?.text ?? node.text, UNSEEN_CODE)];
    }
    case 'raw_string':
    case 'ansi_c_string':
      // Within double quotes these quotes quote nothing: `"${x:-'$(reboot)'}"`.
      return /`|\$[({[]/.test(node.text) && isInExpansion(node) ? [UNSEEN_CODE] : [];
    case 'command_substitution':
      // The shell takes those backslashes away before it reads what is between, and ends at the next backtick, also within quotes.
      return node.text.startsWith('`') && /\\[`$\\"]|`/.test(node.text.slice(1, -1)) ? [UNSEEN_CODE] : [];
    case 'heredoc_body':
      return [];
    case 'heredoc_redirect':
      return isStray(node) ? [UNPARSED] : assessHeredoc(node);
    case 'test_command':
      if (!node.text.startsWith('((')) return testWords(node);
      return numbers().only(node) ? [] : [ARITHMETIC];
    case 'subscript':
      return /\[(\d+|@|\*)\]$/.test(node.text) ? [] : [change('A computed array index can run code.')];
    case 'function_definition':
      return [change('defines a function, so what a name runs is no longer plain')];
    case 'declaration_command':
      // What is set is judged where it stands.
      if (node.children.every(({ type }) => type === 'export' || type === 'variable_assignment')) return [];
      return [SETTINGS];
    case 'unset_command':
      return [SETTINGS];
    default:
      // Anonymous tokens ("|", "then") have a type equal to their text.
      if (STRUCTURE.has(node.type) || (isToken && node.type === writtenIn(node).text && !/^\w*_\w*$/.test(node.type)))
        return [];
      return [node.text === '' ? UNPARSED : change(`The part \`${short(node.text)}\` is not known to only read.`)];
  }
}

function isInExpansion(node: SyntaxNode): boolean {
  for (let outer = node.parent; outer !== null; outer = outer.parent) {
    if (outer.type === 'expansion') return true;
    if (/substitution$/.test(outer.type)) return false;
  }
  return false;
}

export const UNSEEN_CODE = change('A part runs a command the parser does not see.');
const ARITHMETIC = change('Arithmetic with variables can run code, so it counts as a change.');
const SETTINGS = change('sets or removes settings of the shell');

const LITERAL = new Set([
  'raw_string',
  'ansi_c_string',
  'comment',
  'heredoc_body',
  '`',
  '$(',
  '<(',
  '>(',
  '$((',
  '${',
  '$',
]);
const hidesCode = (node: SyntaxNode): boolean => /(^|[^\\])(`|\$\(|[<>]\()/.test(node.text);
const PLAIN_EXPANSION =
  /^\$\{#?([A-Za-z_]\w*|\d+|[@*#?$!-])(\[(\d+|@|\*)\])?((:?[-+]|##?|%%?|\/\/?|\^\^?|,,?)[^]*|: ?-?\d+(: ?-?\d+)?)?\}$/;

function assessRedirect(node: SyntaxNode): Finding[] {
  const operator = node.children.find((child) => /^[0-9&]*[<>]/.test(child.type))?.type ?? '';
  const target = node.childForFieldName('destination');
  if (/>&-|<&-/.test(operator)) return [];
  const text = target === null ? null : wordOf(target).text;
  const file = Number(
    node.children.find(({ type }) => type === 'file_descriptor')?.text ?? (operator[0] === '<' ? 0 : 1),
  );
  // A connection (`3</dev/tcp/…`) can be written to by its number, though it was opened with `<`.
  if (operator === '<' || (operator === '<&' && /^\d+$/.test(text ?? '')))
    return file === 1 || file === 2 ? [change('sends something over a connection')] : [];
  if (operator === '>&' && /^\d+$/.test(text ?? ''))
    return text === '1' || text === '2' ? [] : [change('sends something over a connection')];
  if (/^\/dev\/(null|stdout|stderr)$/.test(text ?? '')) return [];
  if (/^\/dev\/(sd|hd|vd|xvd|nvme|mmcblk|dm-|mapper\/|disk\/|md)/.test(text ?? ''))
    return [destructive(`\`${operator} ${text}\` overwrites a disk.`)];
  return [change(`writes to the file ${text === null ? 'whose name is known only when it runs' : short(text)}`)];
}

/** Small letters, and the few capital ones that only choose a language or a time zone. */
const PLAIN_VARIABLE = /^([a-z_][a-z0-9_]*|LANG|LANGUAGE|LC_[A-Z]+|TZ|COLUMNS|LINES)$/;
/** Settings that programs read although they are written small. */
const PROXIES = /^((https?|ftp|all|no)_proxy|npm_config_.*)$/;

const plainVariable = (name: string): boolean => PLAIN_VARIABLE.test(name) && !PROXIES.test(name);
const changesMore = (name: string): Finding => change(`Setting \`${short(name)}\` can change what commands do.`);

function assessAssignment(node: SyntaxNode): Finding[] {
  const name = node.childForFieldName('name')?.text ?? '';
  if (!plainVariable(name) && !(name === 'IFS' && standsBefore('read', node))) return [changesMore(name)];
  const value = literalIn(node.childForFieldName('value'));
  // A variable that holds code as text waits for somebody to evaluate it.
  if (/['\\]/.test(value) && /[$`]|\\x/.test(value)) return [change(`The variable \`${name}\` holds hidden text.`)];
  return [];
}

/** `IFS=: read -r …`: set for that one command, which takes a line apart by it. */
const standsBefore = (name: string, node: SyntaxNode): boolean =>
  node.parent?.type === 'command' && node.parent.childForFieldName('name')?.text === name;

/** What is written of a value, without the commands in it, which are judged by themselves. */
function literalIn(value: SyntaxNode | null): string {
  if (value === null || value.type === 'command_substitution') return '';
  return value.type === 'string' || value.type === 'concatenation'
    ? value.children.map(literalIn).join('')
    : value.text;
}
