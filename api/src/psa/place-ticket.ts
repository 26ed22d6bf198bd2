import { DomainError, notFound } from '@throughline/domain/errors';
import { endpointsByIds } from '@throughline/store/endpoint-store';
import { resolveTriage, triageById } from '@throughline/store/psa-store';
import { withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { permit, scopeOf } from '../sessions/viewer.ts';
import { openTicketSession } from './open-ticket-session.ts';
import { zTicket } from './ticket.ts';

/** A dispatcher puts a ticket nobody could match on an endpoint: its session opens, with the ticket linked. Returns the session's id. */
export async function placeTicket(deps: Deps, viewer: Viewer, triageId: string, endpointId: string): Promise<string> {
  const scope = scopeOf(viewer);
  const found = await withTenant(deps.pool, scope, async (tx) => {
    const item = scope.clients === '*' ? await triageById(tx, viewer.mspId, triageId) : null;
    if (item === null) throw notFound('Ticket');
    if (item.resolved_at !== null)
      throw new DomainError('CONFLICT', 'Somebody placed this ticket already. Reload the list.');
    const [endpoint] = await endpointsByIds(tx, scope, [endpointId]);
    if (endpoint === undefined || endpoint.retired_at !== null) throw notFound('Endpoint');
    permit(viewer, 'session.assign', true, endpoint.client_id);
    return { item, endpoint };
  });
  const { item, endpoint } = found;
  const { sessionId } = await openTicketSession(deps, {
    mspId: viewer.mspId,
    connectionId: item.connection_id,
    connectionSlug: item.connection_slug,
    ticket: zTicket.parse(item.ticket),
    clientId: endpoint.client_id,
    endpointId: endpoint.id,
    deliveryId: `triage:${item.id}`,
  });
  await withTenant(deps.pool, scope, (tx) => resolveTriage(tx, viewer.mspId, item.id, sessionId));
  return sessionId;
}
