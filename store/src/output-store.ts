import { createHash } from 'node:crypto';
import type { OutputFrame } from '@throughline/domain/output-frame';
import type { Scope, Tx } from './tenant.ts';

export interface AppendResult {
  status: 'ok' | 'gap' | 'conflict' | 'frozen';
  /** The seq that is wanted next: everything below it is stored. */
  nextSeq: number;
  newBytes: number;
}

/**
 * Appends a batch of frames in the transaction; only after its COMMIT may they be acknowledged. `data` are the frames' bytes one
 * behind the other, where the caller has them so already.
 */
export async function appendOutput(
  tx: Tx,
  mspId: string,
  sessionId: string,
  commandId: string,
  frames: readonly OutputFrame[],
  data: Buffer = Buffer.concat(frames.map((frame) => frame.bytes)),
): Promise<AppendResult> {
  const { rows } = await tx.query<{ o_status: AppendResult['status']; o_next: number; o_new_bytes: number }>(
    'select * from append_output($1, $2, $3, $4::int[], $5::smallint[], $6::bigint[], $7::bigint[], $8::int[], $9)',
    [
      mspId,
      commandId,
      sessionId,
      frames.map((frame) => frame.seq),
      frames.map((frame) => frame.stream),
      frames.map((frame) => frame.offset),
      frames.map((frame) => frame.at),
      frames.map((frame) => frame.bytes.length),
      data,
    ],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('append_output returned nothing');
  return { status: row.o_status, nextSeq: row.o_next, newBytes: row.o_new_bytes };
}

export interface OutputHead {
  nextSeq: number;
  bytes: { stdout: number; stderr: number };
  chainHead: string | null;
  frozenWhy: string | null;
}

export async function outputHead(tx: Tx, mspId: string, commandId: string): Promise<OutputHead> {
  const { rows } = await tx.query<{ next_seq: number; next_offset: string[]; head: Buffer; frozen_why: string | null }>(
    'select next_seq, next_offset, head, frozen_why from output_head where msp_id = $1 and command_id = $2',
    [mspId, commandId],
  );
  const row = rows[0];
  return {
    nextSeq: row?.next_seq ?? 1,
    bytes: { stdout: Number(row?.next_offset[0] ?? 0), stderr: Number(row?.next_offset[1] ?? 0) },
    chainHead: row?.head.toString('hex') ?? null,
    frozenWhy: row?.frozen_why ?? null,
  };
}

export interface StoredFrame {
  seq: number;
  stream: number;
  off: number;
  at: Date;
  bytes: Buffer;
}

/** Frames after a seq, at most about `maxBytes` of them, for live followers and the export. */
export async function framesAfter(
  tx: Tx,
  scope: Scope,
  commandId: string,
  after: number,
  limit: number,
): Promise<StoredFrame[]> {
  const { rows } = await tx.query<StoredFrame>(
    `select o.seq, o.stream, o.off, o.at, o.bytes
     from output_chunk o
     join command c on c.msp_id = o.msp_id and c.id = o.command_id
     join session s on s.msp_id = c.msp_id and s.id = c.session_id
     where o.msp_id = $1 and o.command_id = $2 and o.seq > $3
     order by o.seq
     limit $4`,
    [scope.mspId, commandId, after, limit],
  );
  return rows;
}

/**
 * Bytes [offset, offset + length) of one stream. Short only at the stream's end. Both bounds are bounds on `off` alone, so the index finds
 * the frames wherever in a long output they lie, and of a frame only the bytes asked for are read.
 */
export async function outputRange(
  tx: Tx,
  scope: Scope,
  commandId: string,
  stream: number,
  offset: number,
  length: number,
): Promise<Buffer> {
  const { rows } = await tx.query<{ bytes: Buffer }>(RANGE, [scope.mspId, commandId, stream, offset, offset + length]);
  return Buffer.concat(rows.map((row) => row.bytes));
}

/** The frame that holds the first byte is the last one that begins at or before it: frames of a stream lie end to end. */
export const RANGE = `select substring(o.bytes from greatest($4::bigint - o.off, 0)::int + 1
      for (least($5::bigint, o.off + o.len) - greatest($4::bigint, o.off))::int) as bytes
  from output_chunk o
  join command c on c.msp_id = o.msp_id and c.id = o.command_id
  join session s on s.msp_id = c.msp_id and s.id = c.session_id
  where o.msp_id = $1 and o.command_id = $2 and o.stream = $3 and o.off < $5::bigint and o.off >= (
    select coalesce(max(b.off), 0) from output_chunk b
    where b.msp_id = $1 and b.command_id = $2 and b.stream = $3 and b.off <= $4::bigint)
    and o.off + o.len > $4::bigint and $5::bigint > $4::bigint
  order by o.off`;

/** SHA-256 and length of what is stored of a stream: read back from the table, so that the sum is of what is really kept. */
export async function storedSum(
  tx: Tx,
  mspId: string,
  commandId: string,
  stream: number,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (let after = -1; ;) {
    const { rows } = await tx.query<{ off: number; bytes: Buffer }>(
      `select off, bytes from output_chunk
       where msp_id = $1 and command_id = $2 and stream = $3 and off > $4
       order by off limit 64`,
      [mspId, commandId, stream, after],
    );
    for (const row of rows) {
      hash.update(row.bytes);
      bytes += row.bytes.length;
      after = row.off;
    }
    if (rows.length < 64) return { bytes, sha256: hash.digest('hex') };
  }
}

/** The first piece of a command's output that is not what its own sum says, or null. Looked at inside the database: no byte travels. */
export async function changedPiece(tx: Tx, mspId: string, commandId: string): Promise<number | null> {
  const { rows } = await tx.query<{ seq: number }>(
    `select seq from output_chunk
     where msp_id = $1 and command_id = $2 and (sha256 <> sha256(bytes) or len <> length(bytes))
     order by seq limit 1`,
    [mspId, commandId],
  );
  return rows[0]?.seq ?? null;
}

const MOST_REMARKS = 20;

/** The runtime's own remarks on commands, oldest first, the latest few of each. A remark is a line of the third stream. */
export async function remarksOf(
  tx: Tx,
  mspId: string,
  commandIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const { rows } = await tx.query<{ command_id: string; bytes: Buffer }>(
    'select command_id, bytes from output_chunk where msp_id = $1 and command_id = any($2::uuid[]) and stream = 3 order by command_id, off',
    [mspId, commandIds],
  );
  const text = new Map<string, string>();
  for (const { command_id, bytes } of rows) text.set(command_id, (text.get(command_id) ?? '') + bytes.toString('utf8'));
  const lines = (all: string) => all.split('\n').filter((line) => line !== '');
  return new Map([...text].map(([id, all]) => [id, lines(all).slice(-MOST_REMARKS)]));
}
