import type { Deps } from '../deps.ts';
import { openSession, uuidV5 } from '../sessions/open-session.ts';
import type { Ticket } from './ticket.ts';

export interface TicketPlace {
  mspId: string;
  connectionId: string;
  connectionSlug: string;
  ticket: Ticket;
  clientId: string;
  endpointId: string;
  deliveryId: string;
}

/** One session per ticket, whatever is delivered how often: the session's id is made of the ticket's. */
export async function openTicketSession(
  deps: Pick<Deps, 'pool' | 'sessions'>,
  place: TicketPlace,
): Promise<{ sessionId: string }> {
  const { mspId, connectionId, ticket } = place;
  const sessionId = uuidV5(mspId, connectionId, ticket.id);
  await openSession(deps, {
    mspId,
    sessionId,
    clientId: place.clientId,
    endpointId: place.endpointId,
    details: {
      title: ticket.summary.slice(0, 300),
      request: ticket.details.slice(0, 20_000),
      requester: ticket.requester.slice(0, 300),
      channel: 'PSA ticket',
      ticket: { connectionId, externalId: ticket.id, url: null },
    },
    priority: ticket.priority,
    by: { kind: 'psa', id: connectionId },
    updateId: `delivery:${place.deliveryId}`,
  });
  return { sessionId };
}
