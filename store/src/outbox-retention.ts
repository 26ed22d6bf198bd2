import type { Pool } from 'pg';
import { type Tx, withTenant, withoutTenant } from './tenant.ts';

/** What was sent, or was given up, can be looked into for so long. The notification itself and the record stay. */
export const OUTBOX_DAYS = 30;
/** Deleted in one statement, so that senders never wait for long. */
const BATCH = 1_000;

/** Deletes old rows of both outboxes, of every organisation; what is still to be sent stays, however old. Returns how many went. */
export async function clearOutboxes(pool: Pool): Promise<number> {
  const msps = await withoutTenant(pool, (tx) => tx.query<{ id: string }>('select id from all_msps()'));
  let gone = 0;
  for (const { id } of msps.rows)
    for (const clear of [clearMail, clearMessages]) {
      let batch: number;
      do {
        batch = await withTenant(pool, { mspId: id, clients: '*' }, (tx) => clear(tx, id));
        gone += batch;
      } while (batch === BATCH);
    }
  return gone;
}

async function clearMail(tx: Tx, mspId: string): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from mail_outbox where msp_id = $1 and id in (
       select id from mail_outbox where msp_id = $1 and state in ('sent', 'dropped') and created_at < now() - make_interval(days => $2)
       limit $3)`,
    [mspId, OUTBOX_DAYS, BATCH],
  );
  return rowCount ?? 0;
}

async function clearMessages(tx: Tx, mspId: string): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from outbound_message where msp_id = $1 and id in (
       select id from outbound_message where msp_id = $1 and state in ('delivered', 'dropped') and created_at < now() - make_interval(days => $2)
       limit $3)`,
    [mspId, OUTBOX_DAYS, BATCH],
  );
  return rowCount ?? 0;
}
