import { notFound } from '@throughline/domain/errors';
import { commandById } from '@throughline/store/command-store';
import { fileOfCommand, fileRange } from '@throughline/store/file-store';
import { withTenant } from '@throughline/store/tenant';
import express, { type Request, type Response, type Router } from 'express';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { auditTaking } from '../sessions/audit-reading.ts';
import { scopeOf } from '../sessions/viewer.ts';
import { answering, localId, sendBytes } from './raw-answer.ts';

/** `GET /api/files/:commandId`: the file that a command sent or fetched, from the record. */
export function downloadRoute(deps: Deps): Router {
  const router = express.Router();
  router.get('/api/files/:commandId', (req, res) =>
    answering(deps, req, res, (viewer) => sendFile(deps, viewer, req, res)),
  );
  return router;
}

async function sendFile(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const commandId = localId(req.params.commandId, 'Command');
  const scope = scopeOf(viewer);
  const { file, path } = await withTenant(deps.pool, scope, async (tx) => {
    const command = await commandById(tx, scope, commandId);
    const held = command === null ? null : await fileOfCommand(tx, scope, commandId);
    if (command?.spec.file === undefined || held === null) throw notFound('File');
    await auditTaking(tx, viewer, command, command.spec.file.path);
    return { file: held, path: command.spec.file.path };
  });
  await sendBytes(req, res, {
    total: file.bytes,
    etag: `"${file.sha256}"`,
    read: (from, length) => withTenant(deps.pool, scope, (tx) => fileRange(tx, scope, commandId, from, length)),
    fileName: path.split(/[/\\]/).at(-1) ?? 'file',
  });
}
