import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { assertNever } from '@throughline/domain/assert-never';
import { DomainError } from '@throughline/domain/errors';
import type { WebhookScheme } from '@throughline/store/psa-store';

/** How far a delivery's own time may be from ours, in seconds. An older one may be a replay. */
const TOLERANCE_SECONDS = 5 * 60;

/**
 * Proves that a delivery comes from who holds the secret, over the bytes as they came, and tells what makes it the same delivery when
 * it is sent again. Errors: UNAUTHENTICATED, in words for whoever sets up the sender.
 */
export function verifyWebhook(
  scheme: WebhookScheme,
  secret: string,
  headers: IncomingHttpHeaders,
  rawBody: Buffer,
  now: Date,
): { dedupeKey: string } {
  switch (scheme) {
    case 'standard-webhooks':
      return verifyStandard(secret, headers, rawBody, now);
    case 'hmac-sha256':
      return verifyHmac(secret, headers, rawBody, now);
    default:
      return assertNever(scheme);
  }
}

/** https://www.standardwebhooks.com: base64 HMAC-SHA256 over `id.timestamp.body`; the header may hold several signatures. */
function verifyStandard(
  secret: string,
  headers: IncomingHttpHeaders,
  rawBody: Buffer,
  now: Date,
): { dedupeKey: string } {
  const id = one(headers, 'webhook-id');
  const timestamp = one(headers, 'webhook-timestamp');
  const signatures = one(headers, 'webhook-signature');
  if (id === null || timestamp === null || signatures === null)
    throw refused('The headers webhook-id, webhook-timestamp and webhook-signature are needed.');
  const sentAt = recent(timestamp, now, 'webhook-timestamp');
  // The library signs text; bytes that are no text must not pass as the text they resemble.
  const body = rawBody.toString('utf8');
  if (!Buffer.from(body, 'utf8').equals(rawBody)) throw refused('The body is not UTF-8 text.');
  // Not its verify(): that one takes the computer's clock, and parses the body.
  const expected = new Webhook(secret).sign(id, sentAt, body);
  if (!signatures.split(' ').some((signature) => same(signature, expected)))
    throw refused('The signature is not right. Check the secret and that the body is sent unchanged.');
  return { dedupeKey: shortKey('id', id) };
}

/** Hex HMAC-SHA256 over the body, or over `timestamp.body` when the sender states a time. */
function verifyHmac(secret: string, headers: IncomingHttpHeaders, rawBody: Buffer, now: Date): { dedupeKey: string } {
  const signature =
    one(headers, 'x-signature') ?? one(headers, 'x-hub-signature-256') ?? one(headers, 'x-hub-signature');
  if (signature === null) throw refused('The header X-Signature (or X-Hub-Signature) is needed: sha256=<hex>.');
  const timestamp = one(headers, 'x-timestamp');
  const hmac = createHmac('sha256', secret);
  // The time is under the signature, so taking the header off or changing it breaks the signature.
  if (timestamp !== null) hmac.update(`${timestamp}.`);
  const expected = `sha256=${hmac.update(rawBody).digest('hex')}`;
  if (!same(signature.toLowerCase(), expected))
    throw refused('The signature is not right. Check the secret and that the body is sent unchanged.');
  if (timestamp !== null) recent(timestamp, now, 'X-Timestamp');
  const deliveryId = one(headers, 'x-delivery-id');
  return { dedupeKey: deliveryId === null ? `body:${sha256(rawBody)}` : shortKey('id', deliveryId) };
}

function recent(timestamp: string, now: Date, header: string): Date {
  if (!/^\d{1,12}$/.test(timestamp)) throw refused(`The header ${header} must be a time in seconds since 1970.`);
  const age = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (age > TOLERANCE_SECONDS)
    throw refused('The delivery is more than 5 minutes old. Send it again with a new time and signature.');
  if (age < -TOLERANCE_SECONDS) throw refused('The delivery comes from the future. Check the clocks.');
  return new Date(Number(timestamp) * 1000);
}

function one(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** Compared by their hashes, so that neither length nor content shows in the time it takes. */
const same = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/** A sender's id as a key; one that is too long for an index is hashed. */
const shortKey = (kind: string, id: string): string =>
  id.length <= 200 ? `${kind}:${id}` : `${kind}-hash:${sha256(id)}`;

const refused = (words: string): DomainError => new DomainError('UNAUTHENTICATED', words);
