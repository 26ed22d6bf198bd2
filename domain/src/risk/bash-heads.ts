import { awkReads, sedReads } from './bash-programs.ts';

/** Arguments of a command; null stands for text not known before it runs, which may turn out to be an option. */
export type Args = readonly (string | null)[];
/** Whether a command with these arguments only reads. */
export type ReadingRule = (args: Args) => boolean;

const all = (args: Args, test: (arg: string) => boolean): boolean => args.every((arg) => arg !== null && test(arg));
const option = (arg: string): boolean => arg.startsWith('-') && arg !== '-';

/** No option of these writes, runs or sets anything. */
const ANYTHING: ReadingRule = () => true;
const NOTHING: ReadingRule = (args) => args.length === 0;
const without =
  (bad: RegExp): ReadingRule =>
  (args) =>
    all(args, (arg) => !bad.test(arg));
const onlyOptions =
  (good: RegExp): ReadingRule =>
  (args) =>
    all(args, (arg) => !option(arg) || good.test(arg));
const exactly =
  (good: RegExp): ReadingRule =>
  (args) =>
    all(args, (arg) => good.test(arg));

/** At most so many operands: one more would be a file to write. `valued` options take the word behind them. */
const operands =
  (most: number, bad: RegExp, valued: RegExp): ReadingRule =>
  (args) => {
    if (!all(args, (arg) => !bad.test(arg))) return false;
    return args.filter((arg, i) => !option(arg ?? '') && !valued.test(args[i - 1] ?? '')).length <= most;
  };

const date: ReadingRule = (args) =>
  all(args, (arg) => !/^-[^-]*s|^--s/.test(arg)) &&
  args.every(
    (arg, i) =>
      arg!.startsWith('-') || arg!.startsWith('+') || /^(-[udrR]*[dr]|--date|--reference)$/.test(args[i - 1] ?? ''),
  );

const IP_FLAGS = /^-(4|6|s|d|br|brief|o|j|c|color|details|stats|json|p|pretty)$/;
const IP_OBJECTS = /^(a|addr|address|l|link|r|route|n|neigh|neighbor|neighbour|ru|rule|maddr|tunnel)$/;
const ip: ReadingRule = (args) => {
  const words = args.slice(args.findIndex((arg) => arg === null || !IP_FLAGS.test(arg)));
  if (!all(words, (arg) => !option(arg)) || !IP_OBJECTS.test(words[0] ?? '')) return false;
  // Shorter forms are left out: `ip link s` sets.
  return words.length === 1 || /^(show|list|ls|get)$/.test(words[1] ?? '');
};

const UNIT_FLAGS = /^(--no-pager|--user|-a|-l|--all|--full|-q|--quiet|--failed|--plain|--no-legend)$/;
const UNIT_VERBS = /^(status|show|cat|list-[a-z-]+|is-active|is-enabled|is-failed|is-system-running|get-default)$/;
const UNIT_OPTIONS =
  /^(-[alqpnto]|--(no-pager|user|all|full|quiet|failed|plain|no-legend|type|state|property|value|lines|output|reverse)(=.*)?)$/;
const systemctl: ReadingRule = (args) => {
  const verb = args.findIndex((arg) => arg === null || !UNIT_FLAGS.test(arg));
  if (verb === -1) return true;
  return UNIT_VERBS.test(args[verb] ?? '') && onlyOptions(UNIT_OPTIONS)(args);
};

const JOURNAL =
  /^(-[aefklmqrx0-9]+|-[bcgknoptuDSU].*|--(since|until|unit|boot|no-pager|lines|output|priority|grep|reverse|follow|dmesg|user|system|user-unit|identifier|list-boots|disk-usage|utc|catalog|quiet|all|no-tail|no-hostname|fields?|directory|file|merge|header|verify|output-fields|facility|show-cursor|no-full|pager-end)(=.*)?)$/;

const OPENSSL: Readonly<Record<string, ReadingRule>> = {
  version: ANYTHING,
  ciphers: onlyOptions(/^-[vVs]$/),
  verify: onlyOptions(
    /^-(CAfile|CApath|untrusted|trusted|verbose|show_chain|purpose|crl_check|crl_check_all|partial_chain|verify_hostname|x509_strict|no-CAfile|no-CApath)$/,
  ),
  x509: onlyOptions(
    /^-(in|inform|noout|text|subject|issuer|dates|startdate|enddate|fingerprint|serial|sha1|sha256|hash|subject_hash|issuer_hash|purpose|ext|checkend|checkhost|nameopt|certopt|modulus|pubkey|email|ocsp_uri)$/,
  ),
  crl: onlyOptions(/^-(in|inform|noout|text|issuer|lastupdate|nextupdate|fingerprint|hash|nameopt)$/),
  asn1parse: onlyOptions(/^-(in|inform|i|strparse|offset|length)$/),
  s_client: onlyOptions(
    /^-(connect|servername|showcerts|CAfile|CApath|verify|verify_return_error|verify_hostname|brief|status|starttls|tls1_2|tls1_3|no_ign_eof)$/,
  ),
};
const openssl: ReadingRule = ([sub, ...args]) =>
  Object.hasOwn(OPENSSL, sub ?? '') ? OPENSSL[sub ?? '']!(args) : false;

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
/** Stands in a word for a part inside double quotes that is known only when it runs. */
export const UNSEEN = '\ufffc';

const SHELL_NAME = /^[a-z_][a-z0-9_]*$/;
const read: ReadingRule = (args) =>
  args.every(
    (arg, i) =>
      arg !== null && (/^-[rsptnda]+$/.test(arg) || SHELL_NAME.test(arg) || /^-\w*[ptnd]$/.test(args[i - 1] ?? '')),
  );

const find: ReadingRule = without(/^-(exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)/);
const ping: ReadingRule = (args) =>
  all(args, () => true) && args.some((arg) => /^-[A-Za-z0-9]*[cw]\d*$/.test(arg ?? ''));

const RULES: Readonly<Record<string, ReadingRule>> = {
  date,
  ip,
  systemctl,
  openssl,
  test,
  read,
  find,
  ping,
  sed: sedReads,
  awk: awkReads,
  gawk: awkReads,
  mawk: awkReads,
  journalctl: onlyOptions(JOURNAL),
  command: (args) => args.length > 1 && /^-[vV]$/.test(args[0] ?? ''),
  env: NOTHING,
  wait: NOTHING,
  mount: exactly(/^-l$/),
  hostname: exactly(/^(-[fisdAI]|--(fqdn|short|ip-address|all-ip-addresses|domain|long))$/),
  hostnamectl: exactly(/^(status|--static|--no-pager)$/),
  timedatectl: exactly(/^(status|show|timesync-status|list-timezones|--no-pager)$/),
  loginctl: (args) => /^(list|show)-[a-z]+$|^(session|user|seat)-status$/.test(args[0] ?? ''),
  dmesg: onlyOptions(
    /^(-[THxkurtwWPeLdfl]+|--(human|ctime|level|facility|kernel|userspace|raw|notime|nopager|decode|color|since|until|follow)(=.*)?)$/,
  ),
  sort: without(/^-[^-]*[oT]|^--(o|co|t)/),
  uniq: operands(1, /^--o/, /^-[fsw]$/),
  xxd: operands(1, /^-[a-z]*r/, /^-[lscg]$/),
  file: without(/^-[A-Za-z]*C|^--c/),
  ss: without(/^-[A-Za-z0-9]*[KD]|^--(k|d)/),
  lsof: without(/^-[^-]*D/),
  dmidecode: without(/^--d/),
  base64: without(/^-[a-z]*o|^--o/),
  printf: (args) => args[0] !== null && !/^-v/.test(args[0] ?? ''),
  set: exactly(/^(-[eux]*o?|pipefail)$/),
  git: (args) =>
    /^(status|log|diff|show|rev-parse|describe)$/.test(args[0] ?? '') && without(/^-(-o|-ext|-textconv|O)/)(args),
  dpkg: exactly(/^(-[lsSLp]|--list|--status|--search|--listfiles|[a-z0-9][\w.+:*/-]*|\/.*)$/),
  rpm: (args) =>
    /^-q[a-zA-Z]*$/.test(args[0] ?? '') &&
    without(/^--(e|pipe|eval|define|D|E|load|root|rcfile|macros)/)(args.slice(1)),
  crontab: exactly(/^-l$/),
  lpstat: ANYTHING,
  nmcli: exactly(/^(-[tfp]|general|status|device|dev|connection|con|show|[A-Z,]+)$/),
};

const HARMLESS =
  `ls cat head tail grep egrep fgrep uname id whoami pwd echo seq sleep true false exit : df du free uptime ps getent stat wc cut
  tr nl rev tac paste join comm fold fmt expand unexpand column realpath readlink basename dirname groups logname tty arch nproc lscpu lsmem
  lspci lsusb lsmod lsblk findmnt last w who users md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum hexdump od strings
  base32 cmp diff which whereis type jq zcat netstat dig nslookup host tracepath traceroute vmstat iostat mpstat pgrep pidof pmap printenv
  locale getconf cal expr numfmt factor break continue cd [ [[`.split(/\s+/);

/** The rule of a command's name; undefined when the command is not known to be able to only read. */
export function readingRule(name: string): ReadingRule | undefined {
  if (Object.hasOwn(RULES, name)) return RULES[name];
  return HARMLESS.includes(name) ? ANYTHING : undefined;
}
