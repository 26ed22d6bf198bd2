import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { ReviewResult } from '@throughline/domain/quality-review';
import type { Scope, Tx } from './tenant.ts';

export interface ChecklistRow {
  id: string;
  name: string;
  items: string[];
}

/** The checklists in use, by name. */
export async function checklists(tx: Tx, mspId: string): Promise<ChecklistRow[]> {
  const { rows } = await tx.query<ChecklistRow>(
    'select id, name, items from checklist where msp_id = $1 and retired_at is null order by lower(name)',
    [mspId],
  );
  return rows;
}

/** Adds a checklist. Errors: CONFLICT when the name is in use. */
export async function createChecklist(tx: Tx, mspId: string, name: string, items: readonly string[]): Promise<void> {
  const { rowCount } = await tx.query(
    'insert into checklist (msp_id, id, name, items) values ($1, $2, $3, $4) on conflict do nothing',
    [mspId, randomUUID(), name, items],
  );
  if (rowCount === 0) throw new DomainError('CONFLICT', `There is a checklist “${name}” already. Retire it first.`);
}

export async function retireChecklist(tx: Tx, mspId: string, name: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update checklist set retired_at = now() where msp_id = $1 and name = $2 and retired_at is null',
    [mspId, name],
  );
  return rowCount === 1;
}

export interface ReviewRow {
  session_id: string;
  checklist: string;
  result: ReviewResult;
  entry_seq: number;
  reviewed_by: string;
  reviewed_at: Date;
}

/** The reviews of a session, newest first. */
export async function reviewsOf(tx: Tx, scope: Scope, sessionId: string): Promise<ReviewRow[]> {
  const { rows } = await tx.query<ReviewRow>(
    `select q.session_id, c.name as checklist, q.result, q.entry_seq, q.reviewed_by, q.reviewed_at
     from quality_review q join checklist c on c.msp_id = q.msp_id and c.id = q.checklist_id
     where q.msp_id = $1 and q.session_id = $2 order by q.reviewed_at desc, q.entry_seq desc`,
    [scope.mspId, sessionId],
  );
  return rows;
}

/** Also puts its result on the session's row, where lists look for it. */
export async function insertReview(
  tx: Tx,
  mspId: string,
  review: { sessionId: string; checklistId: string; entrySeq: number; result: ReviewResult; by: string },
): Promise<void> {
  await tx.query(
    `insert into quality_review (msp_id, id, session_id, checklist_id, entry_seq, result, reviewed_by)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [mspId, randomUUID(), review.sessionId, review.checklistId, review.entrySeq, review.result, review.by],
  );
  await tx.query('update session set review = $3 where msp_id = $1 and id = $2', [
    mspId,
    review.sessionId,
    review.result,
  ]);
}
