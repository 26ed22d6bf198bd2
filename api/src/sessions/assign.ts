import { DomainError, notFound } from '@throughline/domain/errors';
import type { Priority } from '@throughline/domain/sla';
import { grantsOf, usersByIds } from '@throughline/store/user-store';
import type { SessionRow } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import {
  acceptUpdate,
  assignUpdate,
  declineUpdate,
  escalateUpdate,
  holdUpdate,
  setPriorityUpdate,
} from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { doerOf, step } from './step.ts';
import { actorOf, scopeOf } from './viewer.ts';

export interface Assignment {
  sessionId: string;
  userId: string;
  reason: string;
  /** Which assignment of the session the person saw; null: any. */
  seen?: number | null;
  /** Also where the person is off shift. */
  offShift?: boolean;
}

/**
 * Gives a session to a technician or senior who may see its client. Errors: CONFLICT, naming who was first, when it was assigned after
 * what `seen` says.
 */
export async function assignSession(deps: Deps, viewer: Viewer, assignment: Assignment): Promise<void> {
  const { sessionId, userId, reason, seen, offShift } = assignment;
  try {
    await step(deps, viewer, sessionId, 'session.assign', assignUpdate, async (tx, session) => {
      if (session.status === 'completed')
        throw new DomainError('INVALID_STATE', 'This session is completed. Open a follow-up session to go on.');
      await checkAssignee(tx, viewer, session, userId, offShift);
      const reasonText = await textOrNull(tx, viewer, reason);
      return { to: userId, by: actorOf(viewer), reasonText, ...(seen != null && { expected: seen }) };
    });
  } catch (error) {
    throw await saidWho(deps, viewer, error);
  }
}

/** Of two who assign at once the later is told who was first, and to whom it went. */
async function saidWho(deps: Deps, viewer: Viewer, error: unknown): Promise<unknown> {
  if (!(error instanceof DomainError) || error.code !== 'CONFLICT') return error;
  const { assigneeId, assignedBy } = error.details;
  const ids = [assigneeId, assignedBy].filter((id) => typeof id === 'string');
  const people = await withTenant(deps.pool, scopeOf(viewer), (tx) => usersByIds(tx, viewer.mspId, ids));
  const name = (id: unknown) => people.find((person) => person.id === id)?.name;
  const by = assignedBy === viewer.userId ? 'You' : (name(assignedBy) ?? 'The session itself');
  const did = assigneeId === undefined ? 'put it back into the queue' : `gave it to ${name(assigneeId) ?? 'somebody'}`;
  return new DomainError(
    'CONFLICT',
    `${by} ${did} a moment ago. Look at the session, then assign it again if need be.`,
  );
}

/** Whoever the session was given to takes it on. */
export async function acceptSession(deps: Deps, viewer: Viewer, sessionId: string): Promise<void> {
  await step(deps, viewer, sessionId, 'session.start', acceptUpdate, (_tx, session) =>
    Promise.resolve({ by: doerOf(viewer, 'session.start', session) }),
  );
}

/** Whoever the session was given to gives it back, and says why. */
export async function declineSession(deps: Deps, viewer: Viewer, sessionId: string, reason: string): Promise<void> {
  requireReason(reason, 'Say why you decline: the dispatcher reads it and finds somebody else.');
  await step(deps, viewer, sessionId, 'session.start', declineUpdate, async (tx, session) => ({
    by: doerOf(viewer, 'session.start', session),
    reasonText: await keepText(tx, viewer.mspId, reason),
  }));
}

/** The session waits for the client, or no more. Where the SLA policy says so its clocks stand still meanwhile. */
export async function holdSession(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  held: boolean,
  reason: string,
): Promise<void> {
  await step(deps, viewer, sessionId, 'session.escalate', holdUpdate, async (tx, session) => {
    if (session.status === 'completed')
      throw new DomainError('INVALID_STATE', 'This session is completed. Open a follow-up session to go on.');
    if (held) requireReason(reason, 'Say what is waited for: it explains the time to whoever reads the record.');
    return { held, by: actorOf(viewer), reasonText: await textOrNull(tx, viewer, reason) };
  });
}

export async function escalateSession(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  userId: string,
  reason: string,
): Promise<void> {
  requireReason(reason, 'Say why you escalate: the senior starts from it.');
  await step(deps, viewer, sessionId, 'session.escalate', escalateUpdate, async (tx, session) => {
    await checkAssignee(tx, viewer, session, userId);
    const reasonText = await keepText(tx, viewer.mspId, reason);
    return { to: userId, by: actorOf(viewer), reasonText, urgent: true as const };
  });
}

export async function setPriority(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  priority: Priority,
  reason: string,
): Promise<void> {
  await step(deps, viewer, sessionId, 'session.assign', setPriorityUpdate, async (tx) => ({
    priority,
    by: actorOf(viewer),
    reasonText: await textOrNull(tx, viewer, reason),
  }));
}

export function requireReason(reason: string, words: string): void {
  if (reason.trim() === '') throw new DomainError('REASON_REQUIRED', words);
}

async function textOrNull(tx: Tx, viewer: Viewer, text: string): Promise<string | null> {
  return text.trim() === '' ? null : keepText(tx, viewer.mspId, text);
}

/** Refuses who cannot take work of this client: gone, in another role, off shift, or without access. */
export async function checkAssignee(
  tx: Tx,
  viewer: Viewer,
  session: Pick<SessionRow, 'client_id'>,
  userId: string,
  /** Takes somebody off shift too. */
  offShift = false,
): Promise<void> {
  const { rows } = await tx.query<{ name: string; role: string; on_shift: boolean; gone: boolean }>(
    'select name, role, on_shift, deactivated_at is not null as gone from app_user where msp_id = $1 and id = $2',
    [viewer.mspId, userId],
  );
  const person = rows[0];
  if (person === undefined) throw notFound('Person');
  if (person.gone)
    throw new DomainError('INVALID_STATE', `${person.name} is not active any more. Choose somebody who is.`);
  if (person.role !== 'technician' && person.role !== 'senior')
    throw new DomainError(
      'INVALID_INPUT',
      `${person.name} is a ${person.role} and cannot work in sessions. Choose a technician or senior.`,
    );
  if (!person.on_shift && !offShift)
    throw new DomainError(
      'INVALID_STATE',
      `${person.name} is off shift. Choose somebody who is on shift, or say that it goes to them all the same.`,
    );
  const grants = await grantsOf(tx, viewer.mspId, userId);
  if (grants !== '*' && !grants.includes(session.client_id))
    throw new DomainError('FORBIDDEN', `${person.name} has no access to this client. Choose somebody who has.`);
}
