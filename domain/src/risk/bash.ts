import { type ParsedScript, type SyntaxNode, TOO_BIG, WalkBudget, at, hiddenCharacters } from './syntax.ts';
import { type Finding, type Reason, change, destructive, readOnly, short, worst } from './verdict.ts';
import { readingRule } from './bash/heads.ts';
import { Constants } from './bash/constants.ts';
import { Numbers } from './bash/numbers.ts';
import { wordsBehindFiles } from './bash/behind-files.ts';
import { brokenWords } from './bash/broken-words.ts';
import { leavesOut } from './bash/gaps.ts';
import { isFedNothing, textAround, textFedTo } from './bash/fed.ts';
import { UNSEEN_CODE, assessNode } from './bash/nodes.ts';
import { SHELLS, commandBehind, commandOfXargs, commandsOfFind, watched } from './bash/inner-commands.ts';
import { type Args, UNSEEN } from './bash/rule.ts';
import { wordOf } from './bash/word.ts';
import { changeOnUnix } from './words.ts';
import { brokenParts, destructiveByWords, destructiveOr } from './destructive.ts';
import { SQL_DESTROYS, destroysOnUnix } from './unix-destroyers.ts';

/** How deep `bash -c '…'` is followed. */
const MOST_SHELLS = 4;

/**
 * Judges a parsed bash script. Whatever is not known to only read is a change: unparsed text, computed command names, redirects to files,
 * functions, odd variables, unknown commands. `parse` is called for scripts inside (`bash -c '…'`).
 */
export function assessBash(root: ParsedScript, parse: (script: string) => ParsedScript): Reason[] {
  return assessScript(root, parse, 0, new WalkBudget());
}

function assessScript(
  root: ParsedScript,
  parse: (script: string) => ParsedScript,
  shells: number,
  budget: WalkBudget,
): Reason[] {
  const found: Reason[] = hiddenCharacters(root.whole);
  if (FORK_BOMB.test(root.whole)) found.push(...at(root, [destructive('starts copies of itself without end')]));
  found.push(...brokenParts(root), ...brokenWords(root));
  const constants = new Constants(root);
  // Few scripts count, and the walk over all of it is for those.
  let counted: Numbers | undefined;
  const numbers = () => (counted ??= new Numbers(root));

  const visit = (node: SyntaxNode, depth: number): void => {
    if (!budget.allows(depth)) return void found.push(...at(node, [TOO_BIG]));
    const adds = node.type === 'command' ? [assessCommand(node)] : assessNode(node, numbers);
    if (adds.length > 0) found.push(...at(node, adds));
    if (leavesOut(node, root.whole)) found.push(...at(node, [destructiveOr(node.text, UNSEEN_CODE)]));
    for (const child of node.children) visit(child, depth + 1);
  };

  const assessCommand = (node: SyntaxNode): Finding => {
    const head = node.childForFieldName('name');
    if (head === null) return change('A command without a name cannot be judged.');
    const name = wordOf(head);
    const words = [...node.children.filter((child) => isWord(child)), ...wordsBehindFiles(node)];
    if (name.text === null || name.text.includes(UNSEEN))
      return change('The name of a command is computed when it runs, so it counts as a change.');
    if (name.text === 'exec' && words.length === 0 && opensOnly(node)) return readOnly('`exec` only reads.');
    const ways = constants
      .waysAt(node)
      .map((values): [string, ...Args] => [name.text!, ...words.map((word) => wordOf(word, values).text)]);
    const judged = worst(ways.map((way) => assessWords(way)));
    if (DATABASES.test(name.text) && SQL_DESTROYS.test(textFedTo(node))) return destructive('The SQL deletes data.');
    const fed = SHELLS.test(name.text) || words.some((word) => SHELLS.test(word.text)) ? textAround(node) : null;
    const destroys = fed === null ? null : destructiveByWords(fed);
    if (destroys !== null) return destructive(destroys);
    if (judged.risk === 'read_only' && ways.some(sendsWhatItIsFed) && !isFedNothing(node))
      return change('sends something over a connection');
    if (!name.plain && judged.risk === 'read_only')
      return change(`\`${name.text}\` is written in a way that hides its name, so it counts as a change.`);
    return judged;
  };

  const assessWords = (words: Args, wrappers = 0): Finding => {
    const [head, ...args] = words as [string, ...(string | null)[]];
    const name = baseName(head);
    if (wrappers > MOST_WRAPPERS) return tooDeep(words);
    const inner = innerScript(name, args);
    if (inner !== null) {
      if (shells >= MOST_SHELLS) return change('Shells are nested too deeply to be judged.');
      const judged = worst(assessScript(parse(inner), parse, shells + 1, budget));
      const exact = name === 'watch' || (args[0] === '-c' && /^(bash|sh|dash)$/.test(name));
      return exact ? judged : worst([judged, change(`\`${name}\` runs another script`)]);
    }
    const behind = commandBehind(name, args);
    if (behind !== null) return assessWords(behind, wrappers + 1);
    const destroys = destroysOnUnix(words, false) ?? wrappedDestruction(name, args);
    if (destroys !== null) return destructive(destroys);
    const ran = name === 'find' ? commandsOfFind(args) : name === 'xargs' ? oneOf(commandOfXargs(args)) : null;
    if (ran?.every(([first]) => typeof first === 'string' && !first.includes(UNSEEN)))
      return worst(ran.map((command) => assessWords(command, wrappers + 1)));
    const raised = /^(sudo|doas)$/.test(name) && !reads(name, args) ? withMoreRights(args) : null;
    if (raised !== null) return change(`with an administrator’s rights: ${assessWords(raised, wrappers + 1).words}`);
    return reads(name, args)
      ? readOnly(`\`${name}\` only reads.`)
      : change(changeOnUnix(name, args) ?? wordsOfChange(name));
  };

  /** `sudo rm -rf /`, `find … -exec rm …`: a destructive command anywhere behind one that runs others. */
  const wrappedDestruction = (name: string, args: Args): string | null => {
    if (!RUNS_OTHERS.has(name)) return null;
    // Each place is looked at with all that follows; behind so many the words alone are.
    for (let i = 0; i < Math.min(args.length, MOST_PLACES); i += 1) {
      const rest = args.slice(i);
      const shell = baseName(rest[0] ?? '');
      const script = innerScript(shell, rest.slice(1));
      const destroys = destroysOnUnix(rest, name === 'xargs' || name === 'find');
      if (destroys !== null) return destroys;
      if (script !== null && shells < MOST_SHELLS) {
        const judged = worst(assessScript(parse(script), parse, shells + 1, budget));
        if (judged.risk === 'destructive') return judged.words;
      }
    }
    return destructiveByWords(args.filter((arg) => arg !== null).join(' '));
  };

  visit(root, 0);
  return found;
}

/** `openssl s_client`, and a shell within which `openssl` may be given that word in pieces. */
const sendsWhatItIsFed = (words: Args): boolean =>
  (words.some((word) => word?.includes('s_client')) && words.some((word) => word?.includes('openssl'))) ||
  (words.some((word) => /^((\/usr)?\/bin\/)?(bash|sh|dash|zsh|ksh|ash|watch)$/.test(word ?? '')) &&
    words.some((word) => word?.includes('openssl')));

/** They do what they are fed: `mysql <<E`, `echo … | psql`. */
const DATABASES = /^(mysql|mariadb|psql|sqlite3|mongosh|mongo|clickhouse-client|sqlcmd)$/;

/** Commands that run a command that runs a command: nobody writes more, and each is judged with all that it holds. */
const MOST_WRAPPERS = 8;
const MOST_PLACES = 64;

const tooDeep = (words: Args): Finding =>
  destructiveOr(
    words.filter((word) => word !== null).join(' '),
    change('Commands are nested too deeply to be judged.'),
  );

const RUNS_OTHERS = new Set(
  `sudo doas su env xargs nohup nice ionice stdbuf setsid watch parallel exec builtin command chroot ssh unshare nsenter busybox strace script find
  eval timeout time flock runuser pkexec systemd-run at batch bash sh dash zsh ksh docker podman kubectl source .`.split(
    /\s+/,
  ),
);

/** The script of `sh -c '…'`, when it is known before it runs. */
function innerScript(name: string, args: Args): string | null {
  if (name === 'watch') return watched(args);
  if (!SHELLS.test(name)) return null;
  const flag = args.findIndex((arg) => arg !== null && /^-[a-z]*c[a-z]*$/.test(arg));
  if (flag === -1 || args.slice(0, flag).some((arg) => arg === null || !arg.startsWith('-'))) return null;
  const script = args[flag + 1];
  return script == null || script.includes(UNSEEN) ? null : script;
}

/** The command behind `sudo -n -u www-data`. */
function withMoreRights(args: Args): Args | null {
  let at = 0;
  for (; at < args.length && /^-/.test(args[at] ?? ''); at += 1) if (/^-[ugp]$/.test(args[at]!)) at += 1;
  return typeof args[at] === 'string' && !args[at]!.includes(UNSEEN) ? args.slice(at) : null;
}

const oneOf = (command: Args | null): Args[] | null => (command === null ? null : [command]);

const reads = (name: string, args: Args): boolean =>
  readingRule(name)?.(args.map((arg, i) => (arg === UNSEEN ? quotedUnknown(name, args[i - 1]) : arg))) ?? false;
/** A whole word in quotes known only when it runs: one word, yet perhaps an option, unless it is the value of one. `test` looks at its place itself. */
const quotedUnknown = (name: string, before: string | null | undefined): string | null =>
  name === 'test' || (Object.hasOwn(VALUED, name) && VALUED[name]!.test(before ?? '')) ? UNSEEN : null;
/** Options that take the word behind them, whatever it is. */
const VALUED: Readonly<Record<string, RegExp>> = {
  openssl:
    /^-(in|CAfile|CApath|untrusted|trusted|connect|servername|host|port|passin|verify_hostname|checkhost|checkend)$/,
  journalctl: /^(-[untSUp]|--(unit|since|until|identifier|lines|priority))$/,
  systemctl: /^-[pnt]$/,
  docker: /^--(tail|since|until|format|filter)$/,
  kubectl: /^-n$/,
  crontab: /^-u$/,
};

/** Only the system's own folders count as the command of that name. */
function baseName(head: string): string {
  return /^\/(usr\/)?s?bin\/[^/]+$/.test(head) ? head.slice(head.lastIndexOf('/') + 1) : head;
}

const WORDS: Readonly<Record<string, string>> = {
  eval: '`eval` runs text as a command.',
  source: '`source` runs another script.',
  '.': '`.` runs another script.',
  alias: '`alias` changes what a name runs.',
  sudo: '`sudo` runs a command with more rights.',
};

const wordsOfChange = (name: string): string =>
  (Object.hasOwn(WORDS, name) ? WORDS[name] : undefined) ??
  (readingRule(name) === undefined
    ? `\`${short(name)}\` ${CHANGERS.has(name) ? 'changes something' : 'is not known to only read'}, so it counts as a change.`
    : `\`${name}\` with these arguments is not known to only read, so it counts as a change.`);
const CHANGERS = new Set(
  'touch mkdir rmdir cp mv ln rm chmod chown kill pkill killall apt apt-get dnf yum snap tee truncate install service reboot shutdown'.split(
    ' ',
  ),
);

/** A function that calls itself twice in the background, whatever its name. */
const FORK_BOMB = /(?:^|[\s;])([^\s(){};|&]+)\s*\(\)\s*\{\s*\1\s*\|\s*\1\s*&\s*;?\s*\}/;

const WORDS_OF_COMMAND = new Set([
  'file_redirect',
  'heredoc_redirect',
  'herestring_redirect',
  'variable_assignment',
  'command_name',
  'comment',
]);
const isWord = (node: SyntaxNode): boolean => !WORDS_OF_COMMAND.has(node.type);

/** `exec 3<file`: not `exec <file`, from which a shell may take its next commands. */
function opensOnly(command: SyntaxNode): boolean {
  const files = command.parent?.children.filter(({ type }) => type === 'file_redirect') ?? [];
  return files.length > 0 && files.every(({ children }) => /^[3-9]$/.test(children[0]?.text ?? ''));
}
