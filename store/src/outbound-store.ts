import { randomBytes, randomUUID } from 'node:crypto';
import type { NotificationKind } from '@throughline/domain/notification-kind';
import type { WebhookFormat } from '@throughline/domain/webhook-body';
import { publish } from './notify.ts';
import type { Seal } from './seal.ts';
import type { Tx } from './tenant.ts';

/** What the organisation's other services are told: an event once, not once for each person it concerns. */
export interface Announcement {
  key: string;
  /** Whose session it is about. */
  clientId: string;
  kind: NotificationKind;
  title: string;
  /** A path of the web app. */
  link: string;
}

/** SQL: whether webhook `w` hears of this kind of event at this client. Both are expressions; a client that is null is in no limit. */
export const hears = (kind: string, client: string): string => `(${kind} = any(w.kinds) and (not w.limited or exists (
  select from outbound_webhook_place p where p.msp_id = w.msp_id and p.webhook_id = w.id and (p.client_id = ${client} or p.group_id = (
    select c.group_id from client c where c.msp_id = w.msp_id and c.id = ${client})))))`;

/** Puts a message into the outbox of every webhook that hears of this, once per key. */
export async function announce(tx: Tx, mspId: string, event: Announcement): Promise<void> {
  const { rowCount } = await tx.query(
    `insert into outbound_message (msp_id, id, webhook_id, key, kind, title, link, client_id)
     select w.msp_id, gen_random_uuid(), w.id, $2, $3, $4, $5, $6 from outbound_webhook w
     where w.msp_id = $1 and ${hears('$3', '$6::uuid')} and w.retired_at is null and w.disabled_at is null
     on conflict do nothing`,
    [mspId, event.key, event.kind, event.title, event.link, event.clientId],
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
  /** Who paused it; null where it was switched off because nothing got through. */
  paused_by: string | null;
  /** It hears of these groups and clients only; false: of all. */
  limited: boolean;
  group_ids: string[];
  client_ids: string[];
  /** Messages not delivered yet. */
  waiting: number;
}

/** Those in use, by name. */
export async function outboundWebhooks(tx: Tx, mspId: string): Promise<OutboundWebhookRow[]> {
  const { rows } = await tx.query<OutboundWebhookRow>(
    `select w.id, w.name, w.host, w.format, w.kinds, w.created_at, w.last_at, w.last_ok, w.last_words, w.disabled_at,
       w.paused_by, w.limited,
       array(select p.group_id from outbound_webhook_place p
         where p.msp_id = w.msp_id and p.webhook_id = w.id and p.group_id is not null) as group_ids,
       array(select p.client_id from outbound_webhook_place p
         where p.msp_id = w.msp_id and p.webhook_id = w.id and p.client_id is not null) as client_ids,
       (select count(*)::int from outbound_message m
        where m.msp_id = w.msp_id and m.webhook_id = w.id and m.state in ('queued', 'failing')) as waiting
     from outbound_webhook w where w.msp_id = $1 and w.retired_at is null order by lower(w.name), w.id`,
    [mspId],
  );
  return rows;
}

/** What a webhook is limited to. */
export interface WebhookPlaces {
  groupIds: string[];
  clientIds: string[];
}

export interface NewOutboundWebhook {
  name: string;
  url: string;
  format: WebhookFormat;
  kinds: NotificationKind[];
  /** Null: of all clients. */
  places: WebhookPlaces | null;
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
  if (input.places !== null) await limitTo(tx, mspId, id, input.places);
  return { id, secret };
}

/** Keeps others from changing a webhook until the transaction ends. */
export async function lockOutboundWebhook(tx: Tx, mspId: string, id: string): Promise<void> {
  await tx.query('select 1 from outbound_webhook where msp_id = $1 and id = $2 for no key update', [mspId, id]);
}

export type OutboundWebhookChange = Partial<Pick<NewOutboundWebhook, 'name' | 'url' | 'kinds' | 'places'>>;

/** Changes what is given. What waits goes to the new address, and is dropped where the webhook hears of it no more. */
export async function changeOutboundWebhook(
  tx: Tx,
  mspId: string,
  seal: Seal,
  id: string,
  { name, url, kinds, places }: OutboundWebhookChange,
): Promise<void> {
  await tx.query(
    `update outbound_webhook set name = coalesce($3, name), host = coalesce($4, host), url_sealed = coalesce($5, url_sealed),
       kinds = coalesce($6, kinds)
     where msp_id = $1 and id = $2`,
    [mspId, id, name, url === undefined ? null : new URL(url).host, url === undefined ? null : seal.seal(url), kinds],
  );
  if (places !== undefined) await limitTo(tx, mspId, id, places);
}

async function limitTo(tx: Tx, mspId: string, id: string, places: WebhookPlaces | null): Promise<void> {
  await tx.query('update outbound_webhook set limited = $3 where msp_id = $1 and id = $2', [
    mspId,
    id,
    places !== null,
  ]);
  await tx.query('delete from outbound_webhook_place where msp_id = $1 and webhook_id = $2', [mspId, id]);
  if (places === null) return;
  await tx.query(
    `insert into outbound_webhook_place (msp_id, webhook_id, group_id, client_id)
     select $1::uuid, $2::uuid, g, null::uuid from unnest($3::uuid[]) g
     union select $1::uuid, $2::uuid, null::uuid, c from unnest($4::uuid[]) c`,
    [mspId, id, places.groupIds, places.clientIds],
  );
}

/** Nothing is sent until it is switched on: what waits is kept, what happens meanwhile is not told. False where it is off already. */
export async function pauseOutboundWebhook(tx: Tx, mspId: string, id: string, by: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update outbound_webhook set disabled_at = now(), paused_by = $3
     where msp_id = $1 and id = $2 and retired_at is null and disabled_at is null`,
    [mspId, id, by],
  );
  return rowCount === 1;
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
    'update outbound_webhook set disabled_at = null, paused_by = null, failures = 0 where msp_id = $1 and id = $2 and retired_at is null',
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
