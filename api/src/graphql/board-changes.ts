import { encodeGlobalID } from '@pothos/plugin-relay';
import { MOST_CHANGES } from '@throughline/domain/board';
import { DomainError } from '@throughline/domain/errors';
import { type ApprovalRow, waitingApprovals } from '@throughline/store/approval-store';
import { openClocks, presenceCounts } from '@throughline/store/board-store';
import { clientsByIds } from '@throughline/store/client-store';
import { activeEndpoints } from '@throughline/store/endpoint-store';
import { sessionCount } from '@throughline/store/session-list-store';
import { openSessionsOn, sessionsByIds } from '@throughline/store/session-store';
import { BoardFilter, BoardRow } from './board.ts';
import { type Filter, type Group, groupsOf, rowsOf, slaStateOf } from './board-rows.ts';
import { builder } from './builder.ts';
import { type Context, onlyUuids, reading } from './context.ts';
import { ApprovalRequest, Client, Endpoint, Session } from './refs.ts';

interface Changes {
  endpointIds: string[];
  groups: Group[];
  waiting: ApprovalRow[];
  online: number;
  offline: number;
  overLimit: number;
  nearLimit: number;
  completed: number | null;
}

const BoardPart = builder.objectRef<Group>('BoardPart').implement({
  fields: (t) => ({
    client: t.field({ type: Client, resolve: (group) => group.client }),
    rows: t.field({ type: [BoardRow], resolve: (group) => group.rows }),
  }),
});

const BoardChanges = builder.objectRef<Changes>('BoardChanges').implement({
  description:
    'The rows of some endpoints as they are now. What a board shows of `endpointIds`, and of the sessions and endpoints that were asked for, gives way to the rows and waiting requests in here. The counts are of the whole board.',
  fields: (t) => ({
    endpointIds: t.field({
      type: ['ID'],
      resolve: ({ endpointIds }) => endpointIds.map((id) => encodeGlobalID('Endpoint', id)),
    }),
    parts: t.field({
      type: [BoardPart],
      description: 'What fits the filter; in the order of the board.',
      complexity: { multiplier: 1 },
      resolve: ({ groups }) => groups,
    }),
    waiting: t.field({
      type: [ApprovalRequest],
      description: 'Waiting requests of these endpoints, oldest first.',
      resolve: ({ waiting }) => waiting,
    }),
    online: t.exposeInt('online'),
    offline: t.exposeInt('offline'),
    overLimit: t.exposeInt('overLimit'),
    nearLimit: t.exposeInt('nearLimit'),
    completedCount: t.int({
      nullable: true,
      description: 'null: none of these sessions is completed, and it is what it was',
      resolve: ({ completed }) => completed,
    }),
    at: t.field({ type: 'DateTime', resolve: () => new Date() }),
  }),
});

builder.queryFields((t) => ({
  boardChanges: t.field({
    type: BoardChanges,
    description: `What became of these sessions and endpoints, ${MOST_CHANGES} of them at most, under the filter of a board.`,
    args: {
      filter: t.arg({ type: BoardFilter }),
      sessionIds: t.arg.globalIDList({ required: true, for: Session }),
      endpointIds: t.arg.globalIDList({ required: true, for: Endpoint }),
    },
    resolve: (_root, { filter, sessionIds, endpointIds }, context) => {
      if (sessionIds.length + endpointIds.length > MOST_CHANGES)
        throw new DomainError('TOO_LARGE', `Up to ${MOST_CHANGES} changes are read at once. Read the board instead.`);
      const plain = (ids: readonly { id: string }[]) => onlyUuids(ids.map(({ id }) => id));
      return changesOf(context, filter ?? {}, plain(sessionIds), plain(endpointIds));
    },
  }),
}));

function changesOf(
  context: Context,
  filter: Filter,
  sessionIds: readonly string[],
  asked: readonly string[],
): Promise<Changes> {
  return reading(context, async (tx, scope) => {
    // All of an endpoint's rows: whether it has one without a session depends on its others.
    const named = await sessionsByIds(tx, scope, sessionIds);
    const wanted = [...new Set([...asked, ...named.map((session) => session.endpoint_id)])];
    const endpoints = await activeEndpoints(tx, scope, wanted);
    const ids = endpoints.map(({ id }) => id);
    const rows = rowsOf(endpoints, await openSessionsOn(tx, scope, ids));
    const clients = await clientsByIds(tx, scope, [...new Set(endpoints.map(({ client_id }) => client_id))]);
    const now = Date.now();
    const states = (await openClocks(tx, scope)).map((session) => slaStateOf(session, now));
    return {
      endpointIds: [...new Set([...ids, ...named.map((session) => session.endpoint_id)])],
      groups: groupsOf(
        context,
        filter,
        clients.filter(({ retired_at }) => retired_at === null),
        rows,
      ),
      waiting: await waitingApprovals(tx, scope, wanted),
      ...(await presenceCounts(tx, scope)),
      overLimit: states.filter((is) => is === 'breached').length,
      nearLimit: states.filter((is) => is === 'warned').length,
      completed: named.some(({ status }) => status === 'completed')
        ? await sessionCount(tx, scope, { status: 'completed' })
        : null,
    };
  });
}
