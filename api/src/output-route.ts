import { DomainError, isDomainError, notFound } from '@throughline/domain/errors';
import { may } from '@throughline/domain/role';
import { commandById } from '@throughline/store/command-store';
import { exportSession } from '@throughline/store/export-store';
import { outputHead, outputRange } from '@throughline/store/output-store';
import { audit } from '@throughline/store/audit-store';
import { withTenant } from '@throughline/store/tenant';
import { decodeGlobalID } from '@pothos/plugin-relay';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { type Viewer, viewerOf } from './auth/viewer.ts';
import type { Deps } from './deps.ts';
import { isOwn, scopeOf, seenSession } from './sessions/viewer.ts';

const MAX_SLICE = 1024 * 1024;
const zSlice = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  length: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_SLICE)
    .default(256 * 1024),
  download: z.string().optional(),
});

/** Raw bytes of the record over plain HTTP: slices of a command's output, whole downloads, and a session's export bundle. */
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
  const asked = zSlice.safeParse(req.query);
  if (!asked.success)
    throw new DomainError('INVALID_INPUT', `offset and length are whole numbers; length up to ${MAX_SLICE}.`);
  const scope = scopeOf(viewer);
  const read = (offset: number, length: number) =>
    withTenant(deps.pool, scope, (tx) => outputRange(tx, scope, commandId, stream, offset, length));
  const { total, name } = await withTenant(deps.pool, scope, async (tx) => {
    const command = await commandById(tx, scope, commandId);
    if (command === null) throw notFound('Command');
    const head = await outputHead(tx, viewer.mspId, commandId);
    return {
      total: stream === 1 ? head.bytes.stdout : head.bytes.stderr,
      name: `${commandId}.${String(req.params.stream)}`,
    };
  });
  // Never let a browser guess a type: output is hostile text.
  res.set({
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'x-total-bytes': String(total),
    'cache-control': 'no-store',
  });
  if (asked.data.download === undefined) {
    res.set('x-offset', String(asked.data.offset)).send(await read(asked.data.offset, asked.data.length));
    return;
  }
  res.set({ 'content-disposition': `attachment; filename="${name}"`, 'content-length': String(total) });
  for (let offset = 0; offset < total; offset += MAX_SLICE) {
    if (!res.write(await read(offset, MAX_SLICE))) await new Promise((resolve) => res.once('drain', resolve));
  }
  res.end();
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
