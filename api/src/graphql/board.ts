import { endpointsOf } from '@throughline/domain/board';
import { type ApprovalRow, waitingApprovals } from '@throughline/store/approval-store';
import { clients } from '@throughline/store/client-store';
import { activeEndpoints } from '@throughline/store/endpoint-store';
import { openSessions } from '@throughline/store/session-store';
import {
  type Filter,
  type Group,
  type Row,
  SLA_STATES,
  type SlaState as State,
  groupsOf,
  isPending,
  rowsOf,
  slaStateOf,
} from './board-rows.ts';
import { builder } from './builder.ts';
import { type Context, reading } from './context.ts';
import { Priority } from './enums.ts';
import { ApprovalRequest, Client, ClientGroup, Endpoint, Session, SessionConnection, User } from './refs.ts';
import { listSessions } from './session-list.ts';

interface BoardView {
  groups: Group[];
  all: Row[];
  waiting: ApprovalRow[];
}

const SlaState = builder.enumType('SlaState', {
  description:
    'by the worst of a session’s clocks that are not met: running in time; warned; breached; paused, where all of them stand still',
  values: SLA_STATES,
});

export const BoardFilter = builder.inputType('BoardFilter', {
  fields: (t) => ({
    groupId: t.globalID({ for: [ClientGroup] }),
    online: t.boolean(),
    pendingOnly: t.boolean(),
    assigneeId: t.globalID({ for: [User] }),
    priorities: t.field({ type: [Priority], description: 'sessions of any of these; none given: every row' }),
    slaStates: t.field({ type: [SlaState], description: 'sessions in any of these; none given: every row' }),
    search: t.string(),
  }),
});

export const BoardRow = builder.objectRef<Row>('BoardRow').implement({
  fields: (t) => ({
    endpoint: t.field({ type: Endpoint, resolve: (row) => row.endpoint }),
    session: t.field({ type: Session, nullable: true, resolve: (row) => row.session }),
  }),
});

const BoardGroup = builder.objectRef<Group>('BoardGroup').implement({
  fields: (t) => ({
    client: t.field({ type: Client, resolve: (group) => group.client }),
    online: t.int({ resolve: (group) => endpointsOf(group.rows, true) }),
    offline: t.int({ resolve: (group) => endpointsOf(group.rows, false) }),
    pending: t.int({ resolve: (group) => group.rows.filter(isPending).length }),
    rows: t.field({ type: [BoardRow], complexity: { multiplier: 1 }, resolve: (group) => group.rows }),
  }),
});

const howMany = (board: BoardView, is: State): number =>
  board.all.filter(({ session }) => session && slaStateOf(session, Date.now()) === is).length;

const Board = builder.objectRef<() => Promise<BoardView>>('Board').implement({
  fields: (t) => ({
    groups: t.field({ type: [BoardGroup], resolve: async (board) => (await board()).groups }),
    online: t.int({ resolve: async (board) => endpointsOf((await board()).all, true) }),
    offline: t.int({ resolve: async (board) => endpointsOf((await board()).all, false) }),
    pending: t.int({ resolve: async (board) => (await board()).waiting.length }),
    overLimit: t.int({
      resolve: async (board) => howMany(await board(), 'breached'),
    }),
    nearLimit: t.int({
      resolve: async (board) => howMany(await board(), 'warned'),
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

function boardOf(context: Context, filter: Filter): Promise<BoardView> {
  return reading(context, async (tx, scope) => {
    const allClients = await clients(tx, scope);
    const all = rowsOf(await activeEndpoints(tx, scope, null), await openSessions(tx, scope));
    return {
      groups: groupsOf(context, filter, allClients, all),
      all,
      waiting: await waitingApprovals(tx, scope, null),
    };
  });
}
