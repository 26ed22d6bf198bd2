import { type Args, ANYTHING, NOTHING, type ReadingRule, type Rules, UNSEEN, all, exactly } from './rule.ts';
import { getopt, operandsOf, some, without } from './rule.ts';

const gitWithout = without(/^(-O|--(ou|ext($|[-=])|textc|op|exec|upload-pack|filters|no-index))/);
const GIT_READS =
  /^(status|log|diff|show|rev-parse|describe|blame|annotate|shortlog|ls-files|ls-tree|rev-list|name-rev|count-objects|cat-file|grep|merge-base|diff-tree|for-each-ref|show-ref|var|cherry|whatchanged|version|check-ignore|check-attr)$/;
const git: ReadingRule = (args) => {
  let at = 0;
  // Not -c, --git-dir and the like: they may name programs to run.
  for (; at < args.length && /^(-C|-P|--no-pager|--no-optional-locks)$/.test(args[at] ?? ''); at += 1)
    if (args[at] === '-C') at += 1;
  const [verb, ...rest] = args.slice(at);
  if (verb == null) return false;
  if (/^--version$/.test(verb)) return rest.length === 0;
  if (GIT_READS.test(verb)) return gitWithout(rest);
  const words = rest.join(' ');
  if (rest.includes(null)) return false;
  switch (verb) {
    case 'branch':
      return /^((-[avr]+|-vv|--(list|all|remotes|show-current|merged|no-merged|verbose|contains)|--(contains|no-contains|merged|no-merged|points-at)[ =]\w[\w./~^-]*)( |$))*$/.test(
        words,
      );
    case 'tag':
      return /^(|(-l|-n\d*|--list|--sort=\S+)( .*)?)$/.test(words) && gitWithout(rest);
    case 'remote':
      return /^(|-v|show( \S+)?|get-url \S+)$/.test(words) && !words.includes('::');
    case 'config':
      return /^((--(global|local|system|show-origin) )*(--list|-l|--get(-all|-regexp)? \S+|list|get \S+))$/.test(words);
    case 'stash':
      return /^(list|show)( stash@\{\d+\})?( -p)?$/.test(words);
    case 'reflog':
      return /^(|show( [\w/-]+)?|-n ?\d+|-\d+)$/.test(words);
    case 'fsck':
      // Not `--lost-found`, which writes.
      return /^((--(full|strict|no-dangling|unreachable|connectivity-only|no-progress|verbose))( |$))*$/.test(words);
    case 'worktree':
      return /^list( --porcelain)?$/.test(words);
    case 'submodule':
      return /^(|status)$/.test(words);
    case 'ls-remote':
      return /^((--(heads|tags|refs|symref) )*([\w-]+|https:\/\/[\w./:-]+)( [\w/*.-]+)*)?$/.test(words);
    default:
      return false;
  }
};

/** `test` decides what is an operator when it runs, and `-v` evaluates code in a subscript: the operator must be in plain sight. */
const test: ReadingRule = (args) => {
  const words = args[0] === '!' ? args.slice(1) : args;
  const shown = (word: string | null | undefined) => word != null && !word.startsWith(UNSEEN) && !/^-[vR]$/.test(word);
  if (words.every((word) => word != null && !word.includes(UNSEEN))) return words.every(shown);
  if (words.length === 2) return shown(words[0]) && words[1] != null;
  return (
    words.length === 3 &&
    shown(words[1]) &&
    /^(=|==|!=|<|>|-(eq|ne|lt|le|gt|ge|nt|ot|ef))$/.test(words[1]!) &&
    words[0] != null &&
    words[2] != null
  );
};

const SHELL_NAME = /^[a-z_][a-z0-9_]*$/;
const read: ReadingRule = (args) =>
  args.every(
    (arg, i) =>
      arg !== null && (/^-[rsptnda]+$/.test(arg) || SHELL_NAME.test(arg) || /^-\w*[ptnd]$/.test(args[i - 1] ?? '')),
  );
const mapfile: ReadingRule = exactly(/^(-t|[a-z_][a-z0-9_]*)$/);

/** One statement that shows; a SELECT calls no function but these, since a function may write. */
const FUNCTIONS =
  /^(count|sum|avg|min|max|round|now|version|current_database|pg_is_in_recovery|pg_database_size|pg_size_pretty|pg_relation_size|pg_total_relation_size|coalesce|length|lower|upper|in|and|or|not|where|from|as|select|values|date|user|database)$/i;
const SHOWS = /^\s*(show|describe|desc)\s[\w\s.*'%`=,@-]*;?\s*$/i;
const SELECTS = /^\s*select\s[\w\s.*'%`=,@()<>!+/:|"-]*;?\s*$/i;
const META = /^\s*\\(l|d|dt|du|dn|dx|di|dv|ds|df|dp|db|conninfo|encoding)[+S]*(\s[\w.*]+)?\s*$/;
function sqlReads(text: string): boolean {
  // `desc analyze delete …` runs what it describes.
  if (SHOWS.test(text)) return !/\banalyze\b/i.test(text);
  if (META.test(text)) return true;
  if (!SELECTS.test(text) || /--|\/\*|\b(into|for|lock|procedure|outfile|dumpfile)\b/i.test(text)) return false;
  return [...text.matchAll(/([\w.]+)"?\s*\(/g)].every(([, name]) => FUNCTIONS.test(name ?? ''));
}
const sqlAfter = (args: Args, flag: RegExp): boolean => {
  const index = args.findIndex((arg) => flag.test(arg ?? ''));
  if (index === -1) return false;
  const joined = /^--\w+=([^]*)$/.exec(args[index] ?? '');
  return sqlReads(joined === null ? (args[index + 1] ?? ';') : joined[1]!);
};
const ANY = /^/;
const psql: ReadingRule = (args) =>
  getopt({
    flags: 'AtxqXwWl',
    valued: { c: ANY, U: ANY, d: /^[\w-]+$/, h: ANY, p: /^\d+$/, F: ANY, P: /^[\w=]+$/ },
    long: /^--(list|no-align|tuples-only|expanded|quiet|no-psqlrc|no-password|csv|version|(command|username|dbname|host|port)=.*)$/,
    operand: /^[\w-]+$/,
  })(args) &&
  (sqlAfter(args, /^(-[AtxqXwW]*c|--command=.*)$/)
    ? args.filter((arg) => /^(-[AtxqXwW]*c|--command)/.test(arg ?? '')).length === 1
    : args.some((arg) => /^(-l|--list|--version)$/.test(arg ?? '')) &&
      !args.some((arg) => /^(-\w*c|--command)/.test(arg ?? '')));
const mysql: ReadingRule = (args) =>
  all(args, (arg) =>
    /^(-[BNstEr]+|-e|--execute=.*|-[uphPD].*|--(user|password|host|port|socket|database|batch|skip-column-names|table|vertical|silent)(=.*)?|[^-].*)$/.test(
      arg,
    ),
  ) &&
  sqlAfter(args, /^(-e|--execute=.*)$/) &&
  args.filter((arg) => /^(-e|--execute)/.test(arg ?? '')).length === 1;

const versionOnly = exactly(/^(--version|-V|-v|version)$/);
const longVersionOnly = exactly(/^(--version|-V|-VV)$/);
const asks =
  (rule: ReadingRule): ReadingRule =>
  (args) =>
    args.length > 0 && rule(args);

const VERSIONED = `node ruby perl java javac go gcc g++ make cmake php lua dotnet cargo rustc terraform ansible aws az gcloud tsc deno bun
  rsyslogd mongod mongo mysqld postgres nano squid named unbound
  mongosh openvpn strace strongswan ffmpeg dockerd containerd kubelet etcd vault consul packer R julia`;

/** The shell's own words, git, databases, and programs asked for their version. */
export const TOOL_RULES: Rules = {
  ...Object.fromEntries(VERSIONED.split(/\s+/).map((name) => [name, asks(versionOnly)])),
  python: asks(longVersionOnly),
  python3: asks(longVersionOnly),
  python2: asks(longVersionOnly),
  bash: some(/^--version$/),
  ssh: some(/^-V$/),
  java: some(/^-?-version$/),
  php: some(/^(-[vmi]|--(version|ini|modules))$/),
  go: some(/^(version|env)$/),
  dotnet: some(/^--(version|info|list-sdks|list-runtimes)$/),
  git,
  psql,
  mysql,
  mariadb: mysql,
  pg_lsclusters: ANYTHING,
  pg_isready: ANYTHING,
  test,
  '[': (args) => args.at(-1) === ']' && test(args.slice(0, -1)),
  read,
  mapfile,
  readarray: mapfile,
  command: (args) => args.length > 1 && /^-[vV]$/.test(args[0] ?? ''),
  env: NOTHING,
  wait: NOTHING,
  set: (args) => args.length === 0 || exactly(/^(-[eux]*o?|pipefail)$/)(args),
  ulimit: exactly(/^-([SH]?[abcdefilmnpqrstuvx])$/),
  umask: exactly(/^-S$/),
  alias: exactly(/^-p$/),
  hash: exactly(/^-l$/),
  history: exactly(/^\d+$/),
  shopt: (args) => args.length === 0 || (args[0] === '-p' && exactly(/^(-p|\w+)$/)(args)),
  trap: some(/^-[pl]$/),
  compgen: some(/^-[abcdefgjksuv]$/),
  help: exactly(/^[\w:]+$/),
  shift: exactly(/^\d+$/),
  sadf: (args) => operandsOf(args, /$^/) !== null && without(/^-[^-]*[oO]/)(args),
  vim: some(/^--version$/),
};
