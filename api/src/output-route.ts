import { DomainError, notFound } from '@throughline/domain/errors';
import { commandById } from '@throughline/store/command-store';
import { exportSession } from '@throughline/store/export-store';
import { outputHead, outputRange } from '@throughline/store/output-store';
import { audit } from '@throughline/store/audit-store';
import { withTenant } from '@throughline/store/tenant';
import express, { type Request, type Response, type Router } from 'express';
import type { Viewer } from './auth/viewer.ts';
import type { Deps } from './deps.ts';
import { answering, localId, sendBytes } from './files/raw-answer.ts';
import { auditTaking } from './sessions/audit-reading.ts';
import { allows, isOwn, scopeOf, seenSession } from './sessions/viewer.ts';

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

async function sendOutput(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const commandId = localId(req.params.id, 'Command');
  const stream = req.params.stream === 'stdout' ? 1 : req.params.stream === 'stderr' ? 2 : null;
  if (stream === null) throw new DomainError('INVALID_INPUT', 'The stream is stdout or stderr.');
  const scope = scopeOf(viewer);
  const { total, sum } = await withTenant(deps.pool, scope, async (tx) => {
    const command = await commandById(tx, scope, commandId);
    if (command === null) throw notFound('Command');
    if (req.query['download'] !== undefined)
      await auditTaking(tx, viewer, command, `${String(req.params.stream)} of a command`);
    const { bytes } = await outputHead(tx, viewer.mspId, commandId);
    return stream === 1
      ? { total: bytes.stdout, sum: command.exit?.stdout ?? null }
      : { total: bytes.stderr, sum: command.exit?.stderr ?? null };
  });
  await sendBytes(req, res, {
    total,
    // Only an output that is whole has a name that lasts: while a command runs, the same address gives more and more.
    etag: sum !== null && sum.bytes === total ? `"${sum.sha256}"` : undefined,
    read: (from, length) =>
      withTenant(deps.pool, scope, (tx) => outputRange(tx, scope, commandId, stream, from, length)),
    fileName: req.query['download'] === undefined ? undefined : `${commandId}.${String(req.params.stream)}`,
  });
}

async function sendExport(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const sessionId = localId(req.params.id, 'Session');
  const scope = scopeOf(viewer);
  const { bundle, number } = await withTenant(deps.pool, scope, async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    if (!allows(viewer, 'record.export', isOwn(viewer, session), session.client_id))
      throw new DomainError('FORBIDDEN', `Your role (${viewer.role}) may export its own sessions only.`);
    await audit(tx, viewer.mspId, viewer.email, 'record.exported', `session ${session.number}`, { ip: viewer.address });
    return { bundle: await exportSession(tx, scope, sessionId), number: session.number };
  });
  res
    .set({
      'content-disposition': `attachment; filename="session-${number}.throughline.json"`,
      'cache-control': 'no-store',
    })
    .json(bundle);
}
