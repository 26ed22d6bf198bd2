import { type Sha256, toHex, utf8 } from '../bytes.ts';

/**
 * Whether a text is what was signed for, and whether a question about a command shows the command whole. Null: it holds; else what is wrong,
 * as an end of "The answer …".
 */
export function shownFault(
  sha256: Sha256,
  { text, textHash, script }: { text: string; textHash: string; script: string | null },
): string | null {
  if (toHex(sha256(utf8(text))) !== textHash) return 'names another text as shown than the one that is with it.';
  if (script !== null && !text.includes(script)) return 'was given to a text that does not hold the command.';
  return null;
}
