import { type ParsedScript, UNPARSED, at } from './syntax.ts';
import { type Finding, change, destructive, type Reason } from './verdict.ts';

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

/** That it destroys, where its words alone say so; otherwise what else is said of it. */
export function destructiveOr(text: string, otherwise: Finding): Finding {
  const words = destructiveByWords(text);
  return words === null ? otherwise : destructive(words);
}

/** What a tree with errors adds: it is still searched, so that a broken script with `rm -rf` in it is not called a mere change. */
export function brokenParts(root: ParsedScript): Reason[] {
  if (!root.hasError) return [];
  const words = destructiveByWords(root.whole);
  return at(root, words === null ? [UNPARSED] : [UNPARSED, destructive(words)]);
}

/** cmd.exe has no grammar here, so it never only reads. */
export const assessCmd = (script: string): Finding =>
  destructiveOr(script, change('Scripts of cmd.exe are not parsed, so they always count as a change.'));
