import type { ParsedScript } from '../syntax.ts';

/**
 * The grammar refuses some ordinary PowerShell: `Select-Object Name,Id`, `100MB`, `$env:TEMP\x`, `nslookup -type=srv _ldap._tcp.x`, `switch ($x) { 1 {'a'} 2 {'b'} }` and `ForEach-Object -Process {…}`. What of that is found is replaced by something of the same
 * length that it takes (a comma between arguments by a space, a suffix by zeros), so that every place stays where it is.
 */
export function parsePowerShell(written: string, parse: (script: string) => ParsedScript): ParsedScript {
  // A script's own must not be taken for those that stand for something here.
  const script = written.replace(/[\ue000-\ue00f]/g, '\ufffd');
  const patches = new Scanner(script).patches();
  if (patches.length === 0) return parse(script);
  const letters = script.split('');
  for (const { at, text } of patches) for (let i = 0; i < text.length; i += 1) letters[at + i] = text[i]!;
  const repaired = parse(letters.join(''));
  // A patch in the wrong place could hide a part of the script, so each must have become what it was meant for.
  return repaired.hasError || !patches.every((patch) => landed(repaired, patch)) ? parse(script) : repaired;
}

interface Patch {
  at: number;
  text: string;
  kind: 'separator' | 'digits' | 'variable' | 'blank' | 'first' | 'clause';
}

/** Stands for the `$` of a path that begins with a variable, `$env:APPDATA\Microsoft`, which the grammar takes for two words. */
export const VARIABLE_PATH = '\ue000';
/** Stand for what an argument begins with, `_ldap._tcp.example.com`, `-type=mx`: with it the grammar does not take it for one word. */
const FIRST: Readonly<Record<string, string>> = { _: '\ue001', '-': '\ue002' };

/** The word as it is written, whatever stands for its first character. */
export function asWritten(word: string): string {
  const first = Object.keys(FIRST).find((each) => FIRST[each] === word[0]);
  return first === undefined ? word : first + word.slice(1);
}

const MEANT: Record<Patch['kind'], RegExp> = {
  separator: /^command_argument_sep$/,
  digits: /_literal$/,
  variable: /^generic_token$/,
  blank: /^(foreach_command|command)$/,
  first: /^generic_token$/,
  clause: /^switch_(clause|clauses|body)$/,
};

function landed(root: ParsedScript, { at, text, kind }: Patch): boolean {
  for (const place of [at, at + text.length - 1]) {
    const node = root.descendantForIndex(place, place + 1);
    if (node === null || !(MEANT[kind].test(node.type) || MEANT[kind].test(node.parent?.type ?? ''))) return false;
  }
  return true;
}

const KEYWORD =
  /^(if|elseif|else|while|for|foreach|switch|in|try|catch|finally|do|until|return|throw|begin|process|end|default|exit|break|continue)$/i;

/** `_word` or `-option=value`, all of it in plain sight. */
const FIRST_OF_WORD = /_(?=\w)|-(?=-?[a-z][\w-]*=[\w.:/\\%+~*?-]*([\s;|)}]|$))/iy;

/** What the next word would be: a command's name, an argument, or part of an expression. `fixed`: an expression to its closing bracket. */
type Mode = 'start' | 'command' | 'expression' | 'fixed';

/** Reads the script only as far as needed to tell an argument's comma from an operator's. */
class Scanner {
  readonly #script: string;
  readonly #patches: Patch[] = [];

  constructor(script: string) {
    this.#script = script;
  }

  patches(): readonly Patch[] {
    this.#scan(0, '', 'start', 0);
    return this.#patches;
  }

  #match(pattern: RegExp, at: number): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#script)?.[0] ?? null;
  }

  /** From `at` to behind the closing bracket. `clauses`: of a `switch`, each a value and a block. */
  #scan(at: number, close: string, opening: Mode, depth: number, clauses = false): number {
    const script = this.#script;
    if (depth > 60) return script.length;
    const hash = close === '#';
    let mode = opening;
    let switches = false;
    let i = at;
    const begin = () => {
      if (mode !== 'fixed') mode = 'start';
    };
    const operand = () => {
      if (mode === 'start') mode = 'expression';
    };
    while (i < script.length) {
      const c = script[i]!;
      const before = script[i - 1] ?? ' ';
      if (c === (hash ? '}' : close)) return i + 1;
      if (c === '`') i += 2;
      else if (c === "'") {
        operand();
        i = this.#quoted(i);
      } else if (c === '"') {
        operand();
        i = this.#expandable(i, depth);
      } else if (c === '@' && (script[i + 1] === '"' || script[i + 1] === "'")) {
        operand();
        const end = script.indexOf(`\n${script[i + 1]}@`, i);
        i = end === -1 ? script.length : end + 3;
      } else if (script.startsWith('<#', i)) {
        const end = script.indexOf('#>', i + 2);
        i = end === -1 ? script.length : end + 2;
      } else if (c === '#' && /[\s;(){}|,]/.test(before)) i = this.#lineEnd(i);
      else if (script.startsWith('@{', i)) {
        operand();
        i = this.#scan(i + 2, '#', 'start', depth + 1);
      } else if (c === '(') {
        const called = /[\w\]'"}]/.test(before) && mode !== 'start';
        operand();
        i = this.#scan(i + 1, ')', called ? 'fixed' : 'start', depth + 1);
      } else if (c === '{') {
        operand();
        i = this.#scan(i + 1, '}', 'start', depth + 1, switches);
        switches = false;
        if (clauses && this.#nextClause(i)) mode = 'start';
        else if (
          (close === '}' || close === '') &&
          mode === 'expression' &&
          /^\s*(else|elseif|catch|finally|while|until)\b/i.test(script.slice(i, i + 40))
        )
          mode = 'start';
      } else if (c === '[' && mode !== 'command') {
        operand();
        i = this.#scan(i + 1, ']', 'fixed', depth + 1);
      } else if (c === ';' || c === '|' || c === '\n' || c === '&') {
        begin();
        i += 1;
      } else if (c === '=' && (mode === 'expression' || (hash && mode === 'command'))) {
        begin();
        i += 1;
      } else if (c === ',') i = this.#comma(i, mode);
      else if (/\s/.test(c)) i += 1;
      else {
        if (mode === 'start') switches ||= /^switch\b/i.test(script.slice(i, i + 7));
        i = this.#word(i, mode, (next) => (mode = mode === 'fixed' ? 'fixed' : next));
      }
    }
    return i;
  }

  #word(at: number, mode: Mode, become: (next: Mode) => void): number {
    const digits =
      mode === 'command' || /[\w$.\\-]/.test(this.#script[at - 1] ?? ' ')
        ? null
        : this.#match(/\d+(\.\d+)?[kmgtp]b(?![\w.])/iy, at);
    if (digits !== null) {
      if (mode === 'start') become('expression');
      this.#patches.push({ at: at + digits.length - 2, text: '00', kind: 'digits' });
      return at + digits.length;
    }
    const path = mode === 'command' ? this.#match(/\$(env:)?\w+(\\[\w.*?-]+)+\\?(?=[\s;|)}]|$)/iy, at) : null;
    if (path !== null) {
      this.#patches.push({ at, text: VARIABLE_PATH, kind: 'variable' });
      return at + path.length;
    }
    const first = mode === 'command' && /\s/.test(this.#script[at - 1] ?? '') ? this.#match(FIRST_OF_WORD, at) : null;
    if (first !== null) this.#patches.push({ at, text: FIRST[first]!, kind: 'first' });
    // Outside arguments `/` and `*` divide and multiply: `$_.Length/1GB`.
    const letters = mode === 'command' ? /[^\s;|(){}[\],"'`&=@#]+/y : /[^\s;|(){}[\],"'`&=@#/*]+/y;
    const word = this.#match(letters, at) ?? this.#script[at]!;
    const end = at + word.length;
    if (mode === 'start') {
      if (/^[$\d!+@-]/.test(word)) become('expression');
      else if (
        KEYWORD.test(word) &&
        !(word.toLowerCase() === 'foreach' && !/^\s*\(/.test(this.#script.slice(end, end + 20)))
      )
        become('start');
      else {
        become('command');
        const parameter = /^(foreach-object|%)$/i.test(word) ? this.#match(/\s+-process(?=\s*\{)/iy, end) : null;
        if (parameter !== null) {
          this.#patches.push({ at: end, text: ' '.repeat(parameter.length), kind: 'blank' });
          return end + parameter.length;
        }
      }
    } else if (mode === 'expression' && /^in$/i.test(word) && /\s/.test(this.#script[at - 1] ?? '')) become('start');
    return end;
  }

  /** The next value on the line of the block before it: the grammar wants a line of its own for it. */
  #nextClause(at: number): boolean {
    if (this.#match(/[ \t]+(?=[^\s{}#;)])/y, at) === null) return false;
    this.#patches.push({ at, text: '\n', kind: 'clause' });
    return true;
  }

  /** A comma between arguments becomes a space, as does the line's end behind it. */
  #comma(at: number, mode: Mode): number {
    const rest = this.#match(/,[ \t]*(\r?\n[ \t]*)*/y, at) ?? ',';
    if (mode === 'command') this.#patches.push({ at, text: ' '.repeat(rest.length), kind: 'separator' });
    return at + rest.length;
  }

  #quoted(at: number): number {
    let end = this.#script.indexOf("'", at + 1);
    while (end !== -1 && this.#script[end + 1] === "'") end = this.#script.indexOf("'", end + 2);
    return end === -1 ? this.#script.length : end + 1;
  }

  #expandable(at: number, depth: number): number {
    let i = at + 1;
    while (i < this.#script.length) {
      const c = this.#script[i]!;
      if (c === '`' || this.#script.startsWith('""', i)) i += 2;
      else if (c === '"') return i + 1;
      else if (this.#script.startsWith('$(', i)) i = this.#scan(i + 2, ')', 'start', depth + 1);
      else i += 1;
    }
    return i;
  }

  #lineEnd(at: number): number {
    const end = this.#script.indexOf('\n', at);
    return end === -1 ? this.#script.length : end;
  }
}
