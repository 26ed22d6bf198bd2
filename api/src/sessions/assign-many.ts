import { DomainError, isDomainError } from '@throughline/domain/errors';
import type { Priority } from '@throughline/domain/sla';
import { withTenant } from '@throughline/store/tenant';
import pLimit from 'p-limit';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { assignSession, checkAssignee, requireReason } from './assign.ts';
import { openOn } from './open-session.ts';
import { permit, permitSomewhere, scopeOf, seenSession } from './viewer.ts';

/** As many as a person can oversee; a longer list is a mistake or an attack. */
export const MAX_ITEMS = 200;
/** Sessions taken on at a time: enough to be quick, few enough to leave connections to everybody else. */
const AT_A_TIME = 8;

/** One session, or one endpoint that gets a session, and who is to have it. */
export interface AssignItem {
  sessionId: string | null;
  endpointId: string | null;
  userId: string;
  /** Which assignment of the session the person saw; null: any. */
  seen: number | null;
}
/** What the sessions of endpoints without one are opened with. */
export interface Opening {
  title: string;
  request: string;
  requester: string;
  channel: string;
  priority: Priority;
}
export interface AssignOutcome extends AssignItem {
  failure: DomainError | null;
}

/**
 * Gives several sessions to several people in one action. Each has an answer of its own: what could not be done does not undo the
 * rest. An endpoint without an open session gets one, not started, so that its technician finds it ready.
 */
export async function assignMany(
  deps: Deps,
  viewer: Viewer,
  items: readonly AssignItem[],
  reason: string,
  opening: Opening | null,
  idempotencyKey: string,
  offShift: boolean,
): Promise<AssignOutcome[]> {
  permitSomewhere(viewer, 'session.assign', false);
  if (items.length === 0) throw new DomainError('INVALID_INPUT', 'Select at least one row to assign.');
  if (items.length > MAX_ITEMS)
    throw new DomainError('TOO_LARGE', `Up to ${MAX_ITEMS} rows are assigned at once. Select fewer.`);
  const limit = pLimit(AT_A_TIME);
  return Promise.all(
    items.map((item) =>
      limit(async () => {
        try {
          return {
            ...item,
            sessionId: await assignOne(deps, viewer, item, reason, opening, idempotencyKey, offShift),
            failure: null,
          };
        } catch (error) {
          if (isDomainError(error)) return { ...item, failure: error };
          throw error;
        }
      }),
    ),
  );
}

async function assignOne(
  deps: Deps,
  viewer: Viewer,
  item: AssignItem,
  reason: string,
  opening: Opening | null,
  idempotencyKey: string,
  offShift: boolean,
): Promise<string> {
  const { endpointId, userId } = item;
  if ((item.sessionId === null) === (endpointId === null))
    throw new DomainError('INVALID_INPUT', 'Name a session or an endpoint to assign, one of the two.');
  if (item.sessionId !== null) {
    const sessionId = item.sessionId;
    const session = await withTenant(deps.pool, scopeOf(viewer), (tx) => seenSession(tx, viewer, sessionId));
    if (session.assignee_id !== null && session.assignee_id !== userId)
      requireReason(reason, 'Say why it moves: both technicians read it.');
    await assignSession(deps, viewer, { sessionId, userId, reason, seen: item.seen, offShift });
    return sessionId;
  }
  if (opening === null)
    throw new DomainError('INVALID_INPUT', 'An endpoint without a session needs a title for the one it gets.');
  // Before the session is opened: one that nobody can take would be left over.
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const { rows } = await tx.query<{ client_id: string }>(
      'select client_id from endpoint where msp_id = $1 and id = $2',
      [viewer.mspId, endpointId],
    );
    if (rows[0] === undefined) return;
    permit(viewer, 'session.assign', false, rows[0].client_id);
    await checkAssignee(tx, viewer, rows[0], userId, offShift);
  });
  const start = { ...opening, endpointId: endpointId ?? '', idempotencyKey: `${idempotencyKey}:${endpointId}` };
  const sessionId = await openOn(deps, viewer, start);
  await assignSession(deps, viewer, { sessionId, userId, reason, offShift });
  return sessionId;
}
