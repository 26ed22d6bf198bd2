import { DomainError } from '@throughline/domain/errors';
import { noteContact } from '@throughline/store/approval-store';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import { lockSession } from '@throughline/store/session-store';
import { withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { seenApproval } from './approval.ts';
import { authorOf, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

const MAX_WORDS = 500;

export interface Contact {
  approvalId: string;
  how: 'phone' | 'email' | 'other';
  /** Somebody answered. */
  reached: boolean;
  words: string;
  idempotencyKey: string;
}

/** Notes that the person who is waited for was called or written to: straight onto the record, no state of the workflow. It answers nothing. */
export async function recordContact(deps: Deps, viewer: Viewer, input: Contact): Promise<void> {
  const { approvalId, how, reached } = input;
  const words = input.words.trim();
  if (words.length > MAX_WORDS) throw new DomainError('TOO_LARGE', `The note holds up to ${MAX_WORDS} characters.`);
  const { session_id: sessionId } = await seenApproval(deps, viewer, approvalId);
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, viewer.role === 'technician' ? 'command.run' : 'session.assign', isOwn(viewer, session));
    await lockSession(tx, sessionId);
    const at = new Date();
    const { isNew } = await appendEntry(tx, viewer.mspId, sessionId, {
      kind: 'person_contacted',
      key: `contacted:${viewer.userId}:${input.idempotencyKey}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: at.toISOString(),
      payload: { approvalId, how, reached, words },
    });
    if (!isNew) return;
    if (!(await noteContact(tx, viewer.mspId, approvalId, { by: viewer.name, at })))
      throw new DomainError('INVALID_STATE', 'This request has been answered or ended: nobody is waited for any more.');
    await publish(tx, { k: 'approval', m: viewer.mspId, s: sessionId });
  });
}
