import type { SnapshotExpiry } from '../../graphql/generated/operations.ts';

const HOUR = 3_600_000;
/** How long a link works: as the server names it, in words, and in ms, to say until when. */
export const EXPIRIES: readonly [SnapshotExpiry, string, number][] = [
  ['HOUR', '1 hour', HOUR],
  ['DAY', '24 hours', 24 * HOUR],
  ['WEEK', '7 days', 7 * 24 * HOUR],
  ['MONTH', '30 days', 30 * 24 * HOUR],
];
