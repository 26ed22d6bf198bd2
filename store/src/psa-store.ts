import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { DomainError, notFound } from '@throughline/domain/errors';
import type { Seal } from './seal.ts';
import { type Tx, withoutTenant } from './tenant.ts';

export const WEBHOOK_SCHEMES = ['standard-webhooks', 'hmac-sha256'] as const;
export type WebhookScheme = (typeof WEBHOOK_SCHEMES)[number];

export interface ConnectionRow {
  id: string;
  slug: string;
  name: string;
  scheme: WebhookScheme;
  note_url: string | null;
  ticket_url_template: string | null;
  created_at: Date;
  retired_at: Date | null;
  last_delivery_at: Date | null;
  /** Why the newest delivery did not work, or else why a note waits; null when all is well. */
  last_error: string | null;
}

export interface NewConnection {
  name: string;
  slug: string;
  scheme: string;
  secret: string;
  noteUrl?: string | null;
  noteSecret?: string | null;
  ticketUrlTemplate?: string | null;
}

const COLUMNS = `c.id, c.slug, c.name, c.scheme, c.note_url, c.ticket_url_template, c.created_at, c.retired_at,
  d.received_at as last_delivery_at,
  coalesce(case when d.state in ('received', 'failed') then d.detail end, (
    select n.last_error from psa_note n
    where n.msp_id = c.msp_id and n.connection_id = c.id and n.state = 'failing' order by n.next_try_at desc limit 1
  )) as last_error`;
const FROM = `from psa_connection c left join lateral (
    select w.received_at, w.state, w.detail from webhook_delivery w
    where w.msp_id = c.msp_id and w.connection_id = c.id order by w.received_at desc limit 1
  ) d on true`;

export async function connections(tx: Tx, mspId: string): Promise<ConnectionRow[]> {
  const { rows } = await tx.query<ConnectionRow>(
    `select ${COLUMNS} ${FROM} where c.msp_id = $1 order by lower(c.name), c.id`,
    [mspId],
  );
  return rows;
}

/** Errors: INVALID_INPUT (address, scheme, secret), CONFLICT when the address is taken. */
export async function createConnection(
  tx: Tx,
  mspId: string,
  seal: Seal,
  input: NewConnection,
): Promise<ConnectionRow> {
  const scheme = checkedScheme(input);
  const id = randomUUID();
  const { rowCount } = await tx.query(
    `insert into psa_connection (msp_id, id, slug, name, scheme, secret_sealed, note_url, note_secret_sealed, ticket_url_template)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (slug) do nothing`,
    [
      mspId,
      id,
      input.slug,
      input.name.trim(),
      scheme,
      seal.seal(input.secret),
      webAddress(input.noteUrl, 'note address'),
      input.noteSecret ? seal.seal(input.noteSecret) : null,
      webAddress(input.ticketUrlTemplate, 'ticket address'),
    ],
  );
  if (rowCount === 0) throw new DomainError('CONFLICT', `The short name ${input.slug} is taken. Choose another one.`);
  const row = (await connections(tx, mspId)).find((connection) => connection.id === id);
  if (row === undefined) throw new Error('A connection just created is not there');
  return row;
}

/** The organisation a webhook address belongs to; null when there is none. */
export function mspOfConnection(pool: Pool, slug: string): Promise<string | null> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string | null }>('select route_psa_connection($1) as msp_id', [slug]);
    return rows[0]?.msp_id ?? null;
  });
}

export async function connectionBySlug(
  tx: Tx,
  mspId: string,
  slug: string,
): Promise<(ConnectionRow & { secret_sealed: Buffer }) | null> {
  const { rows } = await tx.query<ConnectionRow & { secret_sealed: Buffer }>(
    `select ${COLUMNS}, c.secret_sealed ${FROM} where c.msp_id = $1 and c.slug = $2 and c.retired_at is null`,
    [mspId, slug],
  );
  return rows[0] ?? null;
}

/** A ticket nobody could be matched to by itself; a person picks the endpoint. */
export interface TriageRow {
  id: string;
  connection_id: string;
  connection_slug: string;
  connection_name: string;
  ticket_id: string;
  /** The ticket as it was read from the delivery. */
  ticket: unknown;
  why: string;
  received_at: Date;
  resolved_at: Date | null;
  session_id: string | null;
}

const TRIAGE = `select t.id, t.connection_id, c.slug as connection_slug, c.name as connection_name, t.ticket_id, t.ticket, t.why,
    t.received_at, t.resolved_at, t.session_id
  from triage_item t join psa_connection c on c.msp_id = t.msp_id and c.id = t.connection_id`;

/** What waits for a person, oldest first. */
export async function triageItems(tx: Tx, mspId: string): Promise<TriageRow[]> {
  const { rows } = await tx.query<TriageRow>(
    `${TRIAGE} where t.msp_id = $1 and t.resolved_at is null order by t.received_at, t.id`,
    [mspId],
  );
  return rows;
}

export async function triageById(tx: Tx, mspId: string, id: string): Promise<TriageRow | null> {
  const { rows } = await tx.query<TriageRow>(`${TRIAGE} where t.msp_id = $1 and t.id = $2`, [mspId, id]);
  return rows[0] ?? null;
}

/** Adds a ticket to the list, once. A later delivery of it brings the item up to date, unless it was resolved: then nothing changes. */
export async function putTriage(
  tx: Tx,
  mspId: string,
  item: { connectionId: string; ticketId: string; ticket: unknown; why: string },
): Promise<{ id: string; resolvedSessionId: string | null }> {
  const { rows } = await tx.query<{ id: string; session_id: string | null }>(
    `insert into triage_item (msp_id, id, connection_id, ticket_id, ticket, why) values ($1, $2, $3, $4, $5, $6)
     on conflict (msp_id, connection_id, ticket_id) do update set
       ticket = case when triage_item.resolved_at is null then excluded.ticket else triage_item.ticket end,
       why = case when triage_item.resolved_at is null then excluded.why else triage_item.why end
     returning id, session_id`,
    [mspId, randomUUID(), item.connectionId, item.ticketId, JSON.stringify(item.ticket), item.why],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('A triage item just kept is not there');
  return { id: row.id, resolvedSessionId: row.session_id };
}

/** Takes an item off the list. Errors: NOT_FOUND, CONFLICT when another session was opened for it. The same session again is fine. */
export async function resolveTriage(tx: Tx, mspId: string, id: string, sessionId: string): Promise<void> {
  const { rowCount } = await tx.query(
    `update triage_item set resolved_at = coalesce(resolved_at, now()), session_id = $3
     where msp_id = $1 and id = $2 and (resolved_at is null or session_id = $3)`,
    [mspId, id, sessionId],
  );
  if (rowCount === 1) return;
  if ((await triageById(tx, mspId, id)) === null) throw notFound('Triage item');
  throw new DomainError('CONFLICT', 'Somebody already opened a session for this ticket. Reload the list.');
}

/** A ticket that waited for a person got its session another way: it leaves the list. */
export async function settleTriage(
  tx: Tx,
  mspId: string,
  connectionId: string,
  ticketId: string,
  sessionId: string,
): Promise<void> {
  await tx.query(
    `update triage_item set resolved_at = now(), session_id = $4
     where msp_id = $1 and connection_id = $2 and ticket_id = $3 and resolved_at is null`,
    [mspId, connectionId, ticketId, sessionId],
  );
}

function checkedScheme(input: NewConnection): WebhookScheme {
  const scheme = WEBHOOK_SCHEMES.find((known) => known === input.scheme);
  if (scheme === undefined) throw invalid(`The signature scheme must be one of: ${WEBHOOK_SCHEMES.join(', ')}.`);
  if (!/^[a-z0-9][a-z0-9-]{1,60}$/.test(input.slug))
    throw invalid('The short name takes 2 to 61 small letters, digits and dashes, and starts with a letter or digit.');
  if (scheme === 'standard-webhooks' && !/^(whsec_)?[A-Za-z0-9+/]{22,}={0,2}$/.test(input.secret))
    throw invalid('A Standard Webhooks secret is base64 of at least 16 bytes, usually after whsec_. Copy it whole.');
  if (scheme === 'hmac-sha256' && input.secret.length < 16) throw invalid('The secret needs at least 16 characters.');
  return scheme;
}

function webAddress(text: string | null | undefined, what: string): string | null {
  if (!text?.trim()) return null;
  if (!/^https?:$/.test(URL.parse(text.trim())?.protocol ?? ''))
    throw invalid(`The ${what} must start with https:// or http://.`);
  return text.trim();
}

const invalid = (words: string) => new DomainError('INVALID_INPUT', words);
