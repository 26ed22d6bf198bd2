import { type SyntaxNode, UNPARSED, at } from './syntax.ts';
import { names, operandsIn, paths } from './naming.ts';
import { type Finding, change, destructive, type Reason } from './verdict.ts';

/** Unix commands that can destroy data. `words` are a command's name and arguments; null stands for text not known before it runs. */
export function destroysOnUnix(words: readonly (string | null)[], onMany: boolean): string | null {
  const [head, ...args] = words;
  if (head == null) return null;
  const name = head.slice(head.lastIndexOf('/') + 1);
  const targets = names(paths(args), 'what it is given');
  const has = (pattern: RegExp) => args.some((arg) => arg !== null && pattern.test(arg));
  if (/^mkfs(\..+)?$/.test(name) || ALWAYS.has(name))
    return `${ERASES.test(name) ? 'erases' : 'deletes'} ${targets} (\`${name}\`)`;
  if (name === 'rm' && (onMany || has(/^-[A-Za-z]*[rR]/) || has(/^--r/)))
    return onMany ? 'deletes many files at once' : `deletes files under ${names(operandsIn(args), 'what it is given')}`;
  if (name === 'dd' && has(/^of=(?!\/dev\/null$)/))
    return `overwrites ${names(args.filter((arg) => arg?.startsWith('of=')).map((arg) => arg!.slice(3)))} (\`dd\`)`;
  if (name === 'find' && has(/^-delete$/))
    return `deletes every file it finds under ${names(operandsIn(args).slice(0, 1), 'this folder')}`;
  if (PARTITION.has(name) && !has(/^(-l|--list|print|-p|--print|-i)$/))
    return `changes the partitions of ${names(operandsIn(args).slice(0, 1), 'a disk')} (\`${name}\`)`;
  const operands = args.filter((arg): arg is string => arg !== null && !arg.startsWith('-'));
  const pair = `${name} ${args.find((arg) => arg !== null && !arg.startsWith('-')) ?? ''}`;
  if (PAIRS.test(pair) || (name === 'crontab' && has(/^-r/))) return `\`${pair.trim()}\` can destroy data.`;
  if (/^(docker|podman)$/.test(name) && has(/^prune$/)) return `\`${name} prune\` deletes data that is not in use.`;
  if (/^(userdel|deluser)$/.test(name) && has(/^(-[a-z]*r|--remove)/)) return `\`${name}\` deletes a person’s files.`;
  const verb = operands.join(' ');
  if (name === 'git' && has(/^clean$/)) return '`git clean` deletes files that are nowhere else.';
  if (name === 'git' && has(/^reset$/) && has(/^--hard$/))
    return '`git reset --hard` throws away changes that are nowhere else.';
  if (name === 'git' && has(/^push$/) && has(/^(-[a-z]*f[a-z]*|--force.*|--mirror|--delete|\+.*)$/))
    return '`git push --force` overwrites what others have.';
  if (/^(docker|podman)$/.test(name) && /\b(volume (rm|remove)|compose .*down .*-v)\b/.test(args.join(' ')))
    return `\`${name}\` deletes volumes and the data in them.`;
  if (name === 'kubectl' && /(^| )delete\b/.test(verb)) return '`kubectl delete` deletes what runs in the cluster.';
  if (name === 'helm' && /^(uninstall|delete)\b/.test(verb))
    return '`helm uninstall` deletes what runs in the cluster.';
  if (/^ip6?tables$/.test(name) && has(/^(-[A-Za-z]*[FX]|--flush|--delete-chain)$/))
    return `\`${name}\` deletes all rules of the firewall.`;
  if (name === 'nft' && /^(flush|delete)\b/.test(verb)) return '`nft` deletes rules of the firewall.';
  if (name === 'rsync' && has(/^--(delete|remove-source-files)/))
    return '`rsync` deletes files that are not at the source.';
  if (/^(apt|apt-get|aptitude|dpkg)$/.test(name) && has(/^(purge|--purge|-P)$/))
    return `\`${name}\` purges a package with its settings.`;
  if (name === 'journalctl' && has(/^--vacuum/)) return '`journalctl --vacuum…` deletes logs.';
  if (name === 'tar' && has(/^--remove-files$/)) return '`tar --remove-files` deletes what it packs.';
  if (/^(chmod|chown|chgrp|setfacl)$/.test(name) && has(/^(-[A-Za-z]*R|--recursive)/) && has(SYSTEM_FOLDER))
    return `\`${name} -R\` on a folder of the system can make it unusable.`;
  if (SQL_CLIENTS.test(name) && has(SQL_DESTROYS)) return 'The SQL deletes data.';
  if (name === 'mdadm' && has(/^--zero-superblock$/))
    return '`mdadm --zero-superblock` takes a disk out of its array for good.';
  if (name === 'hdparm' && has(/^--(security-erase|trim-sector|make-bad-sector)/)) return '`hdparm` erases the disk.';
  if (name === 'virsh' && /^(undefine|vol-delete|vol-wipe|pool-delete|snapshot-delete)\b/.test(verb))
    return '`virsh` deletes a machine or its disks.';
  if (/^(qm|pct)$/.test(name) && /^destroy\b/.test(verb)) return `\`${name} destroy\` deletes a machine and its disks.`;
  if (name === 'redis-cli' && /\bflush(all|db)\b/i.test(verb)) return '`redis-cli` empties the database.';
  if (name === 'terraform' && /^destroy\b/.test(verb)) return '`terraform destroy` deletes what it made.';
  if (name === 'aws' && /^(s3 (rm|rb)\b|\S+ (delete|terminate)-)/.test(verb))
    return '`aws` deletes what is stored there.';
  if (/^(az|gcloud)$/.test(name) && /(^| )(delete|purge)\b/.test(verb))
    return `\`${name}\` deletes what is stored there.`;
  if (name === 'rclone' && /^(delete|purge|sync|move)\b/.test(verb))
    return '`rclone` deletes files that are not at the source.';
  if (name === 'truncate' && has(/^(-s0?|--size(=0)?)$/)) return `empties ${targets}`;
  return null;
}

const ERASES = /^(mkfs.*|mke2fs|mkswap|shred|wipefs|blkdiscard|srm|scrub|nwipe|badblocks)$/;
const SYSTEM_FOLDER = /^\/(\*|bin|boot|dev|etc|home|lib|lib64|opt|root|sbin|srv|usr|var)?\/?$/;
const SQL_CLIENTS = /^(mysql|mariadb|psql|sqlite3|sqlcmd|invoke-sqlcmd|mongosh|clickhouse-client)$/;
/** `DELETE FROM x` without a condition, dropping and emptying. */
const SQL_DESTROYS =
  /\b(drop\s+(database|table|schema|tablespace|user|role|index|view)|truncate\b|dropDatabase\s*\(|delete\s+from\s+[^\s;]{1,200}\s*(;|$))/i;

const ALWAYS = new Set(
  'mke2fs mkswap shred wipefs blkdiscard srm scrub lvremove vgremove pvremove dropdb nwipe badblocks'.split(' '),
);
const PARTITION = new Set('fdisk sfdisk gdisk sgdisk cfdisk parted'.split(' '));
const PAIRS =
  /^(zpool (destroy|labelclear)|zfs destroy|cryptsetup (luksFormat|erase|luksErase)|btrfs subvolume|mdadm --zero-superblock|nvme format)/;

/** Destructive commands recognised by their words alone, for text no grammar is at hand for. Bounded, so that a hostile script is not slow. */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\brm\s+(-\S{1,100}\s+){0,20}(-[a-z]*r|--r)/i, '`rm -r` deletes whole folders.'],
  [/\b(mkfs|shred|wipefs|blkdiscard)\b/i, 'It can destroy data.'],
  [/\bdd\b[^\n]{0,300}\bof=/i, '`dd of=` overwrites what it points at.'],
  [
    /\b(remove-item|ri|rm|rmdir|rd|del|erase)\b[^\n|;]{0,300}\s-r(e(c(u(r(s(e)?)?)?)?)?)?\b/i,
    '`Remove-Item -Recurse` deletes whole folders.',
  ],
  [/\b(rd|rmdir|del|erase)\b[^\n&|]{0,300}\/s\b/i, '`/s` deletes whole folders.'],
  [/\b(del|erase)\b[^\n&|]{0,300}[*?]/i, '`del` with a wildcard deletes many files.'],
  [/(^|[\s&|(;"'@])format(\.com|\.exe)?\s+[a-z]:/i, '`format` erases a drive.'],
  [
    /\b(format-volume|clear-disk|initialize-disk|remove-partition|clear-recyclebin)\b/i,
    'It erases a drive or what is on it.',
  ],
  [/\bdiskpart\b/i, '`diskpart` changes drives.'],
  [/\breg(\.exe)?\s+delete\b/i, '`reg delete` deletes registry keys.'],
  [/\b(vssadmin|wbadmin)(\.exe)?\s+delete\b/i, 'It deletes backups.'],
  [/\bbcdedit(\.exe)?\s+\/delete/i, '`bcdedit /delete` can make the computer unbootable.'],
  [/\bcipher(\.exe)?\s+\/w/i, '`cipher /w` overwrites free space.'],
  [/\b(sdelete|sdelete64)\b/i, '`sdelete` erases for good.'],
];

export function destructiveByWords(text: string): string | null {
  // cmd.exe drops carets, so they only serve to hide a word.
  const plain = text.replace(/\^/g, '');
  return BY_WORDS.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
}

/** What a tree with errors adds: it is still searched, so that a broken script with `rm -rf` in it is not called a mere change. */
export function brokenParts(root: SyntaxNode): Reason[] {
  if (!root.hasError) return [];
  const words = destructiveByWords(root.text);
  return at(root, words === null ? [UNPARSED] : [UNPARSED, destructive(words)]);
}

/** cmd.exe has no grammar here, so it never only reads. */
export function assessCmd(script: string): Finding {
  const words = destructiveByWords(script);
  return words === null
    ? change('Scripts of cmd.exe are not parsed, so they always count as a change.')
    : destructive(words);
}
