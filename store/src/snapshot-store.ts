import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { SnapshotEditAction, SnapshotState } from '@throughline/domain/snapshot';
import type { Seal } from './seal.ts';
import { hashToken } from './secret-token.ts';
import type { Scope, Tx } from './tenant.ts';

export interface SnapshotRow {
  id: string;
  session_id: string;
  through_seq: number;
  created_by: string;
  created_at: Date;
  published_by: string | null;
  published_at: Date | null;
  expires_at: Date | null;
  rules: number | null;
  /** In how many places something is hidden. */
  places: number | null;
  revoked_at: Date | null;
  views: number;
  last_view_at: Date | null;
}
const COLUMNS = `p.id, p.session_id, p.through_seq, p.created_by, p.created_at, p.published_by, p.published_at, p.expires_at, p.rules,
  p.places, p.revoked_at, p.views, p.last_view_at`;
/** The session's own row-level security makes another client's come back empty. */
const FROM = 'from snapshot p join session s on s.msp_id = p.msp_id and s.id = p.session_id';

export interface SnapshotEditRow {
  n: number;
  action: SnapshotEditAction;
  /** Null once the copy is out: what lies under a mark is kept nowhere beside it. */
  value: string | null;
  edited_by: string;
  edited_at: Date;
}

/** The link's secret: it follows from the snapshot's id and the installation's key, so that no row, log or entry need hold it. */
export const snapshotToken = (seal: Pick<Seal, 'derive'>, snapshotId: string): string =>
  seal.derive('snapshot/v1', snapshotId).toString('base64url');

export function snapshotState(row: Pick<SnapshotRow, 'published_at' | 'expires_at' | 'revoked_at'>): SnapshotState {
  if (row.published_at === null || row.expires_at === null) return 'draft';
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at.getTime() <= Date.now() ? 'expired' : 'published';
}

/** A draft: nothing but where it ends. Returns its id. */
export async function insertSnapshot(
  tx: Tx,
  mspId: string,
  draft: { sessionId: string; throughSeq: number; by: string },
): Promise<string> {
  const id = randomUUID();
  await tx.query('insert into snapshot (msp_id, id, session_id, through_seq, created_by) values ($1, $2, $3, $4, $5)', [
    mspId,
    id,
    draft.sessionId,
    draft.throughSeq,
    draft.by,
  ]);
  return id;
}

export async function snapshotsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<SnapshotRow[]> {
  const { rows } = await tx.query<SnapshotRow>(`select ${COLUMNS} ${FROM} where p.msp_id = $1 and p.id = any($2)`, [
    scope.mspId,
    ids,
  ]);
  return rows;
}

/** Newest first. */
export async function snapshotsOf(tx: Tx, scope: Scope, sessionId: string): Promise<SnapshotRow[]> {
  const { rows } = await tx.query<SnapshotRow>(
    `select ${COLUMNS} ${FROM} where p.msp_id = $1 and p.session_id = $2 order by p.created_at desc, p.id`,
    [scope.mspId, sessionId],
  );
  return rows;
}

/** Held to the end of the transaction, so that nobody edits what is just being published. */
export async function holdSnapshot(tx: Tx, scope: Scope, id: string): Promise<SnapshotRow | null> {
  const { rows } = await tx.query<SnapshotRow>(
    `select ${COLUMNS} ${FROM} where p.msp_id = $1 and p.id = $2 for update of p`,
    [scope.mspId, id],
  );
  return rows[0] ?? null;
}

/** In the order they were made. */
export async function editsOf(tx: Tx, mspId: string, snapshotId: string): Promise<SnapshotEditRow[]> {
  const { rows } = await tx.query<SnapshotEditRow>(
    'select n, action, value, edited_by, edited_at from snapshot_edit where msp_id = $1 and snapshot_id = $2 order by n',
    [mspId, snapshotId],
  );
  return rows;
}

/** The snapshot's row is held by whoever asks this. */
export async function insertEdit(
  tx: Tx,
  mspId: string,
  snapshotId: string,
  edit: { action: SnapshotEditAction; value: string; by: string },
): Promise<void> {
  await tx.query(
    `insert into snapshot_edit (msp_id, snapshot_id, n, action, value, edited_by)
     select $1::uuid, $2::uuid, coalesce(max(n), 0) + 1, $3::text, $4::text, $5::uuid
     from snapshot_edit where msp_id = $1 and snapshot_id = $2`,
    [mspId, snapshotId, edit.action, edit.value, edit.by],
  );
}

/** From here on the link works. What lies under the marks goes from the edits: the copy is all that is kept. The row is held. */
export async function publishSnapshot(
  tx: Tx,
  mspId: string,
  seal: Pick<Seal, 'derive'>,
  id: string,
  published: { by: string; at: Date; expiresAt: Date; rules: number; places: number; document: string },
): Promise<void> {
  await tx.query(
    `update snapshot set published_by = $3, published_at = $4, expires_at = $5, token_hash = $6, rules = $7, places = $8, document = $9
     where msp_id = $1 and id = $2`,
    [
      ...[mspId, id, published.by, published.at, published.expiresAt],
      ...[hashToken(snapshotToken(seal, id)), published.rules, published.places, published.document],
    ],
  );
  await tx.query('update snapshot_edit set value = null where msp_id = $1 and snapshot_id = $2', [mspId, id]);
}

export async function revokeSnapshot(tx: Tx, mspId: string, id: string, by: string): Promise<void> {
  await tx.query(
    'update snapshot set revoked_by = $3, revoked_at = now(), document = null where msp_id = $1 and id = $2',
    [mspId, id, by],
  );
}

/** Drafts of one person that nothing was done to: a new one takes their place. */
export async function dropUnedited(tx: Tx, mspId: string, sessionId: string, by: string): Promise<void> {
  await tx.query(
    `delete from snapshot p where p.msp_id = $1 and p.session_id = $2 and p.created_by = $3 and p.published_at is null
       and not exists (select from snapshot_edit e where e.msp_id = p.msp_id and e.snapshot_id = p.id)`,
    [mspId, sessionId, by],
  );
}

/** A draft goes without a trace. */
export async function deleteDraft(tx: Tx, mspId: string, id: string): Promise<void> {
  const { rowCount } = await tx.query('delete from snapshot where msp_id = $1 and id = $2 and published_at is null', [
    mspId,
    id,
  ]);
  if (rowCount !== 1) throw new DomainError('INVALID_STATE', 'This snapshot is out already. Revoke it instead.');
}
