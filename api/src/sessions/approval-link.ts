import { LINK_GAP_MS, LINK_LIFETIME_MS } from '@throughline/domain/approval-link';
import { DomainError } from '@throughline/domain/errors';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import type { ApprovalRow } from '@throughline/store/approval-store';
import {
  type AskedPerson,
  askedPeople,
  holdNewestLink,
  makeApprovalLink,
} from '@throughline/store/approval-link-store';
import { audit } from '@throughline/store/audit-store';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import { type SessionRow, lockSession } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { approvalIn } from './approval.ts';
import { askFacts } from './facts.ts';
import { authorOf, commandsAreOwn, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

/** Whoever pressed the button waits for the computer's word no longer than this. */
const ASK_WAIT_MS = 2_000;
const OVER = 'This request has been answered or ended: nobody is waited for any more.';

/** Why no link to a question can be mailed now, as a sentence that says what to do; null: one can. */
export function linkHindrance(
  { state, rule, expires_at, unattended, unattended_refused }: ApprovalRow,
  person: AskedPerson | undefined,
  mails: boolean,
): string | null {
  if (state !== 'waiting' || expires_at.getTime() <= Date.now()) return OVER;
  if (asksApprover(rule)) return 'A named approver is asked here, with a passkey. A link cannot answer for them.';
  if (unattended !== null && unattended_refused === null)
    return 'The computer is asked first whether its owner lets this run unattended. Wait for its word.';
  if (unattended?.orAsk === false)
    return 'The owner does not let this run unattended, and the policy has nobody asked instead: there is no question to answer.';
  if (person === undefined || person.email === '')
    return 'The client’s record has no e-mail address of a contact, and a link goes to nobody else. An admin adds it under Settings → Clients.';
  if (!z.email().safeParse(person.email).success)
    return 'The contact’s e-mail address in the client’s record cannot be written to. An admin corrects it under Settings → Clients.';
  if (!mails) return 'No mail server is set, so no link can be sent. Whoever runs this server sets SMTP_URL.';
  if (!person.online)
    return 'The computer is offline, and an answer by a link counts only there. Wait until it is back.';
  if (!person.takesLinks)
    return 'The computer does not say that its owner lets an answer by a link count. The owner allows it with "approvalLink": true in policy.json, where no approvers are pinned. If that stands there, its runtime is older than links: update it.';
  return null;
}

/**
 * Mails the person who is asked a link to the question, by which they answer on a phone. Nobody of the staff ever sees the link, and it goes
 * to the address in the client's record alone. Errors: NOT_FOUND, FORBIDDEN, INVALID_STATE, RATE_LIMITED.
 */
export async function sendApprovalLink(deps: Deps, viewer: Viewer, approvalId: string): Promise<void> {
  const endpointId = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const { approval, session } = await permitted(tx, viewer, approvalId);
    // Before the computer is troubled with it.
    await mayGo(deps, tx, viewer.mspId, approval, { takesLinks: true });
    return session.endpoint_id;
  });
  // The owner may have changed the file since the computer last told.
  await askFacts(deps, viewer, endpointId, ASK_WAIT_MS);
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const { session } = await permitted(tx, viewer, approvalId);
    await lockSession(tx, session.id);
    const approval = await approvalIn(tx, viewer, approvalId);
    const { person, at } = await mayGo(deps, tx, viewer.mspId, approval);
    const { name, email } = person;
    const expiresAt = new Date(Math.min(approval.expires_at.getTime(), at.getTime() + LINK_LIFETIME_MS));
    const made = { approvalId, name, email, sentBy: viewer.userId, at, expiresAt };
    const linkId = await makeApprovalLink(tx, viewer.mspId, deps.seal, made);
    await appendEntry(tx, viewer.mspId, session.id, {
      kind: 'approval_link_sent',
      key: `link:${linkId}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: at.toISOString(),
      payload: { approvalId, linkId, name, email, expiresAt: expiresAt.toISOString() },
    });
    await audit(tx, viewer.mspId, viewer.email, 'approval.link_sent', `session ${session.number}`, {
      ...{ approvalId, name, email },
    });
    const { command_id: c } = approval;
    await publish(tx, { k: 'approval', m: viewer.mspId, s: session.id, ...(c && { c }) });
  });
}

/** The request and its session, where this person may remind of it. */
async function permitted(
  tx: Tx,
  viewer: Viewer,
  approvalId: string,
): Promise<{ approval: ApprovalRow; session: SessionRow }> {
  const approval = await approvalIn(tx, viewer, approvalId);
  const session = await seenSession(tx, viewer, approval.session_id);
  const permission = viewer.role === 'technician' ? 'command.run' : 'session.assign';
  const own = permission === 'command.run' ? commandsAreOwn(viewer, session) : isOwn(viewer, session);
  permit(viewer, permission, own || session.assignee_id === null, session.client_id);
  return { approval, session };
}

/** Whom the link goes to; `taken`: what is taken for so. Holds the newest link. Errors: INVALID_STATE, RATE_LIMITED. */
async function mayGo(deps: Deps, tx: Tx, mspId: string, approval: ApprovalRow, taken: Partial<AskedPerson> = {}) {
  const { id } = approval;
  const person = (await askedPeople(tx, mspId, [id])).get(id);
  const hindrance = linkHindrance(approval, person && { ...person, ...taken }, deps.mails);
  if (hindrance !== null || person === undefined) throw new DomainError('INVALID_STATE', hindrance ?? OVER);
  const last = await holdNewestLink(tx, mspId, id);
  const at = new Date();
  if (last !== null && last.answered_at !== null && last.refused_why === null)
    throw new DomainError(
      'INVALID_STATE',
      'An answer by the last link is on its way to the computer. Give it a moment.',
    );
  if (last !== null && at.getTime() - last.created_at.getTime() < LINK_GAP_MS)
    throw new DomainError('RATE_LIMITED', 'A link went out less than 30 seconds ago. Give them a moment, or call.');
  return { person, at };
}
