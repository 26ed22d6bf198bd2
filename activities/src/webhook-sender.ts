import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { BlockList } from 'node:net';
import { type WebhookFormat, webhookBody } from '@throughline/domain/webhook-body';
import { raise } from '@throughline/store/notification-store';
import { guardedLookup, outboundUrlFault } from '@throughline/store/outbound-address';
import { WANTED, dropUnwanted } from '@throughline/store/outbound-message-store';
import { dropWaiting } from '@throughline/store/outbound-store';
import type { Seal } from '@throughline/store/seal';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { mspsWithMessages } from '@throughline/store/work';
import type { Pool } from 'pg';
import type { Logger } from 'pino';

interface MessageRow {
  id: string;
  webhook_id: string;
  kind: string;
  title: string;
  link: string;
  attempts: number;
  created_at: Date;
  name: string;
  url_sealed: Buffer;
  secret_sealed: Buffer;
  format: WebhookFormat;
}

export interface WebhookSender {
  pool: Pool;
  seal: Seal;
  publicUrl: string;
  /** Private networks that may be sent to all the same. */
  networks: BlockList;
  log: Logger;
}

const TIMEOUT_MS = 10_000;
/** Waits double from five seconds to an hour: twelve tries span some three hours. */
const MOST_TRIES = 12;
const FIRST_WAIT_S = 5;
const LONGEST_WAIT_S = 3600;
/** Sent side by side, so that one service that does not answer holds up nobody else for long. */
const BATCH = 20;

/**
 * Sends what is announced to other services, signed as Standard Webhooks: `webhook-id` stays the same over all tries, so that a receiver
 * that heard a message twice (its answer was lost) can tell. Where nothing got through during all tries of a message, and where the
 * receiver says 410 Gone, the webhook is switched off and the admins are told.
 */
export async function drainWebhookMessages(sender: WebhookSender): Promise<void> {
  const msps = await mspsWithMessages(sender.pool);
  await Promise.all(msps.map((mspId) => drainOf(sender, mspId)));
}

async function drainOf(sender: WebhookSender, mspId: string): Promise<void> {
  const messages = await takeMessages(sender.pool, mspId);
  await Promise.all(
    messages.map(async (message) => {
      const result = await deliver(sender, message);
      if (!result.ok)
        sender.log.warn(
          { mspId, webhookId: message.webhook_id, messageId: message.id, result: result.words },
          'webhook message not delivered',
        );
      await withTenant(sender.pool, { mspId, clients: '*' }, (tx) => settle(tx, mspId, message, result));
    }),
  );
}

function takeMessages(pool: Pool, mspId: string): Promise<MessageRow[]> {
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    await dropUnwanted(tx, mspId);
    const { rows } = await tx.query<MessageRow>(
      `update outbound_message m set attempts = m.attempts + 1, next_try_at = now() + make_interval(secs => 30)
       from outbound_webhook w
       where m.msp_id = $1 and w.msp_id = m.msp_id and w.id = m.webhook_id and m.id in (
           select m.id from outbound_message m
           join outbound_webhook w on w.msp_id = m.msp_id and w.id = m.webhook_id and w.retired_at is null and w.disabled_at is null
           where m.msp_id = $1 and m.state in ('queued', 'failing') and m.next_try_at <= now() and ${WANTED}
           order by m.next_try_at limit $2 for update of m skip locked)
       returning m.id, m.webhook_id, m.kind, m.title, m.link, m.attempts, m.created_at, w.name, w.url_sealed, w.secret_sealed, w.format`,
      [mspId, BATCH],
    );
    return rows;
  });
}

interface Result {
  ok: boolean;
  /** For people: no address, no secret. */
  words: string;
  gone: boolean;
}

async function deliver(sender: WebhookSender, message: MessageRow): Promise<Result> {
  const { kind, title, link, created_at: at } = message;
  const body = webhookBody(message.format, {
    ...{ kind, title, at: at.toISOString() },
    url: sender.publicUrl + link,
  });
  try {
    const url = sender.seal.open(message.url_sealed);
    const fault = outboundUrlFault(url, sender.networks);
    if (fault !== null) return { ok: false, words: fault, gone: false };
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Throughline-Webhooks',
      ...signedHeaders(sender.seal.open(message.secret_sealed), message.id, new Date(), body),
    };
    const status = await post(url, headers, body, sender.networks);
    // A redirect is not followed: it could lead to where no address may.
    if (status >= 200 && status < 300) return { ok: true, words: `Delivered, answered ${status}.`, gone: false };
    return { ok: false, words: `The receiver answered ${status}.`, gone: status === 410 };
  } catch (error) {
    return { ok: false, words: wordsOf(error as NodeJS.ErrnoException), gone: false };
  }
}

/** The three headers of Standard Webhooks, version 1. `secret`: `whsec_` and base64. */
export function signedHeaders(secret: string, id: string, now: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const mac = createHmac('sha256', key).update(`msg_${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': `msg_${id}`, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}

/** Resolves to the status. The address that the name leads to is judged for this very connection. */
function post(
  url: string,
  headers: Record<string, string | number>,
  body: string,
  networks: BlockList,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const sent = request(
      url,
      {
        method: 'POST',
        headers,
        agent: false,
        lookup: guardedLookup(networks),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (answer) => {
        // Nobody reads what it says: an answer must not be a way to look into the network.
        answer.on('error', () => undefined).resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const ERROR_WORDS: Record<string, string> = {
  ECONNREFUSED: 'Nothing answers at the address.',
  ECONNRESET: 'The connection was cut before an answer came.',
  ENOTFOUND: 'The name in the address is not known.',
  EAI_AGAIN: 'The name in the address could not be looked up.',
  ABORT_ERR: 'No answer came in ten seconds.',
};
function wordsOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'PRIVATE_ADDRESS') return error.message;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return ERROR_WORDS.ABORT_ERR as string;
  return ERROR_WORDS[error.code ?? ''] ?? `It could not be sent (${error.code ?? 'unknown fault'}).`;
}

async function settle(tx: Tx, mspId: string, message: MessageRow, { ok, words, gone }: Result): Promise<void> {
  const givenUp = !ok && (gone || message.attempts >= MOST_TRIES);
  const waitS = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (message.attempts - 1));
  // The webhook's row first, always: messages of one webhook are settled side by side.
  const { rows } = await tx.query<{ failures: number }>(
    `update outbound_webhook set last_at = now(), last_ok = $3, last_words = $4, failures = case when $3 then 0 else failures + 1 end
     where msp_id = $1 and id = $2 returning failures`,
    [mspId, message.webhook_id, ok, words],
  );
  await tx.query(
    `update outbound_message set state = $3, last_error = $4, next_try_at = now() + make_interval(secs => $5),
       delivered_at = case when $3 = 'delivered' then now() end
     where msp_id = $1 and id = $2 and state in ('queued', 'failing')`,
    [mspId, message.id, ok ? 'delivered' : givenUp ? 'dropped' : 'failing', ok ? null : words, waitS],
  );
  const failures = rows[0]?.failures ?? 0;
  if (givenUp && (gone || failures >= MOST_TRIES)) await switchOff(tx, mspId, message);
}

/** Stops sending, and tells the admins who can do something about it. */
async function switchOff(tx: Tx, mspId: string, { webhook_id: webhookId, id, name }: MessageRow): Promise<void> {
  const { rowCount } = await tx.query(
    'update outbound_webhook set disabled_at = now() where msp_id = $1 and id = $2 and disabled_at is null and retired_at is null',
    [mspId, webhookId],
  );
  if (rowCount === 0) return;
  await dropWaiting(tx, mspId, webhookId, 'The webhook was switched off.');
  const { rows } = await tx.query<{ id: string }>(
    `select id from app_user where msp_id = $1 and role = 'admin' and all_clients and deactivated_at is null`,
    [mspId],
  );
  for (const admin of rows)
    await raise(tx, mspId, {
      userId: admin.id,
      key: `webhook_off:${id}`,
      kind: 'webhook',
      title: `The webhook “${name}” was switched off: nothing got through.`,
      link: '/settings/webhooks',
    });
}
