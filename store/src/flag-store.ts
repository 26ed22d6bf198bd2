import type { FlagState, FlagVerdict } from '@throughline/domain/flag';
import type { Scope, Tx } from './tenant.ts';

export interface FlagRow {
  id: string;
  session_id: string;
  client_id: string;
  /** The record's entry that says so. */
  entry_seq: number;
  note: string;
  flagged_by: string;
  flagged_at: Date;
  /** How often it was reviewed; what follows is of the latest time. */
  reviews: number;
  verdict: FlagVerdict | null;
  reviewed_by: string | null;
  reviewed_at: Date | null;
  review_note: string | null;
  review_seq: number | null;
  closed: boolean;
  /** Who opened it, in that order. */
  seen_by: string[];
}
const COLUMNS = `f.id, f.session_id, f.client_id, f.entry_seq, f.note, f.flagged_by, f.flagged_at, f.reviews, f.verdict, f.reviewed_by,
  f.reviewed_at, f.review_note, f.review_seq, f.closed,
  array(select s.user_id::text from flag_seen s where s.msp_id = f.msp_id and s.flag_id = f.id order by s.seen_at, s.user_id) as seen_by`;

export function flagState({ closed, verdict, seen_by }: Pick<FlagRow, 'closed' | 'verdict' | 'seen_by'>): FlagState {
  if (closed) return 'confirmed';
  if (verdict === 'redirect') return 'redirected';
  return seen_by.length > 0 ? 'seen' : 'new';
}

export async function flagsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<FlagRow[]> {
  const { rows } = await tx.query<FlagRow>(`select ${COLUMNS} from flag f where f.msp_id = $1 and f.id = any($2)`, [
    scope.mspId,
    ids,
  ]);
  return rows;
}

/** All of a session's, oldest first. */
export async function flagsOf(tx: Tx, scope: Scope, sessionId: string): Promise<FlagRow[]> {
  const { rows } = await tx.query<FlagRow>(
    `select ${COLUMNS} from flag f where f.msp_id = $1 and f.session_id = $2 order by f.flagged_at, f.id`,
    [scope.mspId, sessionId],
  );
  return rows;
}

/** Open flags, the longest waiting first. */
export async function openFlags(
  tx: Tx,
  scope: Scope,
  after: { at: Date; id: string } | null,
  limit: number,
): Promise<FlagRow[]> {
  const { rows } = await tx.query<FlagRow>(
    `select ${COLUMNS} from flag f
     where f.msp_id = $1 and not f.closed ${after === null ? '' : 'and (f.flagged_at, f.id) > ($3, $4::uuid)'}
     order by f.flagged_at, f.id limit $2`,
    [scope.mspId, limit, ...(after === null ? [] : [after.at, after.id])],
  );
  return rows;
}

export async function openFlagCount(tx: Tx, scope: Scope): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::int as count from flag f where f.msp_id = $1 and not f.closed',
    [scope.mspId],
  );
  return rows[0]?.count ?? 0;
}

/** The session is locked by whoever asks this and what follows. */
export async function insertFlag(
  tx: Tx,
  mspId: string,
  flag: { id: string; sessionId: string; clientId: string; entrySeq: number; note: string; by: string; at: Date },
): Promise<void> {
  await tx.query(
    `insert into flag (msp_id, id, session_id, client_id, entry_seq, note, flagged_by, flagged_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [mspId, flag.id, flag.sessionId, flag.clientId, flag.entrySeq, flag.note, flag.by, flag.at],
  );
  await countOpen(tx, mspId, flag.sessionId, 1);
}

export async function setVerdict(
  tx: Tx,
  mspId: string,
  { id, session_id }: Pick<FlagRow, 'id' | 'session_id'>,
  review: { verdict: FlagVerdict; by: string; at: Date; note: string; seq: number },
): Promise<void> {
  const closed = review.verdict === 'confirm';
  await tx.query(
    `update flag set reviews = reviews + 1, verdict = $3, reviewed_by = $4, reviewed_at = $5, review_note = $6, review_seq = $7, closed = $8
     where msp_id = $1 and id = $2`,
    [mspId, id, review.verdict, review.by, review.at, review.note, review.seq, closed],
  );
  if (closed) await countOpen(tx, mspId, session_id, -1);
}

async function countOpen(tx: Tx, mspId: string, sessionId: string, by: number): Promise<void> {
  await tx.query('update session set open_flags = open_flags + $3 where msp_id = $1 and id = $2', [
    mspId,
    sessionId,
    by,
  ]);
}

/** Notes that a person opened the open flags of a session. False where they had seen them all. */
export async function markSeen(tx: Tx, mspId: string, sessionId: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into flag_seen (msp_id, flag_id, user_id)
     select f.msp_id, f.id, $3::uuid from flag f where f.msp_id = $1 and f.session_id = $2 and not f.closed and f.flagged_by <> $3::uuid
     on conflict do nothing`,
    [mspId, sessionId, userId],
  );
  return rowCount !== 0;
}
