import { DomainError, notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { addToIncident, closeIncident, openIncident, takeFromIncident } from '@throughline/store/incident-store';
import { publish } from '@throughline/store/notify';
import { sessionsByIds, sessionsOfIncident } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { MAX_ITEMS } from './assign-many.ts';
import { permit, permitSomewhere, scopeOf } from './viewer.ts';

/* One trouble at several endpoints. Only the grouping is kept here: every session goes on and ends for itself. */

const MAX_TITLE = 200;

/** The title as it is kept. Errors: INVALID_INPUT. */
export function incidentTitle(title: string): string {
  const kept = title.trim();
  if (kept === '' || kept.length > MAX_TITLE)
    throw new DomainError('INVALID_INPUT', `An incident needs a title of 1 to ${MAX_TITLE} characters.`);
  return kept;
}

/** Opens an incident for sessions that are seen together from now on. Returns its id. */
export async function makeIncident(
  deps: Pick<Deps, 'pool'>,
  viewer: Viewer,
  title: string,
  sessionIds: readonly string[],
): Promise<string> {
  permitSomewhere(viewer, 'session.assign', false);
  const kept = incidentTitle(title);
  return changing(deps, viewer, sessionIds, async (tx) => {
    const id = await openIncident(tx, viewer.mspId, kept, viewer.userId, sessionIds);
    await audit(tx, viewer.mspId, viewer.email, 'incident.opened', kept, { sessions: sessionIds.length });
    return id;
  });
}

/** Puts sessions into an incident, or takes them out of it. */
export async function regroup(
  deps: Pick<Deps, 'pool'>,
  viewer: Viewer,
  incidentId: string,
  sessionIds: readonly string[],
  within: boolean,
): Promise<void> {
  permitSomewhere(viewer, 'session.assign', false);
  await changing(deps, viewer, sessionIds, async (tx) => {
    await (within ? addToIncident : takeFromIncident)(tx, scopeOf(viewer), incidentId, sessionIds);
    const what = within ? 'incident.sessions_added' : 'incident.sessions_removed';
    await audit(tx, viewer.mspId, viewer.email, what, incidentId, { sessions: sessionIds.length });
  });
}

/** Says that the trouble is over; its sessions stay as they are. */
export async function endIncident(deps: Pick<Deps, 'pool'>, viewer: Viewer, incidentId: string): Promise<void> {
  permitSomewhere(viewer, 'session.assign', false);
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    for (const { client_id } of await sessionsOfIncident(tx, scopeOf(viewer), incidentId))
      permit(viewer, 'session.assign', false, client_id);
    const { title } = await closeIncident(tx, scopeOf(viewer), incidentId);
    await audit(tx, viewer.mspId, viewer.email, 'incident.closed', title, {});
  });
}

/** In one transaction; everybody's board hears of each session. Errors: NOT_FOUND where a session is out of reach. */
function changing<T>(
  deps: Pick<Deps, 'pool'>,
  viewer: Viewer,
  sessionIds: readonly string[],
  change: (tx: Tx) => Promise<T>,
): Promise<T> {
  const wanted = [...new Set(sessionIds)];
  if (wanted.length === 0) throw new DomainError('INVALID_INPUT', 'Select at least one session.');
  if (wanted.length > MAX_ITEMS)
    throw new DomainError('TOO_LARGE', `Up to ${MAX_ITEMS} sessions are grouped at once. Select fewer.`);
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const sessions = await sessionsByIds(tx, scopeOf(viewer), wanted);
    if (sessions.length < wanted.length) throw notFound('Session');
    for (const { client_id } of sessions) permit(viewer, 'session.assign', false, client_id);
    const done = await change(tx);
    for (const id of wanted) await publish(tx, { k: 'session', m: viewer.mspId, s: id });
    return done;
  });
}
