import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import { type FileSum, PIECE_BYTES, zSha256 } from '@throughline/domain/file-transfer';
import { bindFile, clientHolds, fileOfCommand, fileRange } from '@throughline/store/file-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { type UploadRow, beginUpload, takePiece, uploadOfCommand } from '@throughline/store/upload-store';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { byteRange } from '../byte-range.ts';
import type { Deps } from '../deps.ts';
import { inWords, sendBytes } from '../files/raw-answer.ts';
import { tooLarge } from '../files/upload-route.ts';
import { type FileCaller, fileCaller } from './file-caller.ts';

const zOffer = z.strictObject({ bytes: z.number().int().nonnegative(), sha256: zSha256 });
const zOffset = z.coerce.number().int().nonnegative();
const NONE = Buffer.alloc(0);

/**
 * What a transfer's runner asks of the server, signed by its runtime's key: `GET` gives the file to be put there (Range), `POST` offers one
 * that was fetched and says how much of it is here, `PUT` brings the next piece. Every answer carries our clock, so that one which goes
 * wrong can be allowed for.
 */
export function fileRoute(deps: Pick<Deps, 'pool' | 'maxFileBytes'>): Router {
  const router = express.Router();
  const path = '/agent/files/:commandId';
  const raw = express.raw({ type: () => true, limit: PIECE_BYTES });
  router.use(path, (_req, res, next) => {
    res.set({ 'x-throughline-at': String(Date.now()), 'cache-control': 'no-store' });
    next();
  });
  router.get(path, (req, res) => inWords(res, () => give(deps, req, res)));
  router.post(path, raw, (req, res) => inWords(res, () => offered(deps, req, res)));
  router.put(path, raw, (req, res) => inWords(res, () => brought(deps, req, res)));
  return router;
}

async function give({ pool }: Pick<Deps, 'pool'>, req: Request, res: Response): Promise<void> {
  const part = byteRange(req.headers, Number.MAX_SAFE_INTEGER, undefined);
  const offset = part === null || part === 'unsatisfiable' ? 0 : part.from;
  const caller = await fileCaller(pool, req, { method: 'GET', offset, body: NONE });
  if (caller.file.direction !== 'to_endpoint') throw otherWay();
  const scope = { mspId: caller.mspId, clients: '*' as const };
  const file = await withTenant(pool, scope, (tx) => fileOfCommand(tx, scope, caller.commandId));
  if (file === null) throw new DomainError('NOT_FOUND', 'The file of this command is not kept here. Send it again.');
  await sendBytes(req, res, {
    total: file.bytes,
    etag: `"${file.sha256}"`,
    read: (from, length) => withTenant(pool, scope, (tx) => fileRange(tx, scope, caller.commandId, from, length)),
  });
}

async function offered(deps: Pick<Deps, 'pool' | 'maxFileBytes'>, req: Request, res: Response): Promise<void> {
  const body = bodyOf(req);
  const caller = await fileCaller(deps.pool, req, { method: 'POST', offset: 0, body });
  if (caller.file.direction !== 'from_endpoint') throw otherWay();
  const file = zOffer.safeParse(json(body));
  if (!file.success) throw new DomainError('INVALID_INPUT', 'The offer of a file cannot be read. Update the runtime.');
  const most = Math.min(caller.file.maxBytes, deps.maxFileBytes);
  if (file.data.bytes > most) throw tooLarge(most);
  res.json(await inTenant(deps, caller, (tx) => standing(tx, caller, file.data)));
}

async function brought(deps: Pick<Deps, 'pool'>, req: Request, res: Response): Promise<void> {
  const body = bodyOf(req);
  const offset = zOffset.safeParse(req.query['offset']);
  if (!offset.success) throw new DomainError('INVALID_INPUT', 'Say at which byte the piece begins: ?offset=0.');
  const caller = await fileCaller(deps.pool, req, { method: 'PUT', offset: offset.data, body });
  const answer = await inTenant(deps, caller, async (tx) => {
    const upload = await uploadOfCommand(tx, caller.mspId, caller.commandId);
    if (upload === null) throw new DomainError('INVALID_STATE', 'Offer the file first, then bring it.');
    return told(tx, caller, await takePiece(tx, caller.mspId, upload.id, offset.data, body));
  });
  res.json(answer);
}

/** Nothing is brought twice: what this client's sessions moved before is here already. */
async function standing(tx: Tx, caller: FileCaller, file: FileSum): Promise<Standing> {
  const { mspId, sessionId, commandId } = caller;
  const bound = await fileOfCommand(tx, { mspId, clients: '*' }, commandId);
  const known = await uploadOfCommand(tx, mspId, commandId);
  const before = bound ?? (known && { bytes: known.bytes, sha256: known.sha256 });
  if (before !== null && (before.bytes !== file.bytes || before.sha256 !== file.sha256))
    throw new DomainError('CONFLICT', 'Another file was offered for this command before. Fetch it anew.');
  if (bound !== null) return { held: true, offset: file.bytes };
  if (known === null && (await clientHolds(tx, mspId, sessionId, file))) {
    await bindFile(tx, mspId, commandId, file.sha256);
    return { held: true, offset: file.bytes };
  }
  if (known === null) await beginUpload(tx, mspId, { id: randomUUID(), sessionId, by: { commandId }, ...file });
  const upload = await uploadOfCommand(tx, mspId, commandId);
  if (upload === null) throw new Error(`the upload of command ${commandId} was begun and is not there`);
  // An empty file is whole at once.
  return told(tx, caller, file.bytes === 0 ? await takePiece(tx, mspId, upload.id, 0, NONE) : upload);
}

interface Standing {
  /** The whole file is here. */
  held: boolean;
  /** Where to go on. */
  offset: number;
}

async function told(tx: Tx, { mspId, commandId }: FileCaller, upload: UploadRow): Promise<Standing> {
  if (upload.done && upload.sha256 !== null) await bindFile(tx, mspId, commandId, upload.sha256);
  return { held: upload.done, offset: upload.received };
}

const inTenant = <T>({ pool }: Pick<Deps, 'pool'>, { mspId }: FileCaller, work: (tx: Tx) => Promise<T>): Promise<T> =>
  withTenant(pool, { mspId, clients: '*' }, work);

/** express.raw leaves an empty body as it finds it. */
const bodyOf = (req: Request): Buffer => (Buffer.isBuffer(req.body) ? req.body : NONE);

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // Not JSON: the form says so.
  }
}

const otherWay = (): DomainError => new DomainError('CONFLICT', 'This command moves its file the other way.');
