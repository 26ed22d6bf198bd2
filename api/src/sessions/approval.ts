import { DomainError, notFound } from '@throughline/domain/errors';
import { NUDGES_NO_APPROVER, asksApprover } from '@throughline/domain/policy/strong-rule';
import { type ApprovalRow, approvalById } from '@throughline/store/approval-store';
import { audit } from '@throughline/store/audit-store';
import { withTenant } from '@throughline/store/tenant';
import { nudgeUpdate, withdrawUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { step } from './step.ts';
import { actorOf, scopeOf } from './viewer.ts';

/** Shows the request to the person at the endpoint once more. What a named approver decides is nothing to remind them of: that is refused, and noted. */
export async function nudgeApproval(deps: Deps, viewer: Viewer, approvalId: string): Promise<void> {
  const approval = await seenApproval(deps, viewer, approvalId);
  const permission = viewer.role === 'technician' ? 'command.run' : 'session.assign';
  await step(deps, viewer, approval.session_id, permission, nudgeUpdate, async () => {
    await remindsPerson(deps, viewer, approval);
    return { approvalId, by: actorOf(viewer) };
  });
}

/** Noted in a transaction of its own: the refusal ends the step's. */
async function remindsPerson(deps: Deps, viewer: Viewer, { id, rule, session_id }: ApprovalRow): Promise<void> {
  if (!asksApprover(rule)) return;
  await withTenant(deps.pool, scopeOf(viewer), (tx) =>
    audit(tx, viewer.mspId, viewer.email, 'approval.nudge_refused', `session ${session_id}`, { approvalId: id, rule }),
  );
  throw new DomainError('INVALID_STATE', NUDGES_NO_APPROVER);
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

export async function seenApproval(deps: Deps, viewer: Viewer, approvalId: string): Promise<ApprovalRow> {
  const approval = await withTenant(deps.pool, scopeOf(viewer), (tx) => approvalById(tx, scopeOf(viewer), approvalId));
  if (approval === null) throw notFound('Request');
  return approval;
}
