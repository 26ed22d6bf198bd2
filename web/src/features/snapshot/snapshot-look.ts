import { assertNever } from '@throughline/domain/assert-never';
import type { SnapshotState } from '../../graphql/generated/operations.ts';
import type { Look } from '../../lib/words.ts';

/** How a snapshot stands: in review, with a link that works, or with one that does not any more. */
export function snapshotLook(state: SnapshotState): Look {
  switch (state) {
    case 'DRAFT':
      return { word: 'In review', glyph: 'g-pending', tone: 'wait' };
    case 'PUBLISHED':
      return { word: 'Shared', glyph: 'g-tick', tone: 'ok' };
    case 'EXPIRED':
      return { word: 'Expired', glyph: 'g-expired', tone: 'ink' };
    case 'REVOKED':
      return { word: 'Revoked', glyph: 'g-cancelled', tone: 'idle' };
    default:
      return assertNever(state);
  }
}

/** `Opened 3 times`, `Not opened yet`. */
export function viewsText(views: number, over: boolean): string {
  if (views === 0) return over ? 'Never opened' : 'Not opened yet';
  return views === 1 ? 'Opened once' : `Opened ${views} times`;
}
