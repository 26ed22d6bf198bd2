/** Arguments of a command; null stands for text not known before it runs, which may turn out to be an option. */
export type Args = readonly (string | null)[];
/** Whether a command with these arguments only reads. */
export type ReadingRule = (args: Args) => boolean;
export type Rules = Readonly<Record<string, ReadingRule>>;

/** Stands in a word for a part inside double quotes that is known only when it runs. */
export const UNSEEN = '\ufffc';

export const all = (args: Args, test: (arg: string) => boolean): boolean =>
  args.every((arg) => arg !== null && test(arg));
/** Whether one of them is such; what is known only when it runs counts as empty. */
export const has = (args: Args, pattern: RegExp): boolean => args.some((arg) => pattern.test(arg ?? ''));
export const isOption = (arg: string): boolean => arg.startsWith('-') && arg !== '-';

/** No option of these writes, runs or sets anything. */
export const ANYTHING: ReadingRule = () => true;
export const NOTHING: ReadingRule = (args) => args.length === 0;

export const without =
  (bad: RegExp): ReadingRule =>
  (args) =>
    all(args, (arg) => !bad.test(arg));
export const onlyOptions =
  (good: RegExp): ReadingRule =>
  (args) =>
    all(args, (arg) => !isOption(arg) || good.test(arg));
export const exactly =
  (good: RegExp): ReadingRule =>
  (args) =>
    all(args, (arg) => good.test(arg));
/** At least one argument, and each of them known. */
export const some =
  (good: RegExp): ReadingRule =>
  (args) =>
    args.length > 0 && all(args, (arg) => good.test(arg));

/** At most so many operands: one more would be a file to write. `valued` options take the word behind them. */
export const operands =
  (most: number, bad: RegExp, valued: RegExp): ReadingRule =>
  (args) => {
    if (!all(args, (arg) => !bad.test(arg))) return false;
    return args.filter((arg, i) => !isOption(arg ?? '') && !valued.test(args[i - 1] ?? '')).length <= most;
  };

/** The operands, without the values of `valued` options; null when one is not known. */
export function operandsOf(args: Args, valued: RegExp): string[] | null {
  const found: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (arg == null) return null;
    if (!isOption(arg)) found.push(arg);
    else if (valued.test(arg)) i += 1;
  }
  return found;
}

interface Verbs {
  /** What the operands, joined by spaces, must look like. */
  reads: RegExp;
  /** The only options taken. */
  options?: RegExp;
  /** Options that take the word behind them. */
  valued?: RegExp;
}
/** Not even the empty word, which stands before the first. */
const NEVER = /(?!)/;

/** A program whose first words say what it does. */
export const verbs =
  ({ reads, options = NEVER, valued = NEVER }: Verbs): ReadingRule =>
  (args) => {
    const words = operandsOf(args, valued);
    return (
      words !== null &&
      reads.test(words.join(' ')) &&
      // Behind an option that takes a word may stand a number below nothing, but no other option: to the program `-f` may be a mere flag.
      args.every(
        (arg, i) =>
          !isOption(arg ?? '') ||
          options.test(arg!) ||
          valued.test(arg!) ||
          (/^-\d+[a-z]?$/.test(arg!) && valued.test(args[i - 1] ?? '')),
      )
    );
  };

interface Getopt {
  /** Letters of options without a value. */
  flags: string;
  /** Letters of options with a value, and what it may be. */
  valued?: Readonly<Record<string, RegExp>>;
  /** Long options, with their `=value`. */
  long?: RegExp;
  /** Long options that take the word behind them, and what it may be. */
  longValued?: Readonly<Record<string, RegExp>>;
  operand?: RegExp;
}

/** Options as getopt reads them: `-so /dev/null`, `-so/dev/null`, `--long=value`. Everything must be known to be taken. */
export const getopt =
  ({ flags, valued = {}, long = NEVER, longValued = {}, operand = /^/ }: Getopt): ReadingRule =>
  (args) => {
    for (let i = 0; i < args.length; i += 1) {
      const arg = args[i];
      if (arg == null) return false;
      if (!isOption(arg)) {
        if (!operand.test(arg)) return false;
        continue;
      }
      if (arg.startsWith('--')) {
        const [name = '', ...value] = arg.split('=');
        const good = Object.hasOwn(longValued, name) ? longValued[name] : undefined;
        if (good === undefined) {
          if (!long.test(arg)) return false;
          continue;
        }
        if (!good.test(value.length > 0 ? value.join('=') : (args[(i += 1)] ?? '\n'))) return false;
        continue;
      }
      for (let j = 1; j < arg.length; j += 1) {
        const letter = arg.charAt(j);
        if (flags.includes(letter)) continue;
        const good = Object.hasOwn(valued, letter) ? valued[letter] : undefined;
        if (good === undefined) return false;
        const value = arg.slice(j + 1) || args[(i += 1)];
        if (value == null || !good.test(value)) return false;
        break;
      }
    }
    return true;
  };
