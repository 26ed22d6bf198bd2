import { encodeGlobalID } from '@pothos/plugin-relay';
import { byName, waitsForAnswer } from '@throughline/domain/board';
import { CLOCKS, type Priority, pausedSince } from '@throughline/domain/sla';
import type { ClientRow } from '@throughline/store/client-store';
import type { EndpointRow } from '@throughline/store/endpoint-store';
import type { SessionRow } from '@throughline/store/session-store';
import { marksOf } from '../sla/marks.ts';
import type { Context } from './context.ts';
import { Client, Endpoint } from './refs.ts';

/** How a session stands by the worst of its clocks that are not met, as its row on the board shows it. `paused`: all of them stand still. */
export const SLA_STATES = ['running', 'warned', 'breached', 'paused'] as const;
export type SlaState = (typeof SLA_STATES)[number];

/** An endpoint with one of its open sessions, or without any. */
export interface Row {
  endpoint: EndpointRow;
  session: SessionRow | null;
}
export interface Group {
  client: ClientRow;
  rows: Row[];
}
export interface Filter {
  groupId?: { id: string } | null;
  online?: boolean | null;
  pendingOnly?: boolean | null;
  assigneeId?: { id: string } | null;
  priorities?: readonly Priority[] | null;
  slaStates?: readonly SlaState[] | null;
  search?: string | null;
}

/** What fits the filter, by client and endpoint. Keeps what was read at hand, so that a session's client is not read once more. */
export function groupsOf(
  context: Context,
  filter: Filter,
  clients: readonly ClientRow[],
  rows: readonly Row[],
): Group[] {
  for (const client of clients) Client.getDataloader(context).prime(client.id, client);
  for (const { endpoint } of rows) Endpoint.getDataloader(context).prime(endpoint.id, endpoint);
  const ofClient = listsBy(rows.filter(fitsOf(filter)), (row) => row.endpoint.client_id);
  return clients
    .filter((client) => filter.groupId == null || client.group_id === filter.groupId.id)
    .map((client) => ({ client, rows: ofClient.get(client.id) ?? [] }))
    .filter((group) => group.rows.length > 0)
    .sort((a, b) => byName(named('Client', a.client), named('Client', b.client)));
}

/** Every endpoint once per open session, or once without; by name. */
export function rowsOf(endpoints: readonly EndpointRow[], sessions: readonly SessionRow[]): Row[] {
  const bySession = listsBy(sessions, (session) => session.endpoint_id);
  return [...endpoints]
    .sort((a, b) => byName(named('Endpoint', a), named('Endpoint', b)))
    .flatMap((endpoint): Row[] => (bySession.get(endpoint.id) ?? [null]).map((session) => ({ endpoint, session })));
}

export const isPending = ({ session }: Row): boolean =>
  waitsForAnswer(session && { status: session.status, waitingOn: session.waiting_on });

/** Null where no clock runs or stands still: each is met, or has not started. */
export function slaStateOf(session: Pick<SessionRow, 'priority' | 'clocks'>, now: number): SlaState | null {
  const states = CLOCKS.flatMap((name): SlaState[] => {
    const clock = session.clocks[name];
    if (clock === undefined || clock.metAt !== null) return [];
    const { warnAt, dueAt } = marksOf(session.priority, name, clock);
    const pausedAt = pausedSince(clock);
    if ((pausedAt ?? now) >= dueAt) return ['breached'];
    if (pausedAt !== null) return ['paused'];
    return [now >= warnAt ? 'warned' : 'running'];
  });
  return (['breached', 'warned', 'running', 'paused'] as const).find((state) => states.includes(state)) ?? null;
}

/** Under the id that the web app knows, which is made only where two have one name. */
const named = (type: string, { id, name }: { id: string; name: string }) => ({
  name,
  get id() {
    return encodeGlobalID(type, id);
  },
});

/** What belongs together, in the order given. */
function listsBy<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const thing of things) {
    const list = lists.get(keyOf(thing));
    if (list === undefined) lists.set(keyOf(thing), [thing]);
    else list.push(thing);
  }
  return lists;
}

function fitsOf(filter: Filter): (row: Row) => boolean {
  const search = filter.search?.trim().toLowerCase() ?? '';
  const [priorities, slaStates] = [filter.priorities ?? [], filter.slaStates ?? []];
  const now = Date.now();
  const inState = (session: SessionRow | null): boolean => {
    const state = session && slaStateOf(session, now);
    return state !== null && slaStates.includes(state);
  };
  return (row) =>
    (filter.online == null || row.endpoint.online === filter.online) &&
    (filter.pendingOnly !== true || isPending(row)) &&
    (filter.assigneeId == null || row.session?.assignee_id === filter.assigneeId.id) &&
    (priorities.length === 0 || (row.session !== null && priorities.includes(row.session.priority))) &&
    (slaStates.length === 0 || inState(row.session)) &&
    (search === '' ||
      `${row.endpoint.name} ${row.session?.number ?? ''} ${row.session?.title ?? ''}`.toLowerCase().includes(search));
}
