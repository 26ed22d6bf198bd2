import { type Args, without } from './rule.ts';

/** sed and awk are languages of their own that can write files and run programs: only what cannot do either is known to read. */

const ADDRESS = String.raw`(?:\d+(?:~\d+)?|\$|\/(?:[^\/\\\n]|\\[^\n])*\/I?)`;
const SED_COMMANDS = [
  // Prints, deletes, joins and quits. Not w, W (write), e (run), r, R (read files), a, i, c (text up to the line's end).
  new RegExp(
    String.raw`(?:${ADDRESS}(?:\s*,\s*(?:${ADDRESS}|[+~]\d+))?)?\s*!?\s*(?:[pdPDqQ=nNgGhHxlz]|\{|\})\s*(?=[;}\n]|$)[;\n\s]*`,
    'y',
  ),
  new RegExp(String.raw`(?:${ADDRESS}(?:\s*,\s*(?:${ADDRESS}|[+~]\d+))?)?\s*!?\s*\{[;\n\s]*`, 'y'),
  // s/a/b/ with flags g, p, i, m and a number; the flags e and w run and write.
  new RegExp(
    String.raw`(?:${ADDRESS}(?:\s*,\s*(?:${ADDRESS}|[+~]\d+))?)?\s*!?\s*[sy]([\/|#,:@!%_])(?:(?!\1)[^\\\n]|\\[^])*\1(?:(?!\1)[^\\\n]|\\[^])*\1[gpiImM0-9]*\s*(?=[;}\n]|$)[;\n\s]*`,
    'y',
  ),
];
const SED_OPTIONS = /^(-[nErsuz]+|--quiet|--silent|--regexp-extended|--posix|--debug|--null-data|--separate)$/;

function sedScriptReads(script: string): boolean {
  let index = /^\s*/.exec(script)![0].length;
  while (index < script.length) {
    const next = SED_COMMANDS.map((command) => {
      command.lastIndex = index;
      return command.test(script) ? command.lastIndex : 0;
    }).find((end) => end > index);
    if (next === undefined) return false;
    index = next;
  }
  return true;
}

export function sedReads(args: Args): boolean {
  const scripts: string[] = [];
  let bare: string | null = null;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg == null) return false;
    const long = /^--expression=([^]*)$/.exec(arg);
    if (long !== null) scripts.push(long[1]!);
    else if (/^-[nErsuz]*e$/.test(arg)) {
      const script = args[(i += 1)];
      if (script == null) return false;
      scripts.push(script);
    } else if (arg.startsWith('-') && arg !== '-') {
      if (!SED_OPTIONS.test(arg)) return false;
    } else bare ??= arg;
  }
  if (scripts.length === 0 && bare !== null) scripts.push(bare);
  return scripts.length > 0 && scripts.every(sedScriptReads);
}

const AWK_CALLS = new Set(
  `length substr split sub gsub gensub match index tolower toupper sprintf int sqrt exp log sin cos atan2 rand strftime systime mktime asort asorti
  and or xor strtonum print printf if while for return`.split(/\s+/),
);
/** Words of the language after which an operand follows, so that `/` begins a pattern and not a division. */
const AWK_WORDS = new Set('print printf if while for in return else do'.split(' '));
const AWK_FORBIDDEN = new Set('system getline close fflush function func'.split(' '));
const AWK_TOKEN =
  /[ \t\r]+|\\\n|#[^\n]*|\n|"(?:[^"\\\n]|\\[^\n])*"|\d[\w.]*|[A-Za-z_]\w*|&&|\|\||\+\+|--|[-+*/%^=!<>]=|[-+*%^=!<>~?:,;$(){}[\]/]/y;
const AWK_PATTERN = /\/(?:[^/\\\n[]|\\[^\n]|\[\]?[^\]\n]*\])+\//y;

/** Read token by token, as awk does; whatever is not known, and every pipe and redirect, is refused. */
function awkProgramReads(program: string): boolean {
  // Once more by its bare words, should a token have been cut in the wrong place.
  if (/\bsystem\s*\(|\bgetline\b|@/.test(program)) return false;
  let before = '';
  let depth = 0;
  let printing = false;
  for (let index = 0; index < program.length;) {
    const pattern = program[index] === '/' ? patternEnd(program, index, before) : 0;
    if (pattern === -1) return false;
    AWK_TOKEN.lastIndex = index;
    const token = pattern > 0 ? program.slice(index, pattern) : (AWK_TOKEN.exec(program)?.[0] ?? '');
    if (token === '') return false;
    index += token.length;
    if (/^([ \t\r]|#|\\\n)/.test(token)) continue;
    if (token === '(' || token === '[') depth += 1;
    if (token === ')' || token === ']') depth -= 1;
    if (/^[;{}\n]$/.test(token)) printing = false;
    if (/^printf?$/.test(token)) printing = true;
    // Behind `print`, and not in parentheses, it names a file to write.
    if (printing && depth <= 0 && /^>/.test(token)) return false;
    if (AWK_FORBIDDEN.has(token)) return false;
    if (token === '(' && /^[A-Za-z_]/.test(before) && !AWK_CALLS.has(before) && !AWK_WORDS.has(before)) return false;
    before = pattern > 0 ? '"' : token;
  }
  return true;
}

/** Where the pattern that begins here ends; 0 for a division, -1 when it could be either. */
function patternEnd(program: string, index: number, before: string): number {
  if (/^(\+\+|--)$/.test(before)) return -1;
  const divides = /^["\w)\]$]/.test(before) && !AWK_WORDS.has(before);
  if (divides) return 0;
  AWK_PATTERN.lastIndex = index;
  return AWK_PATTERN.test(program) ? AWK_PATTERN.lastIndex : -1;
}

export function awkReads(args: Args): boolean {
  const rest = [...args];
  for (;;) {
    const first = rest[0];
    if (first == null) return false;
    if (/^-[Fv]$/.test(first) && rest[1] != null) rest.splice(0, 2);
    else if (/^-[Fv]./.test(first)) rest.shift();
    else break;
  }
  const [program, ...files] = rest;
  return (
    program != null &&
    !program.startsWith('-') &&
    awkProgramReads(program) &&
    files.every((file) => file !== null && !file.startsWith('-'))
  );
}

export const findReads = without(/^-(exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)/);
