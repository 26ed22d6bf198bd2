import { DomainError, notFound } from '@throughline/domain/errors';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { type ApprovalRow, noteContact } from '@throughline/store/approval-store';
import { type AskedApprover, askedApprovers } from '@throughline/store/asked-approver-store';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import { lockSession } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { approvalIn } from './approval.ts';
import { authorOf, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

const MAX_WORDS = 500;

export interface Contact {
  approvalId: string;
  /** Which of the named approvers, where one is asked; null: the person at the device is. */
  approverId: string | null;
  how: 'phone' | 'email' | 'other';
  /** Somebody answered. */
  reached: boolean;
  words: string;
  idempotencyKey: string;
}

/** Notes that whoever is waited for was called or written to: straight onto the record, no state of the workflow. It answers nothing. */
export async function recordContact(deps: Deps, viewer: Viewer, input: Contact): Promise<void> {
  const { approvalId, how, reached } = input;
  const words = input.words.trim();
  if (words.length > MAX_WORDS) throw new DomainError('TOO_LARGE', `The note holds up to ${MAX_WORDS} characters.`);
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const approval = await approvalIn(tx, viewer, approvalId);
    const { session_id: sessionId, command_id } = approval;
    const session = await seenSession(tx, viewer, sessionId);
    const permission = viewer.role === 'technician' ? 'command.run' : 'session.assign';
    permit(viewer, permission, isOwn(viewer, session), session.client_id);
    const approver = await approverOf(tx, viewer.mspId, approval, input.approverId);
    await lockSession(tx, sessionId);
    const at = new Date();
    const { isNew } = await appendEntry(tx, viewer.mspId, sessionId, {
      kind: 'person_contacted',
      key: `contacted:${viewer.userId}:${input.idempotencyKey}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: at.toISOString(),
      payload: { approvalId, how, reached, words, ...(approver && { approver: approver.name }) },
    });
    if (!isNew) return;
    if (!(await noteContact(tx, viewer.mspId, approvalId, { by: viewer.name, whom: approver?.name ?? null, at })))
      throw new DomainError('INVALID_STATE', 'This request has been answered or ended: nobody is waited for any more.');
    await publish(tx, { k: 'approval', m: viewer.mspId, s: sessionId, ...(command_id && { c: command_id }) });
  });
}

/** Who was contacted, where a named approver is asked; null: the person at the device. Errors: NOT_FOUND, INVALID_INPUT. */
async function approverOf(
  tx: Tx,
  mspId: string,
  { id, rule }: ApprovalRow,
  approverId: string | null,
): Promise<AskedApprover | null> {
  if (approverId === null) {
    if (!asksApprover(rule)) return null;
    throw new DomainError('INVALID_INPUT', 'A named approver is asked here. Say which of them was contacted.');
  }
  const asked = asksApprover(rule) ? (await askedApprovers(tx, mspId, [id])).get(id) : undefined;
  const approver = asked?.find((each) => each.id === approverId);
  if (approver === undefined) throw notFound('Approver');
  return approver;
}
