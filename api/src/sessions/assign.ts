import { DomainError, notFound } from '@throughline/domain/errors';
import type { Priority } from '@throughline/domain/sla';
import { grantsOf } from '@throughline/store/user-store';
import type { SessionRow } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import { assignUpdate, escalateUpdate, setPriorityUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { step } from './step.ts';
import { actorOf } from './viewer.ts';

/** Gives a session to a technician or senior who may see its client. */
export async function assignSession(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  userId: string,
  reason: string,
): Promise<void> {
  await step(deps, viewer, sessionId, 'session.assign', assignUpdate, async (tx, session) => {
    await checkAssignee(tx, viewer, session, userId);
    return { to: userId, by: actorOf(viewer), reasonText: await textOrNull(tx, viewer, reason) };
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
    return { to: userId, by: actorOf(viewer), reasonText: await keepText(tx, viewer.mspId, reason) };
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
  if (!person.on_shift)
    throw new DomainError('INVALID_STATE', `${person.name} is off shift. Choose somebody who is on shift.`);
  const grants = await grantsOf(tx, viewer.mspId, userId);
  if (grants !== '*' && !grants.includes(session.client_id))
    throw new DomainError('FORBIDDEN', `${person.name} has no access to this client. Choose somebody who has.`);
}
