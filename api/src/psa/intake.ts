import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { isDomainError } from '@throughline/domain/errors';
import { type DeliveryRow, claimDeliveries, deliveryDone, deliveryTried } from '@throughline/store/delivery-store';
import { putTriage, settleTriage } from '@throughline/store/psa-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { mspsWithWork } from '@throughline/store/work';
import { matchEndpoint } from './match-endpoint.ts';
import type { TicketPlace } from './open-ticket-session.ts';
import { type TicketFields, zEvent, zTicket, zTicketFields } from './ticket.ts';

/** Opens the session of a ticket, once however often it is asked for the same one. */
export type OpenSession = (place: TicketPlace) => Promise<{ sessionId: string }>;

export interface IntakeDeps {
  pool: Pool;
  openSession: OpenSession;
  log: Logger;
}

const MOST_TRIES = 10;
/** Refusals that no later try can change: a person has to look. */
const FINAL = new Set(['INVALID_INPUT', 'NOT_FOUND', 'INVALID_STATE', 'FORBIDDEN', 'CONFLICT', 'TOO_LARGE']);

/**
 * Works off the deliveries that wait, one at a time and oldest first: each becomes a session, an item on the triage list, or a
 * failure with its reason. One that keeps failing waits longer each time and holds up no other. Not side by side: a later
 * delivery of a ticket must not be overtaken by an earlier one, and what a storm waits for is the processor, not an answer.
 */
export async function drainWebhooks(deps: IntakeDeps): Promise<void> {
  for (const mspId of await mspsWithWork(deps.pool, 'webhook')) {
    try {
      while (await takeOne(deps, mspId));
    } catch (error) {
      deps.log.error({ mspId, err: error }, 'webhook intake stopped for an organisation; it goes on at the next turn');
    }
  }
}

/** Returns whether there was one to take. */
async function takeOne(deps: IntakeDeps, mspId: string): Promise<boolean> {
  let claimed: DeliveryRow | undefined;
  try {
    return await withTenant(deps.pool, { mspId, clients: '*' }, async (tx) => {
      // The row stays locked while the session opens, so that no other process takes it; a crash gives it back.
      [claimed] = await claimDeliveries(tx, mspId, 1);
      if (claimed === undefined) return false;
      await handle(deps, tx, mspId, claimed);
      return true;
    });
  } catch (error) {
    if (claimed === undefined) throw error;
    const delivery = claimed;
    await withTenant(deps.pool, { mspId, clients: '*' }, (tx) =>
      failed(deps, tx, mspId, delivery, null, error as Error),
    );
    return true;
  }
}

async function handle(deps: IntakeDeps, tx: Tx, mspId: string, delivery: DeliveryRow): Promise<void> {
  const done = (
    state: 'done' | 'triage' | 'ignored' | 'failed',
    detail: string | null,
    sessionId: string | null = null,
  ) => {
    deps.log.info({ mspId, deliveryId: delivery.id, state, sessionId }, 'a delivery was worked off');
    return deliveryDone(tx, mspId, delivery.id, state, detail, sessionId);
  };
  const event = zEvent.safeParse(bodyOf(delivery));
  if (!event.success)
    return done('failed', 'The body is not an event with a ticket: it needs the fields event and ticket.');
  if (event.data.event !== 'ticket.created')
    return done('ignored', `The event ${JSON.stringify(event.data.event)} opens no session.`);
  const fields = zTicketFields.safeParse(event.data.ticket);
  if (!fields.success) {
    const faults = fields.error.issues.map((issue) => `${issue.path.join('.') || 'ticket'}: ${issue.message}`);
    return done('failed', `The ticket could not be read. ${faults.join(' ')}`);
  }
  const ticket = zTicket.parse(fields.data);
  const place = await matchEndpoint(tx, mspId, ticket);
  const { connection_id: connectionId, connection_slug: connectionSlug, id: deliveryId } = delivery;
  if ('why' in place) return toTriage(tx, mspId, delivery, fields.data, place.why, done);
  try {
    const { sessionId } = await deps.openSession({ mspId, connectionId, connectionSlug, ticket, ...place, deliveryId });
    await settleTriage(tx, mspId, connectionId, ticket.id, sessionId);
    await done('done', null, sessionId);
  } catch (error) {
    if (isDomainError(error) && FINAL.has(error.code))
      return toTriage(tx, mspId, delivery, fields.data, error.message, done);
    await failed(deps, tx, mspId, delivery, fields.data, error as Error);
  }
}

async function toTriage(
  tx: Tx,
  mspId: string,
  delivery: DeliveryRow,
  ticket: TicketFields,
  why: string,
  done: (state: 'done' | 'triage', detail: string | null, sessionId?: string | null) => Promise<void>,
): Promise<void> {
  const item = { connectionId: delivery.connection_id, ticketId: ticket.id, ticket, why };
  const { resolvedSessionId } = await putTriage(tx, mspId, item);
  // Somebody placed this ticket before: the delivery is a late repeat.
  if (resolvedSessionId !== null) await done('done', null, resolvedSessionId);
  else await done('triage', why);
}

/** Counts a failed try; after the last one the ticket goes to a person, so that it does not vanish. */
async function failed(
  deps: IntakeDeps,
  tx: Tx,
  mspId: string,
  delivery: DeliveryRow,
  ticket: TicketFields | null,
  error: Error,
): Promise<void> {
  const tries = delivery.tries + 1;
  deps.log.warn({ mspId, deliveryId: delivery.id, tries, err: error }, 'a delivery could not be worked off');
  const why = isDomainError(error) ? error.message : 'The session could not be opened; the log has the reason.';
  if (tries < MOST_TRIES) return deliveryTried(tx, mspId, delivery.id, tries, MOST_TRIES, why);
  await deliveryDone(tx, mspId, delivery.id, 'failed', `Given up after ${MOST_TRIES} tries: ${why}`, null);
  if (ticket === null) return;
  const item = { connectionId: delivery.connection_id, ticketId: ticket.id, ticket };
  await putTriage(tx, mspId, { ...item, why: `Opening the session failed ${MOST_TRIES} times: ${why}` });
}

function bodyOf(delivery: DeliveryRow): unknown {
  try {
    return JSON.parse(delivery.body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
