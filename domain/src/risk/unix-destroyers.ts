import type { Args } from './bash/rule.ts';
import { byName } from './by-name.ts';
import { names, operandsIn, paths } from './naming.ts';
import { destroysWhatIsStored } from './stored-destroyers.ts';

/** What a command destroys, in words; null where it does not. `onMany`: it is given many files at once, as by `xargs`. */
type Destroys = (args: Args, name: string, onMany: boolean) => string | null;

/** Unix commands that can destroy data. `words` are a command's name and arguments; null stands for text not known before it runs. */
export function destroysOnUnix(words: Args, onMany: boolean): string | null {
  const [head] = words;
  if (head == null) return null;
  const name = head.slice(head.lastIndexOf('/') + 1);
  const rule = RULES.get(name) ?? (/^mkfs\../.test(name) ? always : undefined);
  const args = words.slice(1);
  return rule?.(args, name, onMany) ?? destroysWhatIsStored(name, args);
}

const has = (args: Args, pattern: RegExp): boolean => args.some((arg) => arg !== null && pattern.test(arg));
const all = (args: Args, pattern: RegExp): boolean => args.every((arg) => arg !== null && pattern.test(arg));
const given = (args: Args): string => names(paths(args), 'what it is given');
/** The operands that are known, as one line: `s3 rm s3://x`. */
const verbs = (args: Args): string => args.filter((arg) => arg !== null && !arg.startsWith('-')).join(' ');

const ERASES = /^(mkfs.*|mke2fs|mkswap|shred|wipefs|blkdiscard|srm|scrub|nwipe|badblocks)$/;
const always: Destroys = (args, name) => `${ERASES.test(name) ? 'erases' : 'deletes'} ${given(args)} (\`${name}\`)`;

const partition: Destroys = (args, name) =>
  has(args, /^(-l|--list|print|-p|--print|-i)$/) || (name === 'sfdisk' && has(args, /^(-d|--dump)$/))
    ? null
    : `changes the partitions of ${names(operandsIn(args).slice(0, 1), 'a disk')} (\`${name}\`)`;

/** Whose first operand begins so. */
const operand =
  (pattern: RegExp): Destroys =>
  (args, name) => {
    const first = args.find((arg) => arg !== null && !arg.startsWith('-')) ?? '';
    return pattern.test(first) ? `\`${name} ${first}\` can destroy data.` : null;
  };

/** One of whose arguments is such. */
const argument =
  (pattern: RegExp, words: (name: string) => string): Destroys =>
  (args, name) =>
    has(args, pattern) ? words(name) : null;

/** Whose operands in a line are such. */
const line =
  (pattern: RegExp, words: (name: string) => string): Destroys =>
  (args, name) =>
    pattern.test(verbs(args)) ? words(name) : null;

const rm: Destroys = (args, _, onMany) => {
  if (onMany) return 'deletes many files at once';
  return has(args, /^-[A-Za-z]*[rR]/) || has(args, /^--r/)
    ? `deletes files under ${names(operandsIn(args), 'what it is given')}`
    : null;
};

const dd: Destroys = (args) =>
  has(args, /^of=(?!\/dev\/null$)/)
    ? `overwrites ${names(args.filter((arg) => arg?.startsWith('of=')).map((arg) => arg!.slice(3)))} (\`dd\`)`
    : null;

/** Without an option that erases it lists what is there. */
const WIPES_NOTHING = (args: Args): boolean => all(args, /^(-[npiJ]+|--(no-act|parsable|noheadings|json)|\/dev\/.*)$/);

/** `-n` counts only where nothing else could take it for its value, or take it back. */
const DRY_RUN =
  /^(-[avrzhtlopgDcuiPn]+|--(dry-run|delete[\w-]*|stats|itemize-changes|checksum|archive|exclude=.*)|[^-].*)$/;
const rsync: Destroys = (args) =>
  has(args, /^--(del|remove-source-files)/) && !(all(args, DRY_RUN) && has(args, /^(-[a-zA-Z]*n|--dry-run$)/))
    ? '`rsync` deletes files that are not at the source.'
    : null;

const find: Destroys = (args) =>
  has(args, /^-delete$/)
    ? `deletes every file it finds under ${names(operandsIn(args).slice(0, 1), 'this folder')}`
    : null;

const git: Destroys = (args) => {
  if (has(args, /^clean$/)) return '`git clean` deletes files that are nowhere else.';
  if (has(args, /^reset$/) && has(args, /^--hard$/))
    return '`git reset --hard` throws away changes that are nowhere else.';
  return has(args, /^push$/) && has(args, /^(-[a-z]*f[a-z]*|--force.*|--mirror|--delete|\+.*)$/)
    ? '`git push --force` overwrites what others have.'
    : null;
};

const containers: Destroys = (args, name) => {
  if (has(args, /^prune$/)) return `\`${name} prune\` deletes data that is not in use.`;
  return /\b(volume (rm|remove)|compose .*down .*-v)\b/.test(args.join(' '))
    ? `\`${name}\` deletes volumes and the data in them.`
    : null;
};

const SYSTEM_FOLDER = /^\/(\*|bin|boot|dev|etc|home|lib|lib64|opt|root|sbin|srv|usr|var)?\/?$/;
const allBelow: Destroys = (args, name) =>
  has(args, /^(-[A-Za-z]*R|--recursive)/) && has(args, SYSTEM_FOLDER)
    ? `\`${name} -R\` on a folder of the system can make it unusable.`
    : null;

/** `DELETE FROM x` without a condition, dropping and emptying. */
export const SQL_DESTROYS =
  /\b(drop\s+(database|table|schema|tablespace|user|role|index|view)|truncate\b|dropDatabase\s*\(|delete\s+from\s+[^\s;]{1,200}\s*(;|$))/i;

/** By the commands' names. Most commands are in none of them, and nothing more is looked at. */
const RULES = byName<Destroys>([
  ['mkfs mke2fs mkswap shred blkdiscard srm scrub lvremove vgremove pvremove dropdb nwipe badblocks', always],
  ['wipefs', (args, name, many) => (WIPES_NOTHING(args) ? null : always(args, name, many))],
  ['rm', rm],
  ['dd', dd],
  ['find', find],
  ['fdisk sfdisk gdisk sgdisk cfdisk parted', partition],
  ['zpool', operand(/^(destroy|labelclear)/)],
  ['zfs', operand(/^destroy/)],
  ['cryptsetup', operand(/^(luksFormat|erase|luksErase)/)],
  ['btrfs', operand(/^subvolume/)],
  ['nvme', operand(/^format/)],
  ['crontab', argument(/^-r/, () => '`crontab -r` can destroy data.')],
  ['docker podman', containers],
  ['userdel deluser', argument(/^(-[a-z]*r|--remove)/, (name) => `\`${name}\` deletes a person’s files.`)],
  ['git', git],
  ['kubectl', line(/(^| )delete\b/, () => '`kubectl delete` deletes what runs in the cluster.')],
  ['helm', line(/^(uninstall|delete)\b/, () => '`helm uninstall` deletes what runs in the cluster.')],
  [
    'iptables ip6tables',
    argument(/^(-[A-Za-z]*[FX]|--flush|--delete-chain)$/, (name) => `\`${name}\` deletes all rules of the firewall.`),
  ],
  ['nft', line(/^(flush|delete)\b/, () => '`nft` deletes rules of the firewall.')],
  ['rsync', rsync],
  [
    'apt apt-get aptitude dpkg',
    argument(/^(purge|--purge|-P)$/, (name) => `\`${name}\` purges a package with its settings.`),
  ],
  ['journalctl', argument(/^--vacuum/, () => '`journalctl --vacuum…` deletes logs.')],
  ['tar', argument(/^--remove-files$/, () => '`tar --remove-files` deletes what it packs.')],
  ['chmod chown chgrp setfacl', allBelow],
  [
    'mysql mariadb psql sqlite3 sqlcmd invoke-sqlcmd mongosh clickhouse-client',
    argument(SQL_DESTROYS, () => 'The SQL deletes data.'),
  ],
  ['mdadm', argument(/^--zero-superblock$/, () => '`mdadm --zero-superblock` takes a disk out of its array for good.')],
  ['hdparm', argument(/^--(security-erase|trim-sector|make-bad-sector)/, () => '`hdparm` erases the disk.')],
  [
    'virsh',
    line(
      /^(undefine|vol-delete|vol-wipe|pool-delete|snapshot-delete)\b/,
      () => '`virsh` deletes a machine or its disks.',
    ),
  ],
  ['qm pct', line(/^destroy\b/, (name) => `\`${name} destroy\` deletes a machine and its disks.`)],
  ['redis-cli', line(/\bflush(all|db)\b/i, () => '`redis-cli` empties the database.')],
  ['terraform', line(/^destroy\b/, () => '`terraform destroy` deletes what it made.')],
  ['aws', line(/^(s3 (rm|rb)\b|\S+ (delete|terminate)-)/, () => '`aws` deletes what is stored there.')],
  ['az gcloud', line(/(^| )(delete|purge)\b/, (name) => `\`${name}\` deletes what is stored there.`)],
  ['rclone', line(/^(delete|purge|sync|move)\b/, () => '`rclone` deletes files that are not at the source.')],
  ['truncate', (args) => (has(args, /^(-s0?|--size(=0)?)$/) ? `empties ${given(args)}` : null)],
]);
