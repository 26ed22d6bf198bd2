import type { UnattendedAsk } from '@throughline/domain/effect';
import type { ApprovalKind } from '@throughline/domain/session-state';
import type { Scope, Tx } from './tenant.ts';

export interface ApprovalRow {
  id: string;
  session_id: string;
  command_id: string | null;
  kind: ApprovalKind;
  hash: string;
  title: string;
  reason: string;
  changes: string;
  unchanged: string;
  undo: string;
  code: string;
  state: 'waiting' | 'approved' | 'denied' | 'expired' | 'withdrawn';
  technician_id: string;
  requested_at: Date;
  expires_at: Date;
  shown_at: Date | null;
  decided_at: Date | null;
  account: string | null;
  answer_reason: string | null;
  channel: string | null;
  nudges: number;
  nudged_at: Date | null;
  /** How often somebody called or wrote to the person, when last, and who. */
  contacts: number;
  contacted_at: Date | null;
  contacted_by: string | null;
  /** A named approver, by name; null: the person at the device. */
  contacted_whom: string | null;
  /** A command's: by which rule of the policy it asks; null: a session's question, or one from before rules were kept. */
  rule: string | null;
  /** The rule that would let its session run unattended; null: none does. */
  unattended: UnattendedAsk | null;
  /** Why the endpoint's owner does not allow that. */
  unattended_refused: string | null;
}

const COLUMNS = `a.id, a.session_id, a.command_id, a.kind, a.hash, a.title, a.reason, a.changes, a.unchanged, a.undo, a.code, a.state,
  a.technician_id, a.requested_at, a.expires_at, a.shown_at, a.decided_at, a.account, a.answer_reason, a.channel, a.nudges, a.nudged_at,
  a.contacts, a.contacted_at, a.contacted_by, a.contacted_whom,
  c.rule, a.unattended, a.unattended_refused`;
const FROM = `from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
  left join command c on c.msp_id = a.msp_id and c.id = a.command_id`;

export async function approvalsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<ApprovalRow[]> {
  const { rows } = await tx.query<ApprovalRow>(`select ${COLUMNS} ${FROM} where a.msp_id = $1 and a.id = any($2)`, [
    scope.mspId,
    ids,
  ]);
  return rows;
}

export async function approvalById(tx: Tx, scope: Scope, id: string): Promise<ApprovalRow | null> {
  return (await approvalsByIds(tx, scope, [id]))[0] ?? null;
}

export async function approvalsOfSession(tx: Tx, scope: Scope, sessionId: string): Promise<ApprovalRow[]> {
  const { rows } = await tx.query<ApprovalRow>(
    `select ${COLUMNS} ${FROM} where a.msp_id = $1 and a.session_id = $2 order by a.requested_at, a.id`,
    [scope.mspId, sessionId],
  );
  return rows;
}

/** Every request that waits for an answer, oldest first; of some endpoints where they are named. */
export async function waitingApprovals(
  tx: Tx,
  scope: Scope,
  endpointIds: readonly string[] | null,
): Promise<ApprovalRow[]> {
  const { rows } = await tx.query<ApprovalRow>(
    `select ${COLUMNS} ${FROM}
     where a.msp_id = $1 and a.state = 'waiting' and ($2::uuid[] is null or s.endpoint_id = any($2))
     order by a.requested_at, a.id`,
    [scope.mspId, endpointIds],
  );
  return rows;
}

/** Notes a call or a letter to whoever is asked (`whom`: an approver, by name); false when nobody is waited for any more. */
export async function noteContact(
  tx: Tx,
  mspId: string,
  approvalId: string,
  contact: { by: string; whom: string | null; at: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update approval_request set contacts = contacts + 1, contacted_at = $3, contacted_by = $4, contacted_whom = $5
     where msp_id = $1 and id = $2 and state = 'waiting'`,
    [mspId, approvalId, contact.at, contact.by, contact.whom],
  );
  return rowCount === 1;
}
