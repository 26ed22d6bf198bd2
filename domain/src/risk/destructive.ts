import { type Finding, change, destructive } from './verdict.ts';

/** Unix commands that can destroy data. `words` are a command's name and arguments; null stands for text not known before it runs. */
export function destroysOnUnix(words: readonly (string | null)[], onMany: boolean): string | null {
  const [head, ...args] = words;
  if (head == null) return null;
  const name = head.slice(head.lastIndexOf('/') + 1);
  const has = (pattern: RegExp) => args.some((arg) => arg !== null && pattern.test(arg));
  if (/^mkfs(\..+)?$/.test(name) || ALWAYS.has(name)) return `\`${name}\` can destroy data.`;
  if (name === 'rm' && (onMany || has(/^-[A-Za-z]*[rR]/) || has(/^--r/)))
    return '`rm` deletes whole folders or many files at once.';
  if (name === 'dd' && has(/^of=/)) return '`dd of=` overwrites what it points at.';
  if (name === 'find' && has(/^-delete$/)) return '`find -delete` deletes every file it finds.';
  if (PARTITION.has(name) && !has(/^(-l|--list|print)$/)) return `\`${name}\` changes partitions.`;
  const pair = `${name} ${args.find((arg) => arg !== null && !arg.startsWith('-')) ?? ''}`;
  if (PAIRS.test(pair) || (name === 'crontab' && has(/^-r/))) return `\`${pair.trim()}\` can destroy data.`;
  if (/^(docker|podman)$/.test(name) && has(/^prune$/)) return `\`${name} prune\` deletes data that is not in use.`;
  if (/^(userdel|deluser)$/.test(name) && has(/^(-[a-z]*r|--remove)/)) return `\`${name}\` deletes a person’s files.`;
  if (name === 'git' && has(/^clean$/)) return '`git clean` deletes files that are nowhere else.';
  return null;
}

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

/** cmd.exe has no grammar here, so it never only reads. */
export function assessCmd(script: string): Finding {
  const words = destructiveByWords(script);
  return words === null
    ? change('Scripts of cmd.exe are not parsed, so they always count as a change.')
    : destructive(words);
}
