import { findReads } from './programs.ts';
import { type Args, UNSEEN } from './rule.ts';

/** Stands for what `find` hands to a command. */
export const FOUND = './found';

/** The shells whose `-c` runs the text behind it. */
export const SHELLS = /^(bash|sh|dash|zsh|ksh|ash)$/;

/**
 * The commands a reading `find` runs with `-exec`; null when it does anything else than look. What is found begins with a folder that was
 * given, so it is never an option; text with `{}` inside is unknown, since a file's name may hold code.
 */
export function commandsOfFind(args: Args): Args[] | null {
  const rest: (string | null)[] = [];
  const commands: Args[] = [];
  for (let i = 0; i < args.length; i += 1) {
    if (!/^-exec(dir)?$/.test(args[i] ?? '')) {
      rest.push(args[i]!);
      continue;
    }
    const end = args.findIndex((arg, at) => at > i && (arg === ';' || (arg === '+' && args[at - 1] === '{}')));
    if (end === -1) return null;
    commands.push(
      args.slice(i + 1, end).map((arg) => (arg === '{}' ? FOUND : (arg?.includes('{}') ?? true) ? null : arg)),
    );
    i = end;
  }
  return commands.length > 0 && findReads(rest) ? commands : null;
}

const XARGS_FLAGS = /^(-[0rtx]+|--(null|no-run-if-empty|verbose|exit))$/;
const XARGS_VALUED = /^(-[nPLdIs]|--(max-args|max-procs|max-lines|delimiter|replace))$/;
const XARGS_JOINED = /^(-[nPLs]\d+|-d\S+|-I\S+|--(max-args|max-procs|max-lines|delimiter|replace)=.*)$/;

/** The command `xargs` runs. What it is handed may be anything, options too. */
export function commandOfXargs(args: Args): Args | null {
  let at = 0;
  let mark: string | null = null;
  for (; at < args.length; at += 1) {
    const arg = args[at];
    if (arg == null) return null;
    if (XARGS_FLAGS.test(arg)) continue;
    if (/^(-I|--replace)$/.test(arg)) mark = args[at + 1] ?? null;
    else if (/^(-I|--replace=)./.test(arg)) mark = arg.replace(/^(-I|--replace=)/, '');
    if (XARGS_JOINED.test(arg)) continue;
    if (!XARGS_VALUED.test(arg)) break;
    at += 1;
  }
  const command = args.slice(at);
  if (command.length === 0 || command[0] == null) return null;
  if (mark !== null && command[0].includes(mark)) return null;
  return mark === null ? [...command, null] : command.map((arg, i) => (i > 0 && arg?.includes(mark) ? null : arg));
}

/** What such a command takes for itself, each word followed by a space. */
const OWN_WORDS: Readonly<Record<string, RegExp>> = {
  time: /^(-p )?/,
  timeout: /^((-v|--foreground|--preserve-status|-k \S+|-s \w+) )*\d+(\.\d+)?[smhd]? /,
  nice: /^(-n -?\d+ |-\d+ )?/,
  ionice: /^((-c ?\d|-n ?\d|-t) )*/,
  stdbuf: /^(-[oei] ?[L0] )+/,
  env: /^((LC_[A-Z]+|LANG|LANGUAGE|TZ|COLUMNS)=\S* )*/,
};

/** The command behind `time`, `timeout 5`, `nice -n 10`, `env LANG=C`, which add nothing of their own. */
export function commandBehind(name: string, args: Args): Args | null {
  if (!Object.hasOwn(OWN_WORDS, name)) return null;
  const line = args.map((arg) => `${arg === null || arg === '' || /\s/.test(arg) ? '\n' : arg} `).join('');
  const own = OWN_WORDS[name]!.exec(line)?.[0];
  if (own === undefined) return null;
  const rest = args.slice(own.split(' ').length - 1);
  return typeof rest[0] === 'string' && !rest[0].startsWith('-') && !rest[0].includes(UNSEEN) ? rest : null;
}

/** What `watch` has a shell run again and again: its words, as they stand behind its own. */
export function watched(args: Args): string | null {
  let at = 0;
  for (; at < args.length && /^-/.test(args[at] ?? ''); at += 1) {
    if (/^(-n|--interval)$/.test(args[at]!) && /^\d+(\.\d+)?$/.test(args[at + 1] ?? '')) at += 1;
    else if (
      !/^(-[dtgebcpw]+|-n\d+(\.\d+)?|--(differences|no-title|chgexit|errexit|beep|color|precise|interval=[\d.]+))$/.test(
        args[at]!,
      )
    )
      return null;
  }
  const words = args.slice(at);
  return words.length > 0 && words.every((word) => word !== null && !word.includes(UNSEEN)) ? words.join(' ') : null;
}
