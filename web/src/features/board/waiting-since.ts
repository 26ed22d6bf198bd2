import type { ApprovalFieldsFragment, SessionRowFragment } from '../../graphql/generated/operations.ts';

type Waits = SessionRowFragment & { approvals?: readonly ApprovalFieldsFragment[] };

/** What the person at the device, or a named approver, is asked now, for the longest time. */
export const waitingRequest = (session: Waits, byApprover = false): ApprovalFieldsFragment | null =>
  (session.approvals ?? [])
    .filter((a) => a.state === 'waiting' && a.byApprover === byApprover)
    .reduce<ApprovalFieldsFragment | null>((a, b) => (a && a.requestedAt <= b.requestedAt ? a : b), null);

/** What the keys and buttons of a session act on: a question to the person at the device before one to an approver. */
export const firstRequest = (session: Waits): ApprovalFieldsFragment | null =>
  waitingRequest(session) ?? waitingRequest(session, true);

/** Since when a session waits, as ISO text; null where that is not known: a technician's turn has no beginning of its own. */
export function waitingSince(session: Waits): string | null {
  if (session.onHoldSince) return session.onHoldSince;
  if (session.waitingOn === 'end_user' || session.waitingOn === 'approver')
    return waitingRequest(session, session.waitingOn === 'approver')?.requestedAt ?? null;
  if (session.waitingOn === 'endpoint' && !session.endpoint.online) return session.endpoint.lastSeenAt;
  return null;
}
