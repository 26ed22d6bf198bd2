import { CLOCKS, pausedSince } from '@throughline/domain/sla';
import { type ApprovalRow, waitingApprovals } from '@throughline/store/approval-store';
import { type ClientRow, clients } from '@throughline/store/client-store';
import { type EndpointRow, activeEndpoints } from '@throughline/store/endpoint-store';
import { type SessionRow, openSessions } from '@throughline/store/session-store';
import type { Scope, Tx } from '@throughline/store/tenant';
import { marksOf } from '../sla/marks.ts';
import { builder } from './builder.ts';
import { type Context, reading } from './context.ts';
import { ApprovalRequest, Client, ClientGroup, Endpoint, Session, SessionConnection, User } from './refs.ts';
import { listSessions } from './session-list.ts';

interface Row {
  endpoint: EndpointRow;
  session: SessionRow | null;
}
interface Group {
  client: ClientRow;
  rows: Row[];
}
interface BoardView {
  groups: Group[];
  all: Row[];
  waiting: ApprovalRow[];
}

const BoardFilter = builder.inputType('BoardFilter', {
  fields: (t) => ({
    groupId: t.globalID({ for: [ClientGroup] }),
    online: t.boolean(),
    pendingOnly: t.boolean(),
    assigneeId: t.globalID({ for: [User] }),
    search: t.string(),
  }),
});

const BoardRow = builder.objectRef<Row>('BoardRow').implement({
  fields: (t) => ({
    endpoint: t.field({ type: Endpoint, resolve: (row) => row.endpoint }),
    session: t.field({ type: Session, nullable: true, resolve: (row) => row.session }),
  }),
});

/** How many endpoints are on- or offline. One with several open sessions has several rows and counts once. */
const endpointsOf = (rows: readonly Row[], online: boolean): number =>
  new Set(rows.flatMap(({ endpoint }) => (endpoint.online === online ? [endpoint.id] : []))).size;

const isPending = (row: Row): boolean =>
  row.session?.status === 'pending_approval' || row.session?.waiting_on === 'end_user';

const BoardGroup = builder.objectRef<Group>('BoardGroup').implement({
  fields: (t) => ({
    client: t.field({ type: Client, resolve: (group) => group.client }),
    online: t.int({ resolve: (group) => endpointsOf(group.rows, true) }),
    offline: t.int({ resolve: (group) => endpointsOf(group.rows, false) }),
    pending: t.int({ resolve: (group) => group.rows.filter(isPending).length }),
    rows: t.field({ type: [BoardRow], complexity: { multiplier: 1 }, resolve: (group) => group.rows }),
  }),
});

/** Whether any of a session's running clocks has passed its warn or breach mark by now. */
function standing(session: SessionRow | null, now: number): 'over' | 'near' | 'fine' {
  if (session === null) return 'fine';
  let worst: 'near' | 'fine' = 'fine';
  for (const name of CLOCKS) {
    const clock = session.clocks[name];
    if (clock === undefined || clock.metAt !== null) continue;
    const { warnAt, dueAt } = marksOf(session.priority, name, clock);
    const at = pausedSince(clock) ?? now;
    if (at >= dueAt) return 'over';
    if (at >= warnAt) worst = 'near';
  }
  return worst;
}

const howMany = (board: BoardView, is: 'over' | 'near'): number =>
  board.all.filter((row) => standing(row.session, Date.now()) === is).length;

const Board = builder.objectRef<() => Promise<BoardView>>('Board').implement({
  fields: (t) => ({
    groups: t.field({ type: [BoardGroup], resolve: async (board) => (await board()).groups }),
    online: t.int({ resolve: async (board) => endpointsOf((await board()).all, true) }),
    offline: t.int({ resolve: async (board) => endpointsOf((await board()).all, false) }),
    pending: t.int({ resolve: async (board) => (await board()).waiting.length }),
    overLimit: t.int({
      resolve: async (board) => howMany(await board(), 'over'),
    }),
    nearLimit: t.int({
      resolve: async (board) => howMany(await board(), 'near'),
    }),
    waiting: t.field({
      type: [ApprovalRequest],
      description: 'waiting requests, oldest first',
      resolve: async (board) => (await board()).waiting,
    }),
    completed: t.field({
      type: SessionConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (_board, args, context) => listSessions(context, { status: 'completed' }, args),
    }),
    at: t.field({ type: 'DateTime', resolve: () => new Date() }),
  }),
});

builder.queryFields((t) => ({
  board: t.field({
    type: Board,
    args: { filter: t.arg({ type: BoardFilter }) },
    resolve: (_root, args, context) => {
      // Read once, and only where a field asks for it: the completed tab needs none of it.
      let view: Promise<BoardView> | undefined;
      return () => (view ??= boardOf(context, args.filter ?? {}));
    },
  }),
}));

type Filter = Partial<typeof BoardFilter.$inferInput>;

function boardOf(context: Context, filter: Filter): Promise<BoardView> {
  return reading(context, async (tx, scope) => {
    const [allClients, rows] = [await clients(tx, scope), await rowsOf(tx, scope)];
    const fits = filterOf(filter);
    const inGroup = (client: ClientRow) => filter.groupId == null || client.group_id === filter.groupId.id;
    const ofClient = listsBy(rows.filter(fits), (row) => row.endpoint.client_id);
    const groups = allClients
      .filter(inGroup)
      .map((client) => ({ client, rows: ofClient.get(client.id) ?? [] }))
      .filter((group) => group.rows.length > 0);
    return { groups, all: rows, waiting: await waitingApprovals(tx, scope, null) };
  });
}

/** Every endpoint once per open session, or once without. */
async function rowsOf(tx: Tx, scope: Scope): Promise<Row[]> {
  const endpoints = await activeEndpoints(tx, scope);
  const sessions = listsBy(await openSessions(tx, scope), (session) => session.endpoint_id);
  return endpoints.flatMap((endpoint): Row[] =>
    (sessions.get(endpoint.id) ?? [null]).map((session) => ({ endpoint, session })),
  );
}

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

function filterOf(filter: Filter): (row: Row) => boolean {
  const search = filter.search?.trim().toLowerCase() ?? '';
  return (row) =>
    (filter.online == null || row.endpoint.online === filter.online) &&
    (filter.pendingOnly !== true || isPending(row)) &&
    (filter.assigneeId == null || row.session?.assignee_id === filter.assigneeId.id) &&
    (search === '' ||
      `${row.endpoint.name} ${row.session?.number ?? ''} ${row.session?.title ?? ''}`.toLowerCase().includes(search));
}
