import { fromBase64 } from '../base64.ts';
import { type ParsedScript, type SyntaxNode, TOO_BIG, UNPARSED, WalkBudget, at, hiddenCharacters } from './syntax.ts';
import { type Finding, type Reason, change, destructive, readOnly, short } from './verdict.ts';
import { brokenParts, destructiveByWords, destructiveOr } from './destructive.ts';
import { destroysOnUnix } from './unix-destroyers.ts';
import { hasGap } from './gaps.ts';
import { VARIABLE_PATH, asWritten } from './powershell/repair.ts';
import { asksWmi } from './powershell/wmi.ts';
import { OwnCollections, isCollectionLiteral } from './powershell/collections.ts';
import { callReads, safeMethod, safeType } from './powershell/calls.ts';
import { changeOnWindows } from './powershell/words.ts';
import { fullName } from './powershell/aliases.ts';
import { psDestroys } from './powershell/destroyers.ts';
import { psReads } from './powershell/heads.ts';
import { BLOCK } from './powershell/rule.ts';

/**
 * Judges a parsed PowerShell script. Known reading commands with known arguments read; whatever is unparsed, computed, a method call, a
 * .NET type, a file redirect or an unknown command is a change.
 */
export function assessPowerShell(root: ParsedScript): Reason[] {
  const budget = new WalkBudget();
  const found: Reason[] = hiddenCharacters(root.whole);
  // PowerShell takes these for - " and ', a reader may not.
  if (/[\u2013\u2014\u2015\u2018-\u201f]/.test(root.whole)) {
    found.push(...at(root, [change('holds typographic dashes or quotes, which PowerShell reads as plain ones')]));
    const words = destructiveByWords(root.whole.replace(/[\u2013-\u2015]/g, '-'));
    if (words !== null) found.push(...at(root, [destructive(words)]));
  }
  found.push(...brokenParts(root));
  // Few scripts fill a table, and the walk over all of it is for those.
  let collected: OwnCollections | undefined;
  const own = () => (collected ??= new OwnCollections(root));
  const visit = (node: SyntaxNode, depth: number): void => {
    // Expressions nest some fifteen levels each in this grammar, so depth is counted at statements only.
    if (!budget.allows(depth)) return void found.push(...at(node, [TOO_BIG]));
    const adds = assessNode(node, own);
    if (adds.length > 0) found.push(...at(node, adds));
    if (!HOLDS_TEXT.has(node.type) && hasGap(node, root.whole, BLANK)) found.push(...at(node, [UNPARSED]));
    if (node.type === 'type_literal' && isCollectionLiteral(node.text)) return;
    for (const child of node.children)
      if (!isDirectoryFilter(child)) visit(child, node.type === 'pipeline' ? depth + 1 : depth);
  };
  visit(root, 0);
  return found;
}

/** Blanks, and lines that go on. */
const BLANK = /^(?:\s|`\r?\n)*$/;
/** Their text is not in parts of its own. */
const HOLDS_TEXT = new Set(['expandable_string_literal', 'expandable_here_string_literal']);

const STRUCTURE = new Set(
  `program statement_list pipeline pipeline_chain pipeline_chain_tail command_name command_elements command_argument_sep command_parameter
  generic_token array_literal_expression unary_expression logical_expression bitwise_expression comparison_expression additive_expression
  multiplicative_expression format_expression range_expression comparison_operator format_operator string_literal expandable_string_literal
  verbatim_string_characters expandable_here_string_literal verbatim_here_string_characters integer_literal decimal_integer_literal
  hexadecimal_integer_literal real_literal variable braced_variable member_access member_name simple_name parenthesized_expression sub_expression
  array_expression hash_literal_expression hash_literal_body hash_entry key_expression script_block_expression script_block script_block_body
  do_statement for_statement for_initializer for_condition for_iterator param_block parameter_list script_parameter_default attribute_list
  if_statement else_clause elseif_clauses elseif_clause statement_block foreach_statement while_statement while_condition try_statement
  catch_clauses catch_clause finally_clause empty_statement comment element_access expression_with_unary_operator assignement_operator
  left_assignment_expression type_spec type_name type_identifier merging_redirection_operator file_redirection_operator
  redirected_file_name switch_parameters foreach_command command_name_expr path_command_name path_command_name_token command_invokation_operator switch_statement switch_body
  switch_clauses switch_clause switch_condition switch_clause_condition flow_control_statement argument_list argument_expression_list
  argument_expression logical_argument_expression bitwise_argument_expression comparison_argument_expression additive_argument_expression
  multiplicative_argument_expression format_argument_expression range_argument_expression cast_expression join_expression`.split(
    /\s+/,
  ),
);

const unknownPart = ({ text }: SyntaxNode): Finding => change(`The part \`${short(text)}\` is not known to only read.`);

function assessNode(node: SyntaxNode, own: () => OwnCollections): readonly Finding[] {
  switch (node.type) {
    case 'switch_parameter':
      return /^-(regex|wildcard|exact|casesensitive)$/i.test(node.text) ? [] : [unknownPart(node)];
    case 'post_increment_expression':
    case 'post_decrement_expression':
      return /^\$\w+(\+\+|--)$/.test(node.text.trim())
        ? []
        : [change(`\`${short(node.text)}\` changes more than a variable of the script.`)];
    case 'command':
      return [assessCommand(node)];
    case 'redirection':
      return /^[\d*]*>>?\s*\$null$|^[\d*]>&[\d]$/i.test(node.text.trim())
        ? []
        : [change(`writes to the file ${short(node.text.replace(/^[\d*]*>>?\s*/, ''))}`)];
    case 'assignment_expression':
      return assessAssignment(node, own);
    case 'script_parameter':
      return node.children.every(({ type, text }) => type !== 'variable' || isOrdinary(text))
        ? []
        : [change(`Setting \`${short(node.text)}\` changes more than a variable of the script.`)];
    case 'attribute':
      return ATTRIBUTE.test(node.text) || node.children.some(({ type }) => type === 'type_literal')
        ? []
        : [unknownPart(node)];
    case 'comparison_expression':
    case 'comparison_argument_expression':
      return makesByName(node) ? [unknownPart(node)] : [];
    case 'variable':
    case 'braced_variable':
      // The body of a function, which a cmdlet would run: `Sort-Object ${function:x}`.
      return /^\$\{?function:/i.test(node.text) ? [unknownPart(node)] : [];
    case 'element_access':
      // `.psobject.Properties['ScriptBlock']`
      return /scriptblock/i.test(node.text) ? [unknownPart(node)] : [];
    case 'comment':
      // It loads a module, perhaps a file's, before the script begins.
      return /^#requires\s.*-(m|ps[a-z]*n|a)/i.test(node.text) ? [unknownPart(node)] : [];
    case 'foreach_statement':
      return node.children.every(
        ({ type, text }) => !/^(braced_)?variable$/.test(type) || /^\$_$/.test(text) || isOrdinary(text),
      )
        ? []
        : [change(`Setting \`${short(node.text)}\` changes more than a variable of the script.`)];
    case 'member_access':
      return givesBlock(node) ? [unknownPart(node)] : [];
    case 'invokation_expression':
      if (DELETES.test(node.text) || (DELETES_EACH.test(node.text) && within(node, MANY)))
        return [destructive(`\`${short(node.text)}\` deletes for good.`)];
      return callReads(node, own) ? [] : [change(`The call \`${short(node.text)}\` is not known to only read.`)];
    case 'type_literal':
      return (safeType(node.text) && !setsByTable(node)) || isCollectionLiteral(node.text)
        ? []
        : [change(`The type \`${short(node.text)}\` can do more than read.`)];
    default: {
      if (STRUCTURE.has(node.type)) return NOTHING;
      const isToken =
        node.children.length === 0 && (!/^[a-z_]+$/.test(node.type) || node.type === node.text.toLowerCase());
      return isToken ? [] : [unknownPart(node)];
    }
  }
}

/** Most nodes add nothing, and there are thousands. */
const NOTHING: readonly Finding[] = [];

/** A whole folder at once, a log, or each thing that is piped in; one file is a change, as with `rm`. */
const DELETES = /\bIO\.Directory\]::Delete\(|\.ClearLog\(|\.Delete\(\s*(\$true|1)\s*\)$/i;

const DELETES_EACH = /^\$(_|PSItem)\.Delete\(/i;
/** What gives many at once: files, or the copies from which they could be brought back. */
const MANY = /\b(get-childitem|gci|dir|ls)\b|\bwin32_shadowcopy\b/i;

function within(node: SyntaxNode, what: RegExp): boolean {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent)
    if (at.type === 'pipeline' && what.test(at.text)) return true;
  return false;
}

/** `(Get-Command x).ScriptBlock`, which `Sort-Object` would run; so might what only the run names: `Sort-Object $x.$name`. */
function givesBlock(access: SyntaxNode): boolean {
  const member = access.children.at(-1)?.text ?? '';
  if (/^["']?scriptblock["']?$/i.test(member)) return true;
  if (/^\w+$/.test(member)) return false;
  let whole = access;
  while (whole.parent?.children.length === 1) whole = whole.parent;
  return whole.parent?.type === 'command_elements';
}

/** `[adsi]@{ description = 'x' }` sets what the table names, at once: such a type is for quoted text, or for its static methods. */
const setsByTable = (type: SyntaxNode): boolean =>
  /^\[\s*(system\.)?(adsi|adsisearcher|diagnostics\.(eventlog|process))\b/i.test(type.text) &&
  !/^(::|[ \t]*["'])/.test(behind(type));

/** What the script has after a part, as far as the parts around it reach. */
function behind(node: SyntaxNode): string {
  let whole = node;
  while (whole.parent !== null && whole.endIndex < node.endIndex + 3) whole = whole.parent;
  return whole.text.slice(node.endIndex - whole.startIndex);
}

/** `'C:\x' -as 'System.IO.StreamWriter'` makes an object as `New-Object` does; a type in brackets is judged where it stands. */
const makesByName = (node: SyntaxNode): boolean =>
  node.children.some(
    ({ text }, i) => /^-as$/i.test(text.trim()) && !/^\s*\[[\w.[\],]+\]\s*$/.test(node.children[i + 1]?.text ?? ''),
  );

/** Says something of a parameter, and runs nothing. */
const ATTRIBUTE =
  /^\[\s*(parameter|cmdletbinding|validateset|validaterange|validatenotnull|validatenotnullorempty|allownull|allowemptystring)\s*\([^{}()]*\)\s*\]$/i;

/** A name of this script's own. */
const isOrdinary = (variable: string): boolean =>
  /^\$[a-z_]\w*$/i.test(variable) &&
  !/^\$(ps|profile|executioncontext|host|ofs|outputencoding|null|true|false|_$)/i.test(variable);

function assessAssignment(node: SyntaxNode, own: () => OwnCollections): Finding[] {
  const place = node.children[0];
  const target = place?.text.trim() ?? '';
  // $PSDefaultParameterValues, $env:PATH, $obj.Property, $global:x: each changes more than a name in this script.
  // A type in front is judged where it stands; `$null = …` throws away what comes.
  if (isOrdinary(target.replace(/^\[[\w.]+(\[\])?\]\s*/, '')) || /^\$null$/i.test(target)) return [];
  if (place !== undefined && own().takesAssignment(place)) return [];
  return [change(`Setting \`${short(target)}\` changes more than a variable of the script.`)];
}

function assessCommand(node: SyntaxNode): Finding {
  const block = node.children.find((child) => child.type === 'foreach_command');
  if (block !== undefined) return readOnly('`ForEach-Object` only reads.'); // what is in the block is judged on its own
  const head = node.childForFieldName('command_name');
  const operator = node.children.find((child) => child.type === 'command_invokation_operator')?.text ?? '';
  if (operator === '.') return change('`.` runs another script in place.');
  if (head === null) return change('A command without a name cannot be judged.');
  const unquoted = head.text.replace(/^(["'])(.*)\1$/s, '$2');
  // In single quotes `$env:` is the name of a folder.
  const [, ofSystem, ofWebServer] = (head.text.startsWith("'$") ? null : SYSTEM_PROGRAM.exec(unquoted)) ?? [];
  const system = ofSystem ?? ofWebServer;
  const written = system ?? unquoted;
  if (!/^[\w.:\\/?%-]+$/.test(written) || /^\d+\.\.\d+$/.test(written))
    return /^-?\d+(\.\.-?\d+)?$/.test(written)
      ? readOnly('Numbers only.')
      : change('The name of a command is computed or unusual, so it counts as a change.');
  const elements = node.childForFieldName('command_elements')?.children ?? [];
  // The grammar takes `Get-Item $x.Delete()` apart into a member and a list; PowerShell calls the method.
  if (elements.some((element, i) => element.type === 'argument_list' && !safeCall(elements[i - 1])))
    return change('A method is called among the arguments, so it counts as a change.');
  if (elements.some((element) => /^@\w/.test(element.text)))
    return change('Parameters come from a variable, so it counts as a change.');
  const name = fullName(written);
  const parts = behindName(elements);
  const args = parts.map(textOf);
  const words = wordsOf(parts);
  const destroys =
    psDestroys(name, args, written, words) ?? destroysOnUnix([name === 'remove-item' ? 'rm' : name, ...args], false);
  if (destroys !== null) return destructive(destroys);
  const wmi = asksWmi(name, written, words);
  if (wmi !== null) return change(wmi);
  if (
    (system !== undefined || (operator === '' && head.type === 'command_name')) &&
    !args.some((arg, i) => OPERATOR_INSIDE.test(arg ?? '') && !isText(name, parts[i]!)) &&
    !isSetContent(written) &&
    !(args.includes(null) && RUNS_BLOCK.test(name) && GIVES_FUNCTION.test(scriptOf(node))) &&
    psReads(name, args)
  )
    return readOnly(`\`${written}\` only reads.`);
  const hidden = /^(powershell|pwsh)$/.test(name) ? encodedScript(args) : null;
  if (hidden !== null) return destructiveOr(hidden, change(`an encoded script runs: \`${short(hidden)}\``));
  const runs = RUNS_TEXT.has(name) ? destructiveByWords(node.text) : null;
  if (runs !== null) return destructive(runs);
  return change(
    WORDS[name] ??
      (isSetContent(written) && psReads(name, args) ? null : changeOnWindows(name, written, args)) ??
      `\`${short(written)}\`${args.length > 0 ? ' with these arguments' : ''} is not known to only read, so it counts as a change.`,
  );
}

/** `Get-ADUser -Filter {Enabled -eq $false}`: braces around what is text for the directory, and never run. */
function isDirectoryFilter(node: SyntaxNode): boolean {
  if (node.parent?.type !== 'command_elements' || !node.text.startsWith('{')) return false;
  const head = node.parent.parent?.childForFieldName('command_name')?.text ?? '';
  if (!/^(get|search)-ad\w+$/i.test(head)) return false;
  const words = node.parent.children.filter(({ type }) => type !== 'command_argument_sep');
  const place = words.findIndex(({ startIndex }) => startIndex === node.startIndex);
  // A computed part inside would run: only names, numbers, quoted text, variables and operators.
  return /^-f(i(l(t(e(r)?)?)?)?)?$/i.test(words[place - 1]?.text ?? '') && /^\{[^(){}|;&]*\}$/.test(node.text);
}

/** `(Get-Date).AddDays` in front of its arguments, of which the grammar makes a second element. */
const safeCall = (before: SyntaxNode | undefined): boolean => {
  const method = /\.(\w+)$/.exec(before?.text ?? '')?.[1];
  return method !== undefined && safeMethod(method);
};

/** What stands behind `-EncodedCommand`: base64 of UTF-16. */
function encodedScript(args: readonly (string | null)[]): string | null {
  const flag = args.findIndex((arg) => /^[-/]e(c|n[a-z]*)?$/i.test(arg ?? ''));
  const text = flag === -1 ? null : args[flag + 1];
  if (text == null || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  try {
    const bytes = fromBase64(text);
    let script = '';
    for (let i = 0; i + 1 < bytes.length; i += 2) script += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8));
    return script;
  } catch {
    return null; // Not base64 after all: it counts as a change like any other text that runs.
  }
}

const RUNS_TEXT = new Set(
  'invoke-expression cmd powershell pwsh bash sh start-process invoke-command wsl sudo xargs'.split(' '),
);
const WORDS: Readonly<Record<string, string>> = {
  'invoke-expression': '`Invoke-Expression` runs text as a command.',
  powershell: '`powershell` runs another script.',
  pwsh: '`pwsh` runs another script.',
};
/** The grammar takes `2>out.txt` or `a>b` for one word; PowerShell does not. `2>$null` is harmless. */
const OPERATOR_INSIDE = /^(?![\d*]?>>?\$null$|[\d*]>&\d$).*[<>;|&`]/s;

/** Quoted, for a cmdlet or `findstr`: `Select-String 'a|b'`. Other programs may take what stands in quotes for commands. */
const isText = (name: string, { text }: SyntaxNode): boolean =>
  (name.includes('-') || name === 'findstr') && /^(["'])[^"'`]*\1$/s.test(text);

/** They run a block that stands in a variable, and that is what a function is whose command was asked for. */
const RUNS_BLOCK = /^(sort|group|select|measure|compare|format|convertto|join)-/;
const GIVES_FUNCTION = /\b(get-command|gcm|exported(functions|commands))\b/i;

function scriptOf(node: SyntaxNode): string {
  let whole = node;
  while (whole.parent !== null) whole = whole.parent;
  return whole.text;
}

/** Without its ending, Windows PowerShell takes it for Set-Content, which writes a file. */
const isSetContent = (written: string): boolean => /^sc$/i.test(written);

/** A program of Windows by its whole path: no person's folder lies there. Whoever sets `$env:windir` before is asked for that. */
const SYSTEM_PROGRAM =
  /^(?:\$env:(?:windir|systemroot)|c:\\windows)\\system32\\(?:([a-z0-9-]+\.exe)|inetsrv\\(appcmd\.exe))$/i;

/** `2>$null` and `2>&1`, which the grammar takes for words. */
const QUIET = /^([\d*]?>>?\$null|[\d*]>&\d)$/i;

const behindName = (elements: readonly SyntaxNode[]): SyntaxNode[] =>
  elements.filter(
    ({ type, text }) =>
      type !== 'command_argument_sep' && type !== 'redirection' && !(type === 'generic_token' && QUIET.test(text)),
  );

/** The words behind the name, as they are written. */
const wordsOf = (parts: readonly SyntaxNode[]): string[] =>
  parts.map(({ text }) => (text.startsWith(VARIABLE_PATH) ? `$${text}` : asWritten(text)));

/** A word behind the name. Quotes are taken off; what is computed is null. */
function textOf(element: SyntaxNode): string | null {
  const { text } = element;
  if (text.startsWith(VARIABLE_PATH)) return null;
  if (element.type === 'generic_token' || element.type === 'command_parameter') return asWritten(text);
  if (text.startsWith('{')) return BLOCK;
  const quotes = /^(["'])([^"'`]*)\1$/s.exec(text);
  if (quotes !== null) return quotes[1] === '"' && /[$]/.test(quotes[2] ?? '') ? null : (quotes[2] ?? '');
  return /^[\w.,:\\/*?-]+$/.test(text) ? text : null;
}
