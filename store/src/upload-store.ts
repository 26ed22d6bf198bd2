import { createHash } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { FileSum } from '@throughline/domain/file-transfer';
import type { Scope, Tx } from './tenant.ts';

export interface UploadRow {
  id: string;
  session_id: string;
  user_id: string | null;
  command_id: string | null;
  bytes: number;
  received: number;
  /** Hexadecimal. */
  sha256: string | null;
  done: boolean;
}

const COLUMNS = `u.id, u.session_id, u.user_id, u.command_id, u.bytes, u.received, encode(u.sha256, 'hex') as sha256,
  u.done_at is not null as done`;

export interface NewUpload {
  id: string;
  sessionId: string;
  by: { userId: string } | { commandId: string };
  bytes: number;
  sha256: string | null;
}

/** Begins an upload, or leaves the one of this id or command as it is. */
export async function beginUpload(tx: Tx, mspId: string, upload: NewUpload): Promise<void> {
  const { by } = upload;
  await tx.query(
    `insert into file_upload (msp_id, id, session_id, user_id, command_id, bytes, sha256)
     values ($1, $2, $3, $4, $5, $6, decode($7, 'hex')) on conflict do nothing`,
    [
      mspId,
      upload.id,
      upload.sessionId,
      'userId' in by ? by.userId : null,
      'commandId' in by ? by.commandId : null,
      upload.bytes,
      upload.sha256,
    ],
  );
}

/** Sees only what belongs to a session that the scope sees. */
export async function uploadById(tx: Tx, scope: Scope, id: string): Promise<UploadRow | null> {
  const { rows } = await tx.query<UploadRow>(
    `select ${COLUMNS} from file_upload u join session s on s.msp_id = u.msp_id and s.id = u.session_id
     where u.msp_id = $1 and u.id = $2`,
    [scope.mspId, id],
  );
  return rows[0] ?? null;
}

export async function uploadOfCommand(tx: Tx, mspId: string, commandId: string): Promise<UploadRow | null> {
  const { rows } = await tx.query<UploadRow>(
    `select ${COLUMNS} from file_upload u where u.msp_id = $1 and u.command_id = $2`,
    [mspId, commandId],
  );
  return rows[0] ?? null;
}

/**
 * Takes a piece if it is the next one, and finishes the upload with its last. What came before, or leaves a gap, changes nothing: the
 * answer says how far the upload is, and the sender goes on from there.
 */
export async function takePiece(
  tx: Tx,
  mspId: string,
  uploadId: string,
  offset: number,
  piece: Buffer,
): Promise<UploadRow> {
  const upload = await locked(tx, mspId, uploadId);
  if (upload.done || offset !== upload.received) return upload;
  if (offset + piece.length > upload.bytes)
    throw new DomainError(
      'TOO_LARGE',
      `The upload was to be ${upload.bytes} bytes and is longer. Choose the file again.`,
    );
  if (piece.length > 0) {
    await tx.query('insert into blob_piece (msp_id, upload_id, off, len, bytes) values ($1, $2, $3, $4, $5)', [
      mspId,
      uploadId,
      offset,
      piece.length,
      piece,
    ]);
    await tx.query('update file_upload set received = received + $3 where msp_id = $1 and id = $2', [
      mspId,
      uploadId,
      piece.length,
    ]);
  }
  const now = { ...upload, received: offset + piece.length };
  return now.received < now.bytes ? now : finish(tx, mspId, now);
}

async function locked(tx: Tx, mspId: string, uploadId: string): Promise<UploadRow> {
  const { rows } = await tx.query<UploadRow>(
    `select ${COLUMNS} from file_upload u where u.msp_id = $1 and u.id = $2 for update`,
    [mspId, uploadId],
  );
  if (rows[0] === undefined)
    throw new DomainError('NOT_FOUND', 'This upload is over or was given up. Choose the file again.');
  return rows[0];
}

/** Sums up what is really kept, and keeps it under that hash, unless the same content is there already. */
async function finish(tx: Tx, mspId: string, upload: UploadRow): Promise<UploadRow> {
  const sha256 = await sumOf(tx, mspId, upload.id);
  if (upload.sha256 !== null && upload.sha256 !== sha256) {
    await dropPieces(tx, mspId, [upload.id]);
    await tx.query('update file_upload set received = 0 where msp_id = $1 and id = $2', [mspId, upload.id]);
    return { ...upload, received: 0 };
  }
  const { rowCount } = await tx.query(
    `insert into blob (msp_id, sha256, bytes, upload_id) values ($1, decode($2, 'hex'), $3, $4) on conflict (msp_id, sha256) do nothing`,
    [mspId, sha256, upload.bytes, upload.id],
  );
  if (rowCount === 0) await dropPieces(tx, mspId, [upload.id]);
  await tx.query(`update file_upload set sha256 = decode($3, 'hex'), done_at = now() where msp_id = $1 and id = $2`, [
    mspId,
    upload.id,
    sha256,
  ]);
  return { ...upload, sha256, done: true };
}

const AT_ONCE = 16;

async function sumOf(tx: Tx, mspId: string, uploadId: string): Promise<FileSum['sha256']> {
  const hash = createHash('sha256');
  for (let after = -1; ;) {
    const { rows } = await tx.query<{ off: number; bytes: Buffer }>(
      `select off, bytes from blob_piece where msp_id = $1 and upload_id = $2 and off > $3 order by off limit ${AT_ONCE}`,
      [mspId, uploadId, after],
    );
    for (const row of rows) {
      hash.update(row.bytes);
      after = row.off;
    }
    if (rows.length < AT_ONCE) return hash.digest('hex');
  }
}

async function dropPieces(tx: Tx, mspId: string, uploadIds: readonly string[]): Promise<void> {
  await tx.query('delete from blob_piece where msp_id = $1 and upload_id = any($2::uuid[])', [mspId, uploadIds]);
}

/** Uploads that nobody has gone on with for a day are given up, a few at a time: whoever begins a new one clears a little. */
export async function dropStaleUploads(tx: Tx, mspId: string): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from file_upload where msp_id = $1 and done_at is null and created_at < now() - interval '1 day'
     order by created_at limit 5 for update skip locked`,
    [mspId],
  );
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return;
  await dropPieces(tx, mspId, ids);
  await tx.query('delete from file_upload where msp_id = $1 and id = any($2::uuid[])', [mspId, ids]);
}
