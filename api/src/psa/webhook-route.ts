import express from 'express';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ErrorCode, isDomainError } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { keepDelivery } from '@throughline/store/delivery-store';
import { type ConnectionRow, connectionBySlug, mspOfConnection } from '@throughline/store/psa-store';
import type { Seal } from '@throughline/store/seal';
import { withTenant } from '@throughline/store/tenant';
import { sendError } from '../auth/http-error.ts';
import { verifyWebhook } from './signature.ts';

const MOST_BYTES = 256 * 1024;
/** Deliveries being kept at once; more are told to come back. */
const MOST_AT_ONCE = 32;
/** Refusals written to the audit log, per connection and minute. The rest is only logged: a flood must not fill the database. */
const AUDITED_PER_MINUTE = 30;

export interface WebhookDeps {
  pool: Pool;
  seal: Seal;
  log: Logger;
  mostAtOnce?: number;
}

interface Sender {
  mspId: string;
  connection: ConnectionRow & { secret_sealed: Buffer };
}

/**
 * POST /webhooks/psa/:connectionId. Answers 202 only once the delivery is in the database; what it means is worked out later
 * (see intake.ts). Being unable to keep it is 429, never 5xx: ConnectWise does not send again after those.
 */
export function webhookRoute(deps: WebhookDeps): express.Router {
  const { pool, seal, log } = deps;
  const audited = new RateLimiterMemory({ points: AUDITED_PER_MINUTE, duration: 60 });
  let atOnce = 0;

  const refuse = async (req: Request, res: Response, status: number, code: ErrorCode, words: string): Promise<void> => {
    const sender = res.locals['sender'] as Sender | undefined;
    const facts = { status, why: words, ip: req.ip, bytes: Number(req.get('content-length') ?? 0) };
    log.warn({ ...facts, mspId: sender?.mspId, connectionId: sender?.connection.id }, 'a webhook was refused');
    if (sender !== undefined && (await mayAudit(audited, sender.connection.id)))
      await withTenant(pool, { mspId: sender.mspId, clients: '*' }, (tx) =>
        audit(
          tx,
          sender.mspId,
          `webhook ${sender.connection.slug}`,
          'webhook.refused',
          `connection ${sender.connection.id}`,
          facts,
        ),
      );
    sendError(res, status, code, words);
  };

  const findSender: RequestHandler<{ connectionId: string }> = async (req, res, next) => {
    const sender = await senderOf(pool, req.params.connectionId);
    if (sender === null)
      return refuse(req as Request, res, 404, 'NOT_FOUND', 'There is no connection at this address.');
    res.locals['sender'] = sender;
    if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(req.get('content-type') ?? ''))
      return refuse(req as Request, res, 415, 'INVALID_INPUT', 'Send the body as application/json.');
    next();
  };

  const keep: RequestHandler = async (req, res) => {
    const { mspId, connection } = res.locals['sender'] as Sender;
    const body: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const { dedupeKey } = verifyWebhook(
      connection.scheme,
      seal.open(connection.secret_sealed),
      req.headers,
      body,
      new Date(),
    );
    if (!isJsonObject(body)) return refuse(req, res, 400, 'INVALID_INPUT', 'The body is not a whole JSON object.');
    if (atOnce >= (deps.mostAtOnce ?? MOST_AT_ONCE)) return comeBack(res);
    atOnce += 1;
    try {
      const { id, isNew } = await withTenant(pool, { mspId, clients: '*' }, (tx) =>
        keepDelivery(tx, mspId, connection.id, dedupeKey, body),
      );
      log.info({ mspId, connectionId: connection.id, deliveryId: id, duplicate: !isNew }, 'a webhook was kept');
      res.status(202).json({ deliveryId: id, duplicate: !isNew });
    } finally {
      atOnce -= 1;
    }
  };

  const answer: ErrorRequestHandler = async (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    if (isDomainError(error) && error.code === 'UNAUTHENTICATED')
      return refuse(req, res, 401, 'UNAUTHENTICATED', error.message);
    const status = (error as { status?: unknown }).status;
    if (status === 413)
      return refuse(req, res, 413, 'TOO_LARGE', `The body is over ${MOST_BYTES / 1024} KiB. Send less.`);
    if (status === 415) return refuse(req, res, 415, 'INVALID_INPUT', 'Send the body without compression.');
    if (typeof status === 'number' && status >= 400 && status < 500)
      return refuse(req, res, 400, 'INVALID_INPUT', 'The request did not arrive whole.');
    log.error({ err: error }, 'a webhook could not be kept');
    comeBack(res);
  };

  const router = express.Router();
  // Raw bytes: the signature is over them, not over what a parser makes of them.
  const raw = express.raw({ type: () => true, limit: MOST_BYTES, inflate: false });
  router.post('/webhooks/psa/:connectionId', findSender, raw, keep);
  router.use('/webhooks/psa', answer);
  return router;
}

function comeBack(res: Response): void {
  res.set('Retry-After', '30');
  sendError(res, 429, 'RATE_LIMITED', 'The delivery could not be kept right now. Send it again in half a minute.');
}

async function senderOf(pool: Pool, slug: string): Promise<Sender | null> {
  // A slug of another form cannot be one, and may hold what Postgres refuses (NUL).
  const mspId = /^[a-z0-9-]{1,61}$/.test(slug) ? await mspOfConnection(pool, slug) : null;
  if (mspId === null) return null;
  const connection = await withTenant(pool, { mspId, clients: '*' }, (tx) => connectionBySlug(tx, mspId, slug));
  return connection === null ? null : { mspId, connection };
}

async function mayAudit(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    return false;
  }
}

function isJsonObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
