import { createHash, randomUUID } from 'node:crypto';
import { uuidText } from '@throughline/domain/bytes';
import { DomainError, notFound } from '@throughline/domain/errors';
import { zSessionDetails } from '@throughline/domain/session-details';
import type { ActorRef } from '@throughline/domain/session-state';
import type { Priority } from '@throughline/domain/sla';
import { slaOfClient } from '@throughline/store/sla-store';
import { openSessionsOfEndpoint, sessionsByIds } from '@throughline/store/session-store';
import { withTenant } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import type { SessionDetails } from '@throughline/domain/session-details';
import { permit, permitSomewhere, scopeOf } from './viewer.ts';

/** RFC 9562 UUIDv5 in a namespace of our own: the same ticket always makes the same session. */
export function uuidV5(...parts: string[]): string {
  const namespace = Buffer.from('6f1b7c1e5b0a4d0e9a86f3f0c2a91d57', 'hex');
  const bytes = createHash('sha1').update(namespace).update(parts.join('\0')).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidText(bytes);
}

export interface OpenRequest {
  mspId: string;
  sessionId: string;
  clientId: string;
  endpointId: string;
  details: SessionDetails;
  priority: Priority;
  by: ActorRef;
  /** Same key, same session: the delivery's id, or the browser's idempotency key. */
  updateId: string;
}

/** Opens a session once, however often it is asked for. */
export async function openSession(deps: Pick<Deps, 'pool' | 'sessions'>, request: OpenRequest): Promise<void> {
  const { mspId, sessionId, clientId, endpointId, priority, by } = request;
  const details = zSessionDetails.parse(request.details);
  const known = await withTenant(deps.pool, { mspId, clients: '*' }, async (tx) => {
    const session = await tx.query('select 1 from session where msp_id = $1 and id = $2', [mspId, sessionId]);
    if (session.rowCount !== 0) return null;
    const detailsText = await keepText(tx, mspId, JSON.stringify(details), uuidV5(sessionId, 'details'));
    const endpoint = await tx.query<{ online: boolean }>('select online from endpoint where msp_id = $1 and id = $2', [
      mspId,
      endpointId,
    ]);
    const { policy: sla } = await slaOfClient(tx, mspId, clientId);
    return { detailsText, online: endpoint.rows[0]?.online ?? false, sla };
  });
  // A closed workflow's id is forgotten; the row is not.
  if (known === null) return;
  const open = { clientId, endpointId, detailsText: known.detailsText, priority, by };
  await deps.sessions.open(mspId, sessionId, known.sla, { open, endpointOnline: known.online }, request.updateId);
}

export interface AdHocStart {
  endpointId: string;
  title: string;
  request: string;
  requester: string;
  channel: string;
  priority: Priority;
  idempotencyKey: string | null;
  follows?: { sessionId: string; number: number };
  /** Refuse when another session is open there. */
  unlessOpen?: boolean;
}

/** A session without a ticket, from an endpoint's page. Returns its id. */
export async function openAdHoc(deps: Deps, viewer: Viewer, start: AdHocStart): Promise<string> {
  permitSomewhere(viewer, 'session.start', true);
  const endpoint = await endpointOf(deps, viewer, start.endpointId);
  permit(viewer, 'session.start', true, endpoint.client_id);
  return openOn(deps, viewer, start);
}

/** Opens a session on an endpoint for a person whose right to do so was checked. Returns its id. */
export async function openOn(deps: Deps, viewer: Viewer, start: AdHocStart): Promise<string> {
  const endpoint = await endpointOf(deps, viewer, start.endpointId);
  if (endpoint.retired_at !== null)
    throw new DomainError('INVALID_STATE', 'This endpoint is retired. Its records stay readable.');
  const sessionId =
    start.idempotencyKey === null ? randomUUID() : uuidV5(viewer.mspId, viewer.userId, start.idempotencyKey);
  if (start.unlessOpen === true) await refuseSecond(deps, viewer, start.endpointId, sessionId);
  const opened = deps.hub.next((event) => event.k === 'session' && event.s === sessionId, 5_000);
  await openSession(deps, {
    mspId: viewer.mspId,
    sessionId,
    clientId: endpoint.client_id,
    endpointId: start.endpointId,
    details: {
      title: start.title,
      request: start.request,
      requester: start.requester,
      channel: start.channel,
      ticket: null,
      ...(start.follows === undefined ? {} : { follows: start.follows }),
    },
    priority: start.priority,
    by: { kind: 'user', id: viewer.userId },
    updateId: `open:${sessionId}`,
  });
  await opened;
  return sessionId;
}

/** Errors: NOT_FOUND. */
async function endpointOf(
  deps: Deps,
  viewer: Viewer,
  endpointId: string,
): Promise<{ client_id: string; retired_at: Date | null }> {
  const endpoint = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const { rows } = await tx.query<{ client_id: string; retired_at: Date | null }>(
      'select client_id, retired_at from endpoint where msp_id = $1 and id = $2',
      [viewer.mspId, endpointId],
    );
    return rows[0];
  });
  if (endpoint === undefined) throw notFound('Endpoint');
  return endpoint;
}

/** Two people on one computer without knowing of each other is what this prevents; the same start again is no second one. */
async function refuseSecond(deps: Deps, viewer: Viewer, endpointId: string, sessionId: string): Promise<void> {
  const [other] = await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const open = await openSessionsOfEndpoint(tx, viewer.mspId, endpointId);
    return sessionsByIds(tx, scopeOf(viewer), open.includes(sessionId) ? [] : open.slice(0, 1));
  });
  if (other !== undefined)
    throw new DomainError(
      'CONFLICT',
      `Session ${other.number} is open on this endpoint already: ${other.title}. Go on in it, or start another one all the same.`,
      { sessionNumber: other.number },
    );
}
