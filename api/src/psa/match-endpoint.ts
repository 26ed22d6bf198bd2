import type { Tx } from '@throughline/store/tenant';
import type { Ticket } from './ticket.ts';

export type Match = { clientId: string; endpointId: string } | { why: string };

/** Finds the client (by its id in the PSA, else by name) and in it the endpoint by name. Upper and lower case are the same. */
export async function matchEndpoint(tx: Tx, mspId: string, ticket: Ticket): Promise<Match> {
  if (ticket.clientExternalId === null && ticket.clientName === null) return { why: 'The ticket names no client.' };
  const clients = await tx.query<{ id: string; name: string; by_id: boolean }>(
    `select id, name, coalesce(lower(external_id) = lower($2), false) as by_id from client
     where msp_id = $1 and retired_at is null and (lower(external_id) = lower($2) or lower(name) = lower($3))
     order by by_id desc`,
    [mspId, ticket.clientExternalId, ticket.clientName],
  );
  const byId = clients.rows.filter((row) => row.by_id);
  const found = byId.length > 0 ? byId : clients.rows;
  const named = ticket.clientName ?? ticket.clientExternalId ?? '';
  const [client, another] = found;
  if (client === undefined) return { why: `No client here is called “${named}”.` };
  if (another !== undefined) return { why: `More than one client fits “${named}”.` };
  if (ticket.device === null) return { why: `The ticket names no device of ${client.name}.` };
  const endpoints = await tx.query<{ id: string }>(
    'select id from endpoint where msp_id = $1 and client_id = $2 and lower(name) = lower($3) and retired_at is null',
    [mspId, client.id, ticket.device],
  );
  const endpoint = endpoints.rows[0];
  if (endpoint === undefined) return { why: `${client.name} has no enrolled device called “${ticket.device}”.` };
  return { clientId: client.id, endpointId: endpoint.id };
}
