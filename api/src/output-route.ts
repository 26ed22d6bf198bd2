import { DomainError, isDomainError, notFound } from '@throughline/domain/errors';
import { may } from '@throughline/domain/role';
import { commandById } from '@throughline/store/command-store';
import { exportSession } from '@throughline/store/export-store';
import { outputHead, outputRange } from '@throughline/store/output-store';
import { audit } from '@throughline/store/audit-store';
import { withTenant } from '@throughline/store/tenant';
import { decodeGlobalID } from '@pothos/plugin-relay';
import express, { type Request, type Response, type Router } from 'express';
import { type Viewer, viewerOf } from './auth/viewer.ts';
import { byteRange } from './byte-range.ts';
import type { Deps } from './deps.ts';
import { isOwn, scopeOf, seenSession } from './sessions/viewer.ts';

/** What one transaction reads; a longer answer is sent in such slices. */
const SLICE = 1024 * 1024;

/** Raw bytes of the record over plain HTTP: a command's output, whole or in part (Range), and a session's export bundle. */
export function outputRoute(deps: Deps): Router {
  const router = express.Router();
  router.get('/api/commands/:id/output/:stream', (req, res) =>
    answering(deps, req, res, (viewer) => sendOutput(deps, viewer, req, res)),
  );
  router.get('/api/sessions/:id/export', (req, res) =>
    answering(deps, req, res, (viewer) => sendExport(deps, viewer, req, res)),
  );
  return router;
}

async function answering(
  deps: Deps,
  req: Request,
  res: Response,
  send: (viewer: Viewer) => Promise<void>,
): Promise<void> {
  try {
    const viewer = await viewerOf(deps.pool, req);
    if (viewer === null) throw new DomainError('UNAUTHENTICATED', 'Sign in first.');
    await send(viewer);
  } catch (error) {
    if (!isDomainError(error) || res.headersSent) throw error;
    const status = { UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404 }[error.code as string] ?? 400;
    res.status(status).json({ error: { code: error.code, message: error.message } });
  }
}

async function sendOutput(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const commandId = localId(req.params.id, 'Command');
  const stream = req.params.stream === 'stdout' ? 1 : req.params.stream === 'stderr' ? 2 : null;
  if (stream === null) throw new DomainError('INVALID_INPUT', 'The stream is stdout or stderr.');
  const scope = scopeOf(viewer);
  const { total, sum } = await withTenant(deps.pool, scope, async (tx) => {
    const command = await commandById(tx, scope, commandId);
    if (command === null) throw notFound('Command');
    const { bytes } = await outputHead(tx, viewer.mspId, commandId);
    return stream === 1
      ? { total: bytes.stdout, sum: command.exit?.stdout ?? null }
      : { total: bytes.stderr, sum: command.exit?.stderr ?? null };
  });
  // Only an output that is whole has a name that lasts: while a command runs, the same address gives more and more.
  const etag = sum !== null && sum.bytes === total ? `"${sum.sha256}"` : undefined;
  const part = byteRange(req.headers, total, etag);
  // Never let a browser guess a type: output is hostile text.
  res.set({
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'x-total-bytes': String(total),
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    ...(etag !== undefined && { etag }),
  });
  if (part === 'unsatisfiable') {
    res.status(416).set('content-range', `bytes */${total}`).end();
    return;
  }
  const { from, to } = part ?? { from: 0, to: total };
  if (part !== null) res.status(206).set('content-range', `bytes ${from}-${to - 1}/${total}`);
  if (req.query['download'] !== undefined)
    res.set('content-disposition', `attachment; filename="${commandId}.${String(req.params.stream)}"`);
  res.set('content-length', String(to - from));
  if (req.method !== 'HEAD') {
    for (let at = from; at < to && !res.destroyed; at += SLICE) {
      const length = Math.min(SLICE, to - at);
      await written(
        res,
        await withTenant(deps.pool, scope, (tx) => outputRange(tx, scope, commandId, stream, at, length)),
      );
    }
  }
  res.end();
}

/** Waits until there is room for more, or until nobody reads any more. */
async function written(res: Response, bytes: Buffer): Promise<void> {
  if (res.write(bytes) || res.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      res.off('drain', go).off('close', go);
      resolve();
    };
    res.on('drain', go).on('close', go);
  });
}

async function sendExport(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const sessionId = localId(req.params.id, 'Session');
  const scope = scopeOf(viewer);
  const { bundle, number } = await withTenant(deps.pool, scope, async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    if (!may(viewer.role, 'record.export', isOwn(viewer, session)))
      throw new DomainError('FORBIDDEN', `Your role (${viewer.role}) may export its own sessions only.`);
    await audit(tx, viewer.mspId, viewer.email, 'record.exported', `session ${session.number}`, {});
    return { bundle: await exportSession(tx, scope, sessionId), number: session.number };
  });
  res
    .set({
      'content-disposition': `attachment; filename="session-${number}.throughline.json"`,
      'cache-control': 'no-store',
    })
    .json(bundle);
}

function localId(globalId: unknown, type: string): string {
  const found = typeof globalId === 'string' ? safeDecode(globalId) : null;
  if (found?.typename !== type || !/^[0-9a-f-]{36}$/.test(found.id)) throw notFound(type);
  return found.id;
}

function safeDecode(globalId: string): { typename: string; id: string } | null {
  try {
    return decodeGlobalID(globalId);
  } catch {
    return null; // Not one of ours: told as not found, like every other id that leads nowhere.
  }
}
