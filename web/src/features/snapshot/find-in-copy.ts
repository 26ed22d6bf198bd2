import type { SnapshotDocument } from './document.ts';
import { textsOf } from './places.ts';

/** In how many places of the copy a text can be read, whatever the case. What a mark hides cannot. */
export function countInCopy(copy: SnapshotDocument, wanted: string): number {
  const sought = wanted.toLowerCase();
  if (sought === '') return 0;
  let count = 0;
  for (const text of textsOf(copy))
    for (const piece of text) if (typeof piece === 'string') count += piece.toLowerCase().split(sought).length - 1;
  return count;
}
