import type { CommandSpec, Shell } from './command.ts';

/** What further commands an approval may cover. Kept few: a person has to know what each means. */
export const CATEGORIES = ['printers', 'services', 'packages', 'certificates', 'network', 'files'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Where a plain command works: its category, and for files the folder that all its paths lie under. */
export interface CommandPlace {
  category: Category;
  folder: string | null;
  shell: Shell;
}

type Rule = (args: readonly string[]) => boolean;

/*
 * Read without a grammar, by the api, the runtime, the signer and the verifiers alike: one command of plain words, no expansion, no second
 * command, no redirection. Whatever is written in any other way belongs to no category and asks each time.
 */
const WORD = /^[A-Za-z0-9_.\/:%+,-]+$/;
const POWERSHELL_WORD = /^[A-Za-z0-9_.\/\\:+,-]+$/;
const QUOTED = /^'[ -&(-~]+'$/;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** Units by name alone, no file and no target; those by which systemd itself stops the machine are left out. */
const UNIT = /^(?!systemd-|emergency|rescue)[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.service)?$/;
const PRINTER_OPTION = /^-[pEvmxdDLra]$/;

const none: Rule = (args) => args.length === 0;
const named: Rule = (args) => args.length > 0 && args.every((arg) => NAME.test(arg) || /^-y$/.test(arg));
const verb =
  (verbs: RegExp, rest: Rule): Rule =>
  ([first = '', ...others]) =>
    verbs.test(first) && rest(others);
const printer: Rule = (args) =>
  args.length > 0 && args.every((arg) => (arg.startsWith('-') ? PRINTER_OPTION.test(arg) : !/^\/|^file:/i.test(arg)));
const units: Rule = (args) => args.length > 0 && args.every((arg) => UNIT.test(arg) || arg === '--now');
/** Parameters by their full names, since a shortened one may be another. */
const parameters =
  (names: readonly string[]): Rule =>
  (args) =>
    args.every((arg) => !arg.startsWith('-') || names.includes(arg.toLowerCase()));

const packages = verb(/^(install|remove)$/, named);
const POSIX: Record<string, [Exclude<Category, 'files'>, Rule]> = {
  lpadmin: ['printers', printer],
  cupsenable: ['printers', printer],
  cupsdisable: ['printers', printer],
  cupsaccept: ['printers', printer],
  cupsreject: ['printers', printer],
  cancel: ['printers', printer],
  systemctl: ['services', verb(/^(start|stop|restart|reload|enable|disable)$/, units)],
  service: [
    'services',
    (args) => args.length === 2 && UNIT.test(args[0] ?? '') && /^(start|stop|restart|reload)$/.test(args[1] ?? ''),
  ],
  apt: ['packages', packages],
  'apt-get': ['packages', packages],
  dnf: ['packages', packages],
  'update-ca-certificates': ['certificates', none],
  'update-ca-trust': ['certificates', none],
  resolvectl: ['network', (args) => args.length === 1 && args[0] === 'flush-caches'],
  nmcli: [
    'network',
    verb(
      /^connection$/,
      verb(/^(up|down)$/, (args) => args.length === 1 && NAME.test(args[0] ?? '')),
    ),
  ],
};
const POWERSHELL: Record<string, [Exclude<Category, 'files'>, Rule]> = {
  'add-printer': ['printers', parameters(['-name', '-drivername', '-portname'])],
  'remove-printer': ['printers', parameters(['-name'])],
  'add-printerdriver': ['printers', parameters(['-name'])],
  'remove-printerdriver': ['printers', parameters(['-name'])],
  'add-printerport': ['printers', parameters(['-name', '-printerhostaddress'])],
  'start-service': ['services', parameters(['-name'])],
  'stop-service': ['services', parameters(['-name', '-force'])],
  'restart-service': ['services', parameters(['-name', '-force'])],
  'import-certificate': ['certificates', parameters(['-filepath', '-certstorelocation'])],
  'clear-dnsclientcache': ['network', none],
  'restart-netadapter': ['network', parameters(['-name'])],
};
const FILE_HEADS: ReadonlySet<string> = new Set(['mkdir', 'touch', 'cp', 'mv', 'rm']);

/** Null: it belongs to no category, so no approval but its own covers it. */
export function placeOf(spec: Pick<CommandSpec, 'shell' | 'script' | 'runAs' | 'input' | 'file'>): CommandPlace | null {
  const { shell } = spec;
  if (spec.input !== undefined || spec.file !== undefined || spec.runAs.kind !== 'runtime') return null;
  const posix = shell === 'bash' || shell === 'sh';
  if (!posix && shell !== 'pwsh' && shell !== 'powershell') return null;
  const words = plainWords(spec.script, posix ? WORD : POWERSHELL_WORD);
  const [head = '', ...args] = words ?? [];
  if (posix && FILE_HEADS.has(head)) {
    const folder = folderOf(args);
    return folder === null ? null : { category: 'files', folder, shell };
  }
  const table = posix ? POSIX : POWERSHELL;
  const name = posix ? head : head.toLowerCase();
  const rule = Object.hasOwn(table, name) ? table[name] : undefined;
  return rule !== undefined && rule[1](args) ? { category: rule[0], folder: null, shell } : null;
}

/** Whether the second command works within where the first one was approved to work. */
export const within = (granted: CommandPlace, wanted: CommandPlace): boolean =>
  granted.category === wanted.category &&
  granted.shell === wanted.shell &&
  (granted.folder === wanted.folder ||
    (granted.folder !== null && wanted.folder !== null && wanted.folder.startsWith(`${granted.folder}/`)));

function plainWords(script: string, word: RegExp): string[] | null {
  const parts = script.replace(/\n$/, '').match(/'[^']*'|[^ ']+|'| /g) ?? [];
  const words: string[] = [];
  let glued = false;
  for (const part of parts) {
    if (part === ' ') glued = false;
    else if (glued) return null;
    else {
      if (!word.test(part) && !QUOTED.test(part)) return null;
      words.push(part.startsWith("'") ? part.slice(1, -1) : part);
      glued = true;
    }
  }
  // A head in quotes is no plain command.
  return words.length > 0 && !script.trimStart().startsWith("'") ? words : null;
}

/** The deepest folder that holds everything the command names; null where one of its words is no plain path of a folder of some depth. */
function folderOf(args: readonly string[]): string | null {
  const paths = args.filter((arg) => !/^-[A-Za-z]+$/.test(arg));
  if (paths.length === 0 || !paths.every((path) => PATH.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path))) return null;
  const parents = paths.map((path) => path.replace(/\/$/, '').split('/').slice(1, -1));
  const [first = []] = parents;
  const shared = first.filter((_, i) =>
    parents.every((parts) => parts.slice(0, i + 1).join('/') === first.slice(0, i + 1).join('/')),
  );
  return shared.length < 2 ? null : `/${shared.join('/')}`;
}
const PATH = /^(?:\/[A-Za-z0-9_.%+, -]+){3,}\/?$/;
