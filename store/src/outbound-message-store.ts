import { publish } from './notify.ts';
import { hears } from './outbound-store.ts';
import type { Tx } from './tenant.ts';

/** A message to a webhook, sent or on its way. */
export interface OutboundMessageRow {
  id: string;
  webhook_id: string;
  kind: string;
  title: string;
  link: string;
  state: 'queued' | 'failing' | 'delivered' | 'dropped';
  /** Tries so far. */
  attempts: number;
  /** How the newest try failed, or why it was dropped; null where none did. */
  last_error: string | null;
  created_at: Date;
  delivered_at: Date | null;
}

/** SQL: whether webhook `w` still hears of message `m`. A test is for whoever set the webhook up, whatever it hears of. */
export const WANTED = `(m.kind = 'test' or ${hears('m.kind', 'm.client_id')})`;

const COLUMNS = 'id, webhook_id, kind, title, link, state, attempts, last_error, created_at, delivered_at';

/** Those to one webhook, newest first. */
export async function outboundMessages(
  tx: Tx,
  mspId: string,
  webhookId: string,
  limit: number,
): Promise<OutboundMessageRow[]> {
  const { rows } = await tx.query<OutboundMessageRow>(
    `select ${COLUMNS} from outbound_message where msp_id = $1 and webhook_id = $2 order by created_at desc, id limit $3`,
    [mspId, webhookId, limit],
  );
  return rows;
}

/** Null where there is none, or its webhook was removed. */
export async function outboundMessageById(tx: Tx, mspId: string, id: string): Promise<OutboundMessageRow | null> {
  const { rows } = await tx.query<OutboundMessageRow>(
    `select ${COLUMNS} from outbound_message m where m.msp_id = $1 and m.id = $2 and exists (
       select from outbound_webhook w where w.msp_id = m.msp_id and w.id = m.webhook_id and w.retired_at is null)`,
    [mspId, id],
  );
  return rows[0] ?? null;
}

/** Puts what was delivered or given up into the outbox anew, under the same id. False where the webhook is off or hears of it no more. */
export async function sendAgain(tx: Tx, mspId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update outbound_message m set state = 'queued', attempts = 0, next_try_at = now(), last_error = null, delivered_at = null
     from outbound_webhook w where m.msp_id = $1 and m.id = $2 and w.msp_id = m.msp_id and w.id = m.webhook_id
       and m.state in ('delivered', 'dropped') and w.retired_at is null and w.disabled_at is null and ${WANTED}`,
    [mspId, id],
  );
  if (rowCount === 1) await publish(tx, { k: 'outbound', m: mspId });
  return rowCount === 1;
}

/** Gives up what is due to webhooks that hear of it no more, because their limits or kinds were changed meanwhile. */
export async function dropUnwanted(tx: Tx, mspId: string): Promise<void> {
  await tx.query(
    `update outbound_message set state = 'dropped', last_error = 'The webhook no longer hears of this.'
     where msp_id = $1 and id in (
       select m.id from outbound_message m join outbound_webhook w on w.msp_id = m.msp_id and w.id = m.webhook_id
       where m.msp_id = $1 and m.state in ('queued', 'failing') and m.next_try_at <= now() and not ${WANTED}
       for update of m skip locked)`,
    [mspId],
  );
}
