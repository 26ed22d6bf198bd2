import type { Tx } from './tenant.ts';

/** One change of people at a time: of two admins who put each other out at once, one stays. */
export const lockPeople = (tx: Tx, mspId: string) =>
  tx.query('select 1 from msp where id = $1 for no key update', [mspId]);
