import { randomUUID } from 'node:crypto';
import { publish } from './notify.ts';
import type { Tx } from './tenant.ts';

/** Keeps a delivery as it came. The same `dedupeKey` again is not new and changes nothing. */
export async function keepDelivery(
  tx: Tx,
  mspId: string,
  connectionId: string,
  dedupeKey: string,
  body: Buffer,
): Promise<{ id: string; isNew: boolean }> {
  const id = randomUUID();
  const { rowCount } = await tx.query(
    `insert into webhook_delivery (msp_id, id, connection_id, dedupe_key, body) values ($1, $2, $3, $4, $5)
     on conflict (msp_id, connection_id, dedupe_key) do nothing`,
    [mspId, id, connectionId, dedupeKey, body],
  );
  if (rowCount === 1) {
    await publish(tx, { k: 'webhook', m: mspId });
    return { id, isNew: true };
  }
  const { rows } = await tx.query<{ id: string }>(
    'select id from webhook_delivery where msp_id = $1 and connection_id = $2 and dedupe_key = $3',
    [mspId, connectionId, dedupeKey],
  );
  if (rows[0] === undefined) throw new Error('A delivery that is a duplicate has no first one');
  return { id: rows[0].id, isNew: false };
}

export interface DeliveryRow {
  id: string;
  connection_id: string;
  connection_slug: string;
  body: Buffer;
  received_at: Date;
  /** Tries made before this one. */
  tries: number;
}

/** Waits between tries double from here, counted from the receipt, in seconds: 10 tries span some 43 minutes. */
const FIRST_WAIT_SECONDS = 10;
// The count of tries lives in the words ("Try 3 of 10: ..."), which is also what people read beside the connection.
const TRIES = `coalesce(substring(w.detail from '^Try ([0-9]+) of ')::int, 0)`;

/** Takes deliveries whose turn it is, oldest first. They stay locked until the transaction ends; others skip them. */
export async function claimDeliveries(tx: Tx, mspId: string, limit: number): Promise<DeliveryRow[]> {
  const { rows } = await tx.query<DeliveryRow>(
    `select w.id, w.connection_id, c.slug as connection_slug, w.body, w.received_at, ${TRIES} as tries
     from webhook_delivery w join psa_connection c on c.msp_id = w.msp_id and c.id = w.connection_id
     where w.msp_id = $1 and w.state = 'received'
       and (w.detail is null or w.received_at + make_interval(secs => $3 * power(2, ${TRIES} - 1)) <= clock_timestamp())
     order by w.detail is not null, w.received_at
     limit $2 for update of w skip locked`,
    [mspId, limit, FIRST_WAIT_SECONDS],
  );
  return rows;
}

/** Says that a try failed; the delivery stays in the queue. */
export async function deliveryTried(
  tx: Tx,
  mspId: string,
  id: string,
  tries: number,
  most: number,
  why: string,
): Promise<void> {
  await tx.query(`update webhook_delivery set detail = $3 where msp_id = $1 and id = $2`, [
    mspId,
    id,
    `Try ${tries} of ${most}: ${why}`,
  ]);
}

export async function deliveryDone(
  tx: Tx,
  mspId: string,
  id: string,
  state: 'done' | 'triage' | 'ignored' | 'failed',
  detail: string | null,
  sessionId: string | null,
): Promise<void> {
  await tx.query('update webhook_delivery set state = $3, detail = $4, session_id = $5 where msp_id = $1 and id = $2', [
    mspId,
    id,
    state,
    detail,
    sessionId,
  ]);
}
