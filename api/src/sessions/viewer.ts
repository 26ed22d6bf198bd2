import { DomainError, notFound } from '@throughline/domain/errors';
import { type Permission, may } from '@throughline/domain/role';
import type { ActorRef } from '@throughline/domain/session-state';
import { type SessionRow, sessionById } from '@throughline/store/session-store';
import type { Scope, Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';

export const scopeOf = (viewer: Viewer): Scope => ({ mspId: viewer.mspId, clients: viewer.clients });

export const actorOf = (viewer: Viewer): ActorRef => ({ kind: 'user', id: viewer.userId });

/** Refuses with FORBIDDEN what the role table does not give. */
export function permit(viewer: Viewer, permission: Permission, own: boolean): void {
  if (!may(viewer.role, permission, own))
    throw new DomainError('FORBIDDEN', `Your role (${viewer.role}) may not do this. Ask somebody whose work it is.`, {
      permission,
    });
}

/** How people sign in and what roles may do concerns everybody, so whoever sees some clients only may not change it. Errors: FORBIDDEN. */
export function mayGovernSignIn(viewer: Viewer): void {
  permit(viewer, 'settings.write', true);
  if (viewer.clients !== '*')
    throw new DomainError('FORBIDDEN', 'Only an admin who sees all clients may change how people sign in.');
}

/** The session as this person may see it; another client's is not found, in the same words as none. */
export async function seenSession(tx: Tx, viewer: Viewer, sessionId: string): Promise<SessionRow> {
  const session = await sessionById(tx, scopeOf(viewer), sessionId);
  if (session === null) throw notFound('Session');
  return session;
}

export const isOwn = (viewer: Viewer, session: SessionRow): boolean => session.assignee_id === viewer.userId;
