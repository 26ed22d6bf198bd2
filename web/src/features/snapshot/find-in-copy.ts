import type { SnapshotDocument } from './document.ts';
import { textsOf } from './places.ts';
import { plainText } from './plain-text.ts';

/**
 * In how many places of the copy a text can be read, whatever the case and however its words are set apart. It is looked for in what is
 * shown, not in what the record holds: colours cut words in two there. What a mark hides cannot be read.
 */
export function countInCopy(copy: SnapshotDocument, wanted: string): number {
  const sought = folded(wanted).trim();
  if (sought === '') return 0;
  let count = 0;
  for (const text of textsOf(copy))
    for (const piece of text) if (typeof piece === 'string') count += folded(plainText(piece)).split(sought).length - 1;
  return count;
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ');
