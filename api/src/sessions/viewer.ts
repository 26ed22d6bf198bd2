import { DomainError, notFound } from '@throughline/domain/errors';
import { mayDo, maySomewhere } from '@throughline/domain/rights';
import type { Permission } from '@throughline/domain/role';
import type { ActorRef } from '@throughline/domain/session-state';
import { type SessionRow, sessionById } from '@throughline/store/session-store';
import type { Scope, Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';

export const scopeOf = (viewer: Viewer): Scope => ({ mspId: viewer.mspId, clients: viewer.clients });

export const actorOf = (viewer: Viewer): ActorRef => ({ kind: 'user', id: viewer.userId });

/** Who an entry is by, spelt out as the record keeps it: it stays true when the person's name or role changes. */
export const authorOf = ({ userId: id, name, email, role }: Viewer) => ({
  kind: 'user' as const,
  id,
  name,
  email,
  role,
});

/**
 * Where every right is decided: the published role table with what the organisation changed of it, at the client that it is about
 * (null: about none), in the person's own session or not.
 */
export const allows = (viewer: Viewer, permission: Permission, own: boolean, clientId: string | null): boolean =>
  mayDo(viewer.role, viewer.rights, permission, own, clientId);

/** Refuses with FORBIDDEN what is not allowed. */
export function permit(viewer: Viewer, permission: Permission, own: boolean, clientId: string | null = null): void {
  if (!allows(viewer, permission, own, clientId)) throw forbidden(viewer, permission);
}

/** The same before the client is known: refuses what is not allowed for any. Whoever asks this asks `permit` once it is known. */
export function permitSomewhere(viewer: Viewer, permission: Permission, own: boolean): void {
  if (!maySomewhere(viewer.role, viewer.rights, permission, own)) throw forbidden(viewer, permission);
}

function forbidden(viewer: Viewer, permission: Permission): DomainError {
  return new DomainError('FORBIDDEN', `Your role (${viewer.role}) may not do this. Ask somebody whose work it is.`, {
    permission,
  });
}

/** How people sign in and what roles may do concerns everybody, so whoever sees some clients only may not change it. Errors: FORBIDDEN. */
export function mayGovernSignIn(viewer: Viewer): void {
  permit(viewer, 'settings.write', true);
  if (viewer.clients !== '*')
    throw new DomainError(
      'FORBIDDEN',
      'Only an admin who sees all clients may change how people sign in and what they may do.',
    );
}

/** The session as this person may see it; another client's is not found, in the same words as none. */
export async function seenSession(tx: Tx, viewer: Viewer, sessionId: string): Promise<SessionRow> {
  const session = await sessionById(tx, scopeOf(viewer), sessionId);
  if (session === null) throw notFound('Session');
  return session;
}

/** Whether the session's commands are the person's own: it is assigned to them, or they were handed command rights. */
export const commandsAreOwn = (viewer: Viewer, session: SessionRow): boolean =>
  isOwn(viewer, session) || session.holder_id === viewer.userId;

export const isOwn = (viewer: Viewer, session: SessionRow): boolean => session.assignee_id === viewer.userId;
