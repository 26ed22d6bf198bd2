import { randomUUID } from 'node:crypto';
import type { UpdateDefinition } from '@temporalio/common';
import type { Doer } from '@throughline/domain/session-case';
import type { Permission } from '@throughline/domain/role';
import type { SessionRow } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { allows, commandsAreOwn, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

/** How long an answer waits for the store to show the step it tells of. */
const SETTLE_MS = 2_000;

/** Resolves when the store shows what that very Update wanted: an event of the session alone may tell of the step before it. */
export const stepShown = (deps: Pick<Deps, 'hub'>, sessionId: string, updateId: string): Promise<void> =>
  deps.hub.next((event) => event.k === 'step' && event.s === sessionId && event.a === updateId, SETTLE_MS);

export const doerOf = (viewer: Viewer, permission: Permission, session: SessionRow): Doer => ({
  id: viewer.userId,
  any: allows(viewer, permission, false, session.client_id),
});

/**
 * One step of a session: load it as the person may see it, check the role, keep what must be kept, send the Update, and return once
 * the store shows it. `prepare` runs in a transaction and returns the Update's argument.
 */
export async function step<Arg>(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  permission: Permission,
  definition: UpdateDefinition<void, [Arg]>,
  prepare: (tx: Tx, session: SessionRow) => Promise<Arg>,
  updateId: string = randomUUID(),
): Promise<void> {
  const arg = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    const own = permission === 'command.run' ? commandsAreOwn(viewer, session) : isOwn(viewer, session);
    permit(viewer, permission, own || session.assignee_id === null, session.client_id);
    return prepare(tx, session);
  });
  const settled = stepShown(deps, sessionId, updateId);
  await deps.sessions.update(sessionId, definition, arg, updateId);
  await settled;
}
