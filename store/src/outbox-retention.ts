import type { Pool } from 'pg';
import { type Tx, withTenant, withoutTenant } from './tenant.ts';

/** What was sent, or was given up, can be looked into for so long. The notification itself and the record stay. */
export const OUTBOX_DAYS = 30;
/** Deleted in one statement, so that senders never wait for long. */
const BATCH = 1_000;
/** Each with the states that end a row's way, as its index over such rows has them (migration 0028). */
const OUTBOXES = [
  { table: 'mail_outbox', over: `'sent', 'dropped'` },
  { table: 'outbound_message', over: `'delivered', 'dropped'` },
] as const;

/** Deletes old rows of both outboxes, of every organisation; what is still to be sent stays, however old. Returns how many went. */
export async function clearOutboxes(pool: Pool): Promise<number> {
  const msps = await withoutTenant(pool, (tx) => tx.query<{ id: string }>('select id from all_msps()'));
  let gone = 0;
  for (const { id } of msps.rows)
    for (const outbox of OUTBOXES) {
      let batch: number;
      do {
        batch = await withTenant(pool, { mspId: id, clients: '*' }, (tx) => clearBatch(tx, id, outbox));
        gone += batch;
      } while (batch === BATCH);
    }
  return gone;
}

/** Table names and states are ours: nothing from outside goes into the statement. */
async function clearBatch(tx: Tx, mspId: string, { table, over }: (typeof OUTBOXES)[number]): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from ${table} where msp_id = $1 and id in (
       select id from ${table} where msp_id = $1 and state in (${over}) and created_at < now() - make_interval(days => $2)
       limit $3)`,
    [mspId, OUTBOX_DAYS, BATCH],
  );
  return rowCount ?? 0;
}
