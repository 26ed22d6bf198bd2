import { randomBytes, randomUUID } from 'node:crypto';
import type { NotificationKind } from '@throughline/domain/notification-kind';
import type { WebhookFormat } from '@throughline/domain/webhook-body';
import { publish } from './notify.ts';
import type { Seal } from './seal.ts';
import type { Tx } from './tenant.ts';

/** What the organisation's other services are told: an event once, not once for each person it concerns. */
export interface Announcement {
  key: string;
  kind: NotificationKind;
  title: string;
  /** A path of the web app. */
  link: string;
}

/** Puts a message into the outbox of every webhook that wants this kind, once per key. */
export async function announce(tx: Tx, mspId: string, event: Announcement): Promise<void> {
  const { rowCount } = await tx.query(
    `insert into outbound_message (msp_id, id, webhook_id, key, kind, title, link)
     select w.msp_id, gen_random_uuid(), w.id, $2, $3, $4, $5 from outbound_webhook w
     where w.msp_id = $1 and $3 = any(w.kinds) and w.retired_at is null and w.disabled_at is null
     on conflict do nothing`,
    [mspId, event.key, event.kind, event.title, event.link],
  );
  if (rowCount !== 0) await publish(tx, { k: 'outbound', m: mspId });
}

export interface OutboundWebhookRow {
  id: string;
  name: string;
  host: string;
  format: WebhookFormat;
  kinds: NotificationKind[];
  created_at: Date;
  last_at: Date | null;
  last_ok: boolean | null;
  last_words: string;
  disabled_at: Date | null;
  /** Messages not delivered yet. */
  waiting: number;
}

/** Those in use, by name. */
export async function outboundWebhooks(tx: Tx, mspId: string): Promise<OutboundWebhookRow[]> {
  const { rows } = await tx.query<OutboundWebhookRow>(
    `select w.id, w.name, w.host, w.format, w.kinds, w.created_at, w.last_at, w.last_ok, w.last_words, w.disabled_at,
       (select count(*)::int from outbound_message m
        where m.msp_id = w.msp_id and m.webhook_id = w.id and m.state in ('queued', 'failing')) as waiting
     from outbound_webhook w where w.msp_id = $1 and w.retired_at is null order by lower(w.name), w.id`,
    [mspId],
  );
  return rows;
}

export interface NewOutboundWebhook {
  name: string;
  url: string;
  format: WebhookFormat;
  kinds: NotificationKind[];
  by: string;
}

/** Makes a webhook with a signing secret of its own, in the form of Standard Webhooks. Only here is the secret ever told. */
export async function createOutboundWebhook(
  tx: Tx,
  mspId: string,
  seal: Seal,
  input: NewOutboundWebhook,
): Promise<{ id: string; secret: string }> {
  const id = randomUUID();
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  await tx.query(
    `insert into outbound_webhook (msp_id, id, name, host, url_sealed, secret_sealed, format, kinds, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      mspId,
      id,
      input.name,
      new URL(input.url).host,
      seal.seal(input.url),
      seal.seal(secret),
      input.format,
      input.kinds,
      input.by,
    ],
  );
  return { id, secret };
}

/** Sends a line of no consequence. False when there is no such webhook, or it is switched off. */
export async function queueTest(tx: Tx, mspId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into outbound_message (msp_id, id, webhook_id, key, kind, title, link)
     select w.msp_id, $3::uuid, w.id, 'test:' || $3::uuid::text, 'test', 'This is a test from Throughline. Nothing happened.', '/settings/webhooks'
     from outbound_webhook w where w.msp_id = $1 and w.id = $2 and w.retired_at is null and w.disabled_at is null`,
    [mspId, id, randomUUID()],
  );
  if (rowCount === 1) await publish(tx, { k: 'outbound', m: mspId });
  return rowCount === 1;
}

/** Switches a webhook on again, as if nothing had failed. */
export async function enableOutboundWebhook(tx: Tx, mspId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update outbound_webhook set disabled_at = null, failures = 0 where msp_id = $1 and id = $2 and retired_at is null',
    [mspId, id],
  );
  return rowCount === 1;
}

/** Takes a webhook away for good; what was not sent yet is not sent. */
export async function retireOutboundWebhook(tx: Tx, mspId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update outbound_webhook set retired_at = now() where msp_id = $1 and id = $2 and retired_at is null',
    [mspId, id],
  );
  if (rowCount === 1) await dropWaiting(tx, mspId, id, 'The webhook was removed.');
  return rowCount === 1;
}

export async function dropWaiting(tx: Tx, mspId: string, webhookId: string, why: string): Promise<void> {
  await tx.query(
    `update outbound_message set state = 'dropped', last_error = $3
     where msp_id = $1 and webhook_id = $2 and state in ('queued', 'failing')`,
    [mspId, webhookId, why],
  );
}
