import { DomainError, notFound } from '@throughline/domain/errors';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { type ApprovalRow, approvalById } from '@throughline/store/approval-store';
import { askedApprovers } from '@throughline/store/asked-approver-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { nudgeUpdate, withdrawUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { step } from './step.ts';
import { actorOf, scopeOf } from './viewer.ts';

/** Asks once more: the person at the endpoint there, named approvers by mail and on their own pages. Errors: INVALID_STATE where none is left. */
export async function nudgeApproval(deps: Deps, viewer: Viewer, approvalId: string): Promise<void> {
  const approval = await seenApproval(deps, viewer, approvalId);
  const permission = viewer.role === 'technician' ? 'command.run' : 'session.assign';
  await step(deps, viewer, approval.session_id, permission, nudgeUpdate, async (tx) => {
    await someoneIsAsked(tx, viewer.mspId, approval);
    return { approvalId, by: actorOf(viewer) };
  });
}

/** Nobody would be reminded, and the record would say that somebody was. */
async function someoneIsAsked(tx: Tx, mspId: string, { id, rule, state }: ApprovalRow): Promise<void> {
  if (state !== 'waiting' || !asksApprover(rule) || (await askedApprovers(tx, mspId, [id])).has(id)) return;
  throw new DomainError('INVALID_STATE', 'No approver has a passkey any more: withdraw it.');
}

export async function withdrawApproval(deps: Deps, viewer: Viewer, approvalId: string): Promise<void> {
  const approval = await seenApproval(deps, viewer, approvalId);
  await step(deps, viewer, approval.session_id, 'command.run', withdrawUpdate, () =>
    Promise.resolve({ approvalId, by: actorOf(viewer) }),
  );
}

/** Nobody at the MSP can approve: with a staff sign-in the answer is always no. */
export async function decideApproval(deps: Deps, viewer: Viewer, approvalId: string): Promise<never> {
  await seenApproval(deps, viewer, approvalId);
  throw new DomainError(
    'FORBIDDEN',
    'Nobody at the MSP can approve or deny. Only the person at the device can, on its own page, or a named approver, with a passkey.',
  );
}

const seenApproval = (deps: Deps, viewer: Viewer, approvalId: string): Promise<ApprovalRow> =>
  withTenant(deps.pool, scopeOf(viewer), (tx) => approvalIn(tx, viewer, approvalId));

/** The request as this person may see it; another client's is not found. */
export async function approvalIn(tx: Tx, viewer: Viewer, approvalId: string): Promise<ApprovalRow> {
  const approval = await approvalById(tx, scopeOf(viewer), approvalId);
  if (approval === null) throw notFound('Request');
  return approval;
}
