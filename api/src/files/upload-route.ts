import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import { PIECE_BYTES } from '@throughline/domain/file-transfer';
import { withTenant } from '@throughline/store/tenant';
import { type UploadRow, beginUpload, dropStaleUploads, takePiece, uploadById } from '@throughline/store/upload-store';
import { encodeGlobalID } from '@pothos/plugin-relay';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { commandsAreOwn, permit, scopeOf, seenSession } from '../sessions/viewer.ts';
import { answering, localId } from './raw-answer.ts';

const zBegin = z.strictObject({ sessionId: z.string(), bytes: z.number().int().nonnegative() });
const zOffset = z.coerce.number().int().nonnegative();

/**
 * A file on its way from a person's browser, for a transfer in one session. `POST /api/uploads` begins, `PUT /api/uploads/:id?offset=`
 * brings a piece, `GET` says how far it is; each answers with where to go on, so that a broken connection costs one piece.
 */
export function uploadRoute(deps: Deps): Router {
  const router = express.Router();
  router.post('/api/uploads', express.json({ limit: '4kb' }), (req, res) =>
    answering(deps, req, res, (viewer) => begin(deps, viewer, req, res)),
  );
  router.get('/api/uploads/:id', (req, res) =>
    answering(deps, req, res, async (viewer) => {
      const upload = await withTenant(deps.pool, scopeOf(viewer), (tx) =>
        uploadById(tx, scopeOf(viewer), localId(req.params.id, 'FileUpload')),
      );
      res.json(told(ownUpload(viewer, upload)));
    }),
  );
  router.put('/api/uploads/:id', express.raw({ type: () => true, limit: PIECE_BYTES }), (req, res) =>
    answering(deps, req, res, (viewer) => take(deps, viewer, req, res)),
  );
  return router;
}

async function begin(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const wanted = zBegin.safeParse(req.body);
  if (!wanted.success)
    throw new DomainError('INVALID_INPUT', 'Say for which session the file is, and how many bytes it has.');
  const { bytes } = wanted.data;
  if (bytes > deps.maxFileBytes) throw tooLarge(deps.maxFileBytes);
  const sessionId = localId(wanted.data.sessionId, 'Session');
  const id = randomUUID();
  const upload = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'command.run', commandsAreOwn(viewer, session), session.client_id);
    if (session.status === 'completed')
      throw new DomainError('INVALID_STATE', 'This session is completed. Open a follow-up session to go on.');
    await dropStaleUploads(tx, viewer.mspId);
    await beginUpload(tx, viewer.mspId, { id, sessionId, by: { userId: viewer.userId }, bytes, sha256: null });
    // An empty file is whole at once.
    return bytes === 0 ? takePiece(tx, viewer.mspId, id, 0, Buffer.alloc(0)) : uploadById(tx, scopeOf(viewer), id);
  });
  res.status(201).json(told(ownUpload(viewer, upload)));
}

async function take(deps: Deps, viewer: Viewer, req: Request, res: Response): Promise<void> {
  const id = localId(req.params.id, 'FileUpload');
  const offset = zOffset.safeParse(req.query['offset']);
  if (!offset.success) throw new DomainError('INVALID_INPUT', 'Say at which byte the piece begins: ?offset=0.');
  const piece = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const upload = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    ownUpload(viewer, await uploadById(tx, scopeOf(viewer), id));
    return takePiece(tx, viewer.mspId, id, offset.data, piece);
  });
  res.json(told(upload));
}

/** One person's upload is nobody else's to see or to go on with. */
function ownUpload(viewer: Viewer, upload: UploadRow | null): UploadRow {
  if (upload === null || upload.user_id !== viewer.userId) throw notFound('Upload');
  return upload;
}

const told = ({ id, bytes, received, sha256, done }: UploadRow) => ({
  id: encodeGlobalID('FileUpload', id),
  bytes,
  offset: received,
  /** Known once it is whole. */
  sha256: done ? sha256 : null,
});

export const tooLarge = (most: number): DomainError =>
  new DomainError('TOO_LARGE', `The file is larger than this server takes (${most} bytes). Bring it another way.`);
