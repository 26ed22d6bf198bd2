import type { RightsReason } from '@throughline/domain/command-rights';
import { DomainError } from '@throughline/domain/errors';
import { publish } from '@throughline/store/notify';
import type { SessionRow } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { usersByIds } from '@throughline/store/user-store';
import { endAsking, noteAsking, watchersOf } from '@throughline/store/watch-store';
import { commandRightsUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { checkAssignee } from './assign.ts';
import { step } from './step.ts';
import { actorOf, allows, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

/* Of all who may command in a session one does at a time. Who that is stands on the page, and a change of it on the record. */

export const holderOf = (session: SessionRow): string | null => session.holder_id ?? session.assignee_id;

/** Takes command rights over: a senior at any time, the assignee once whoever has them has closed the session's page. */
export async function takeCommandRights(deps: Deps, viewer: Viewer, sessionId: string): Promise<void> {
  await move(deps, viewer, sessionId, async (tx, session) => {
    const senior = allows(viewer, 'command.run', false, session.client_id);
    if (!senior) permit(viewer, 'command.run', isOwn(viewer, session), session.client_id);
    const holder = holderOf(session);
    if (!senior && holder !== viewer.userId && (await isHere(tx, viewer, session, holder)))
      throw new DomainError(
        'CONFLICT',
        `${await nameOf(tx, viewer, holder)} has command rights and has the session open. Ask for them: one click hands them over.`,
      );
    return { to: viewer.userId, why: senior ? 'senior' : 'holder_gone' };
  });
}

/** Gives command rights to somebody: whoever has them hands them over, who assigns sessions may give them. */
export async function giveCommandRights(deps: Deps, viewer: Viewer, sessionId: string, userId: string): Promise<void> {
  await move(deps, viewer, sessionId, async (tx, session) => {
    const own = holderOf(session) === viewer.userId;
    if (!own) permit(viewer, 'session.assign', false, session.client_id);
    await checkAssignee(tx, viewer, session, userId, true);
    return { to: userId, why: own ? 'handed_over' : 'given' };
  });
}

/** Asks whoever has command rights for them, or no more. Seen by all who have the session open; no entry of the record. */
export async function askForCommandRights(deps: Deps, viewer: Viewer, sessionId: string, asks: boolean): Promise<void> {
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'command.run', true, session.client_id);
    if (session.status === 'completed' || holderOf(session) === null)
      throw new DomainError('INVALID_STATE', 'Nobody has command rights in this session, so there is nobody to ask.');
    if (holderOf(session) === viewer.userId && asks)
      throw new DomainError('INVALID_STATE', 'You have command rights in this session already.');
    if (!(await noteAsking(tx, scopeOf(viewer), { sessionId, userId: viewer.userId, asks })))
      throw new DomainError('INVALID_STATE', 'Open the session first: whoever has command rights must see who asks.');
    await publish(tx, { k: 'watch', m: viewer.mspId, s: sessionId });
  });
}

/** Whoever has command rights keeps them: all who asked stand there as not asking any more. */
export async function keepCommandRights(deps: Deps, viewer: Viewer, sessionId: string): Promise<void> {
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'command.run', true, session.client_id);
    if (holderOf(session) !== viewer.userId)
      throw new DomainError('INVALID_STATE', 'You have no command rights in this session, so there are none to keep.');
    await endAsking(tx, scopeOf(viewer), sessionId);
    await publish(tx, { k: 'watch', m: viewer.mspId, s: sessionId });
  });
}

async function move(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  decide: (tx: Tx, session: SessionRow) => Promise<{ to: string; why: RightsReason }>,
): Promise<void> {
  try {
    await step(deps, viewer, sessionId, 'session.see', commandRightsUpdate, async (tx, session) => {
      const { to, why } = await decide(tx, session);
      if (session.status === 'completed')
        throw new DomainError('INVALID_STATE', 'This session is completed. Open a follow-up session to go on.');
      const from = holderOf(session);
      if (from === null)
        throw new DomainError(
          'INVALID_STATE',
          'Nobody works on this session yet. Assign it, and who gets it may command.',
        );
      return { from, to, why, by: actorOf(viewer) };
    });
  } catch (error) {
    throw await named(deps, viewer, error);
  }
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    await endAsking(tx, scopeOf(viewer), sessionId);
    await publish(tx, { k: 'watch', m: viewer.mspId, s: sessionId });
  });
}

/** Of two who took them at once the later is told who was first. */
async function named(deps: Deps, viewer: Viewer, error: unknown): Promise<unknown> {
  const holderId = error instanceof DomainError ? error.details['holderId'] : undefined;
  if (typeof holderId !== 'string') return error;
  const name = await withTenant(deps.pool, scopeOf(viewer), (tx) => nameOf(tx, viewer, holderId));
  return new DomainError(
    'CONFLICT',
    `Command rights went to ${name} a moment ago. Look at the session before you take them.`,
  );
}

async function isHere(tx: Tx, viewer: Viewer, { id }: SessionRow, userId: string | null): Promise<boolean> {
  return (await watchersOf(tx, scopeOf(viewer), id)).some((watcher) => watcher.user_id === userId);
}

async function nameOf(tx: Tx, viewer: Viewer, userId: string | null): Promise<string> {
  const [user] = userId === null ? [] : await usersByIds(tx, viewer.mspId, [userId]);
  return user?.name ?? 'Somebody else';
}
