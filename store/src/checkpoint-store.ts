import { type KeyObject, sign } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { type SessionHead, checkpointNote, checkpointText, headLeaf } from '@throughline/domain/checkpoint';
import type { ExportBundle } from '@throughline/domain/export-bundle';
import { EMPTY_FRONTIER, type Frontier, appendLeaf, inclusionProof, merkleRoot } from '@throughline/domain/merkle-tree';
import type { Pool } from 'pg';
import type { CheckpointLine } from './checkpoint-line.ts';
import { sha256 } from './record-store.ts';
import { type Scope, type Tx, withTenant, withoutTenant } from './tenant.ts';

export interface CheckpointKey {
  privateKey: KeyObject;
  /** SPKI DER. */
  publicKey: Buffer;
}

/** How many changed heads go into one checkpoint; the rest waits for the next turn. */
const HEADS_AT_ONCE = 5_000;

/**
 * Signs a new checkpoint for every organisation whose session heads changed. Call it every 60 s (or sooner): it does nothing where
 * nothing changed. Two callers at once are harmless: one waits, then finds nothing to do.
 * @returns how many checkpoints were written.
 */
export async function writeCheckpoints(
  pool: Pool,
  key: CheckpointKey,
  logFile: string,
  now = new Date(),
): Promise<number> {
  const msps = await allMsps(pool);
  let written = 0;
  for (const { id } of msps) {
    const line = await withTenant(pool, { mspId: id, clients: '*' }, (tx) => checkpointOf(tx, id, key, now));
    if (line === null) continue;
    // After COMMIT: a line may be missing after a crash in between (the next one covers it), but none tells of what was rolled back.
    await appendFile(logFile, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    written += 1;
  }
  return written;
}

/** Every organisation of this installation. */
export function allMsps(pool: Pool): Promise<{ id: string; slug: string }[]> {
  return withoutTenant(
    pool,
    async (tx) => (await tx.query<{ id: string; slug: string }>('select id, slug from all_msps()')).rows,
  );
}

async function checkpointOf(tx: Tx, mspId: string, key: CheckpointKey, now: Date): Promise<CheckpointLine | null> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [mspId]);
  const heads = await changedHeads(tx, mspId);
  if (heads.length === 0) return null;
  let tree = await frontierOf(tx, mspId);
  const first = tree.size;
  const leaves = heads.map((head) => headLeaf(sha256, head));
  for (const leaf of leaves) tree = appendLeaf(sha256, tree, leaf);
  const checkpoint = { mspId, size: tree.size, root: merkleRoot(sha256, tree), at: now.toISOString() };
  const signature = sign(null, Buffer.from(checkpointText(checkpoint)), key.privateKey);
  const note = checkpointNote(sha256, checkpoint, key.publicKey, signature);
  await tx.query(
    `insert into checkpoint_leaf (msp_id, index, session_id, count, hash, leaf)
     select $1, $2 + n - 1, s, c, decode(h, 'hex'), decode(l, 'hex')
     from unnest($3::uuid[], $4::int[], $5::text[], $6::text[]) with ordinality as t (s, c, h, l, n)`,
    [
      mspId,
      first,
      heads.map((head) => head.sessionId),
      heads.map((head) => head.count),
      heads.map((head) => head.hash),
      leaves.map((leaf) => Buffer.from(leaf).toString('hex')),
    ],
  );
  await tx.query(
    'insert into checkpoint (msp_id, size, root, at, frontier, public_key, note) values ($1, $2, $3, $4, $5::bytea[], $6, $7)',
    [
      mspId,
      tree.size,
      Buffer.from(checkpoint.root),
      now,
      tree.roots.map((root) => Buffer.from(root)),
      key.publicKey,
      note,
    ],
  );
  return { mspId, note, heads };
}

async function changedHeads(tx: Tx, mspId: string): Promise<SessionHead[]> {
  const { rows } = await tx.query<{ session_id: string; count: number; hash: string }>(
    `select h.session_id, h.next_seq - 1 as count, encode(h.head, 'hex') as hash
     from transcript_head h
     left join lateral (
       select l.count, l.hash from checkpoint_leaf l
       where l.msp_id = h.msp_id and l.session_id = h.session_id order by l.index desc limit 1
     ) l on true
     where h.msp_id = $1 and h.next_seq > 1 and (l.hash is null or l.hash <> h.head or l.count <> h.next_seq - 1)
     order by h.session_id
     limit $2`,
    [mspId, HEADS_AT_ONCE],
  );
  return rows.map((row) => ({ sessionId: row.session_id, count: row.count, hash: row.hash }));
}

async function frontierOf(tx: Tx, mspId: string): Promise<Frontier> {
  const { rows } = await tx.query<{ size: number; frontier: Buffer[] }>(
    'select size, frontier from checkpoint where msp_id = $1 order by size desc limit 1',
    [mspId],
  );
  const row = rows[0];
  return row === undefined ? EMPTY_FRONTIER : { size: row.size, roots: row.frontier };
}

/** The newest checkpointed head of a session, with its proof under the newest checkpoint, for the export. Null before the first one. */
export async function checkpointProof(tx: Tx, scope: Scope, sessionId: string): Promise<ExportBundle['checkpoint']> {
  const newest = await tx.query<{ size: number; note: string; public_key: Buffer }>(
    'select size, note, public_key from checkpoint where msp_id = $1 order by size desc limit 1',
    [scope.mspId],
  );
  const head = await tx.query<{ index: number; count: number; hash: Buffer }>(
    'select index, count, hash from checkpoint_leaf where msp_id = $1 and session_id = $2 order by index desc limit 1',
    [scope.mspId, sessionId],
  );
  const [signed, covered] = [newest.rows[0], head.rows[0]];
  if (signed === undefined || covered === undefined || covered.index >= signed.size) return null;
  const leaves = await tx.query<{ leaf: Buffer }>(
    'select leaf from checkpoint_leaf where msp_id = $1 and index < $2 order by index',
    [scope.mspId, signed.size],
  );
  const proof = inclusionProof(
    sha256,
    leaves.rows.map((row) => row.leaf),
    covered.index,
  );
  return {
    note: signed.note,
    publicKey: signed.public_key.toString('base64'),
    index: covered.index,
    count: covered.count,
    hash: covered.hash.toString('hex'),
    proof: proof.map((hash) => Buffer.from(hash).toString('hex')),
  };
}
