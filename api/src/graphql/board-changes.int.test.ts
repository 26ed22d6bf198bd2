import { byName } from '@throughline/domain/board';
import { type Board, type Changes, mergeBoard } from '@throughline/domain/board-merge';
import type { SessionStatus, WaitingOn } from '@throughline/domain/session-state';
import { fillDatabase } from '@throughline/infra/testing/fill-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { webOperation } from '../testing/web-operations.ts';

/* A board that is only told of changes, beside one that is read whole: every change there can be, under every filter. */

type Line = {
  endpoint: { id: string; name: string; online: boolean };
  session: { id: string; status: SessionStatus; waitingOn: WaitingOn } | null;
};
type Client = { id: string; name: string };
type Request = { requestedAt: string; session: { id: string; endpoint: { id: string } } };

let bench: ApiBench;
let desk: Desk;
let mspId: string;
let filters: [name: string, filter: object][];

beforeAll(async () => {
  bench = await openApiBench();
  mspId = bench.northgate.mspId;
  desk = bench.desk(bench.northgate.people.mona);
  await fillDatabase(bench.admin, mspId, {
    clients: 4,
    endpointsEach: 6,
    people: 4,
    open: 15,
    finished: 30,
    months: 1,
  });
  // The shortest clock passes its marks while the test runs, which nobody is told of here: no session has a workflow.
  await bench.rows(`update session set clocks = clocks - 'consent_wait' where msp_id = $1`, [mspId]);
  const one = async (sql: string) => (await bench.rows<{ id: string }>(sql, [mspId]))[0]?.id ?? '';
  filters = [
    ['none', {}],
    [
      'one group',
      {
        groupId: gid(
          'ClientGroup',
          await one(`select group_id as id from client where msp_id = $1 and name = 'Client 0001'`),
        ),
      },
    ],
    ['online', { online: true }],
    ['offline', { online: false }],
    ['pending', { pendingOnly: true }],
    [
      'one technician',
      {
        assigneeId: gid(
          'User',
          await one(
            `select assignee_id as id from session where msp_id = $1 and status = 'active' and assignee_id is not null order by number limit 1`,
          ),
        ),
      },
    ],
    ['urgent', { priorities: ['urgent'] }],
    ['in time', { slaStates: ['running'] }],
    ['near or over the limit, urgent', { slaStates: ['warned', 'breached'], priorities: ['urgent'] }],
    ['words', { search: 'ws-0001' }],
  ];
}, 120_000);
afterAll(() => bench?.close());

async function whole(filter: object): Promise<Board<Line, Client, Request>> {
  return (await desk.gql<{ board: Board<Line, Client, Request> }>(webOperation('Board'), { filter })).board;
}
async function changed(filter: object, sessionIds: string[], endpointIds: string[]) {
  const variables = { filter, sessionIds, endpointIds };
  return (await desk.gql<{ boardChanges: Changes<Line, Client, Request> }>(webOperation('BoardChanges'), variables))
    .boardChanges;
}

type Told = { sessions?: string[]; endpoints?: string[] };
const session = (where: string) =>
  `select s.id from session s join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id where s.msp_id = $1 and ${where} order by s.number limit 1`;
/** Another one, on the first endpoint with (or without) an open session. */
const opened = (
  others: 'exists' | 'not exists',
) => `insert into session (msp_id, id, number, client_id, endpoint_id, title, request, requester, channel, status, waiting_on, priority, clocks, opened_at)
  select e.msp_id, gen_random_uuid(), (select max(number) + 1 from session where msp_id = $1), e.client_id, e.id, 'Another', 'ws-0001', 'Olivia Hart', 'phone',
    'unstarted', 'assignee', 'urgent', '{}', now() from endpoint e where e.msp_id = $1 and e.retired_at is null
    and ${others} (select from session o where o.msp_id = e.msp_id and o.endpoint_id = e.id and o.status <> 'completed') order by e.name limit 1 returning id`;
/** Each changes one thing, and says which session or endpoint the news of it names. */
const CHANGES: [what: string, sql: string, of: 'session' | 'endpoint'][] = [
  [
    'a title',
    `update session set title = 'ws-0001 again' where id = (${session(`s.status = 'active'`)}) returning id`,
    'session',
  ],
  [
    'a session that goes to somebody else',
    `update session set assignee_id = (select u.id from app_user u where u.msp_id = $1 order by u.email desc limit 1) where id = (${session(`s.status = 'active'`)}) returning id`,
    'session',
  ],
  [
    'a session that waits for the person',
    `update session set waiting_on = 'end_user' where id = (${session(`s.status = 'active' and s.waiting_on <> 'end_user'`)}) returning id`,
    'session',
  ],
  [
    'an answered request',
    `with answered as (update approval_request set state = 'approved' where (msp_id, session_id) in (select msp_id, id from session where id = (${session(`s.status = 'pending_approval'`)})) returning session_id)
     update session set status = 'active', waiting_on = 'technician' where id in (select session_id from answered) returning id`,
    'session',
  ],
  [
    'a session that ends',
    `update session set status = 'completed', waiting_on = 'none', outcome = 'resolved', completed_at = now() where id = (${session(`s.status = 'active'`)}) returning id`,
    'session',
  ],
  ['a second session on an endpoint', opened('exists'), 'session'],
  ['a session on an idle endpoint', opened('not exists'), 'session'],
  [
    'another priority',
    `update session set priority = 'urgent' where id = (${session(`s.status = 'active' and s.priority = 'normal' and s.clocks ? 'resolution'`)}) returning id`,
    'session',
  ],
  [
    'a warning passed',
    `update session set clocks = jsonb_set(clocks, '{resolution,warnAt}', '1') where id = (${session(`s.status = 'active' and s.priority = 'urgent' and s.clocks ? 'resolution'`)}) returning id`,
    'session',
  ],
  [
    'a limit passed',
    `update session set clocks = jsonb_set(jsonb_set(clocks, '{resolution,metAt}', 'null'), '{resolution,dueAt}', '1') where id = (${session(`s.status = 'active' and s.clocks ? 'resolution'`)}) returning id`,
    'session',
  ],
  [
    'an endpoint that goes',
    `update endpoint set online = not online where id = (select id from endpoint where msp_id = $1 and online order by name limit 1) returning id`,
    'endpoint',
  ],
  [
    'an endpoint that comes',
    `update endpoint set online = not online where id = (select id from endpoint where msp_id = $1 and not online order by name desc limit 1) returning id`,
    'endpoint',
  ],
  [
    'a new name',
    `update endpoint set name = 'ws-0001z' where id = (select endpoint_id from session where id = (${session(`s.status = 'active'`)})) returning id`,
    'endpoint',
  ],
  [
    'a new endpoint',
    `insert into endpoint (msp_id, id, client_id, name, online) select $1, gen_random_uuid(), id, 'Äa', true from client where msp_id = $1 and name = 'Client 0002' returning id`,
    'endpoint',
  ],
  [
    'a retired endpoint',
    `update endpoint set retired_at = now() where id = (select endpoint_id from session where id = (${session(`s.status = 'active'`)})) returning id`,
    'endpoint',
  ],
  [
    'the first endpoint of a client',
    `with fresh as (insert into client (msp_id, id, group_id, name) select msp_id, gen_random_uuid(), group_id, 'client 0002 b' from client where msp_id = $1 and name = 'Client 0001' returning id)
     insert into endpoint (msp_id, id, client_id, name, online) select $1, gen_random_uuid(), id, 'ws-0001', false from fresh returning id`,
    'endpoint',
  ],
];

describe('a board that reads what changed', () => {
  it('F078 shows what one that is read whole shows, change by change', async () => {
    const boards = new Map(
      await Promise.all(filters.map(async ([name, filter]) => [name, await whole(filter)] as const)),
    );
    const looks = (board: Board<Line, Client, Request> | undefined) => ({ ...board, at: '' });
    const moved = new Set<string>();
    for (const [what, sql, of] of CHANGES) {
      const ids = (await bench.rows<{ id: string }>(sql, [mspId])).map(({ id }) =>
        gid(of === 'session' ? 'Session' : 'Endpoint', id),
      );
      expect(ids, what).toHaveLength(1);
      const told: Told = of === 'session' ? { sessions: ids } : { endpoints: ids };
      const [sessions, endpoints] = [told.sessions ?? [], told.endpoints ?? []];
      for (const [name, filter] of filters) {
        const before = boards.get(name)!;
        const asked = { sessionIds: new Set(sessions), endpointIds: new Set(endpoints) };
        const after = mergeBoard(before, asked, await changed(filter, sessions, endpoints));
        expect(looks(after), `${what}, ${name}`).toEqual(looks(await whole(filter)));
        if (JSON.stringify(looks(after)) !== JSON.stringify(looks(before))) moved.add(name);
        boards.set(name, after);
      }
    }
    expect([...moved].sort()).toEqual(filters.map(([name]) => name).sort());
  });

  it('F076 F078 a row that turns amber, then red, or stands still, leaves the SLA state that it was filtered by, and comes under its new one', async () => {
    const [{ id = '' } = {}] = await bench.rows<{ id: string }>(
      `select id from session where id = (${session(`s.status = 'unstarted' and e.retired_at is null and s.clocks ? 'resolution'`)})`,
      [mspId],
    );
    const ids = [gid('Session', id)];
    const states = ['running', 'warned', 'breached', 'paused'];
    const open = new Map<string, Board<Line, Client, Request>>();
    for (const state of states) open.set(state, await whole({ slaStates: [state] }));
    const shownBy = () =>
      states.filter((state) => open.get(state)!.groups.some(({ rows }) => rows.some((r) => r.session?.id === ids[0])));
    const becomes = async (clocks: object) => {
      await bench.rows('update session set clocks = $2 where id = $1', [id, clocks]);
      const asked = { sessionIds: new Set(ids), endpointIds: new Set<string>() };
      for (const state of states)
        open.set(state, mergeBoard(open.get(state)!, asked, await changed({ slaStates: [state] }, ids, [])));
      return shownBy();
    };
    const [hour, now] = [3_600_000, Date.now()];
    const clock = (over: object) => ({
      ...{ startedAt: now - hour, metAt: null, warnedAt: null, breachedAt: null },
      ...{ warnAt: now + hour, dueAt: now + 2 * hour },
      ...over,
    });
    const paused = { pauses: [{ from: now - hour / 2, until: null, reason: 'client' }] };
    const [amber, red] = [{ warnAt: now - 1 }, { warnAt: now - 2, dueAt: now - 1 }];
    expect(await becomes({ response: clock({}) })).toEqual(['running']);
    expect(await becomes({ response: clock(amber), resolution: clock({}) })).toEqual(['warned']);
    const { nearLimit } = open.get('warned')!;
    // The head counts what the filter shows.
    const late = { ...paused, warnAt: now - (3 * hour) / 4 };
    expect(await becomes({ response: clock(late) })).toEqual(['paused']);
    expect(open.get('warned')!.nearLimit).toBe(nearLimit - 1);
    expect(await becomes({ response: clock(amber), resolution: clock(red) })).toEqual(['breached']);
    expect(await becomes({ response: clock({ ...red, metAt: now }), resolution: clock({}) })).toEqual(['running']);
    expect(await becomes({ response: clock(paused), resolution: clock({}) })).toEqual(['running']);
    // It stood still before its mark: the mark is put off.
    expect(await becomes({ response: clock({ ...paused, ...amber }) })).toEqual(['paused']);
    expect(await becomes({ response: clock({ ...paused, dueAt: now - hour }) })).toEqual(['breached']);
    expect(await becomes({ response: clock({ metAt: now }) })).toEqual([]);
    expect(await becomes({})).toEqual([]);
  });

  it('F078 takes many changes in one answer, and refuses more than it takes', async () => {
    const [before, all] = [
      await whole({}),
      await bench.rows<{ id: string }>(
        `update endpoint set online = not online where msp_id = $1 and retired_at is null returning id`,
        [mspId],
      ),
    ];
    const ids = all.map(({ id }) => gid('Endpoint', id));
    const asked = { sessionIds: new Set<string>(), endpointIds: new Set(ids) };
    const after = mergeBoard(before, asked, await changed({}, [], ids));
    expect({ ...after, at: '' }).toEqual({ ...(await whole({})), at: '' });
    expect(after.online).toBe(before.offline);
    const many = Array.from({ length: 101 }, () => gid('Endpoint', crypto.randomUUID()));
    const { errors } = await desk.raw(webOperation('BoardChanges'), { sessionIds: [], endpointIds: many });
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'TOO_LARGE' },
      message: expect.stringContaining('Read the board instead'),
    });
  });

  it('F075 the board is in the order an open one keeps', async () => {
    const { groups } = await whole({});
    expect(groups).toEqual([...groups].sort((a, b) => byName(a.client, b.client)));
    for (const { rows } of groups) expect(rows).toEqual([...rows].sort((a, b) => byName(a.endpoint, b.endpoint)));
  });
});
