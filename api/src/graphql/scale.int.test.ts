import { randomUUID } from 'node:crypto';
import { fillDatabase } from '@throughline/infra/testing/fill-database';
import { createSignIn } from '@throughline/store/sign-in-store';
import { type Scope, withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { type Scan, scansOf } from '../testing/query-plan.ts';
import { statementsOf } from '../testing/statement-log.ts';
import { webOperation } from '../testing/web-operations.ts';

/* Every statement behind the pages that are open all day, with its real plan on two years of work. Fewer sessions than a real
   MSP of this size has: the smaller the table, the sooner a planner reads all of it, so this is the stricter side. */
const OPEN = 500;
const FINISHED = 20_000;
/** Tables that grow with every session. */
const GROWING = [
  'session',
  'transcript_entry',
  'transcript_payload',
  'command',
  'approval_request',
  'quality_review',
  'notification',
  'flag',
  'flag_seen',
];
/** What one statement may look at of them: what is open, or a page. Counting by index alone, and a report over its period, are apart. */
const MOST_ROWS = 2 * OPEN + 200;

let bench: ApiBench;
let all: Desk;
let few: Desk;
let scopes: Map<Desk, Scope>;
let ids: {
  client: string;
  group: string;
  user: string;
  session: string;
  completed: string;
  endpoint: string;
  incident: string;
};

beforeAll(async () => {
  bench = await openApiBench();
  const { mspId, people } = bench.northgate;
  await fillDatabase(bench.admin, mspId, {
    clients: 100,
    endpointsEach: 20,
    people: 50,
    open: OPEN,
    finished: FINISHED,
    months: 24,
  });
  const one = async (sql: string) => (await bench.rows<{ id: string }>(sql, [mspId]))[0]?.id ?? '';
  // Twenty troubles of twenty-five sessions each; the planner is told, as autovacuum would.
  await bench.rows(
    `with made as (insert into incident (msp_id, id, title, opened_by)
       select $1, gen_random_uuid(), 'Trouble ' || n, u.id from generate_series(1, 20) n,
         (select id from app_user where msp_id = $1 limit 1) u returning id),
     numbered as (select id, row_number() over () - 1 as n from made)
     update session s set incident_id = m.id from numbered m where s.msp_id = $1 and s.status <> 'completed' and s.number % 20 = m.n`,
    [mspId],
  );
  // A flag of every other session that is over, confirmed and seen; and two hundred that wait.
  await bench.rows(
    `insert into flag (msp_id, id, session_id, client_id, entry_seq, note, flagged_by, flagged_at, reviews, verdict, reviewed_by, reviewed_at,
       review_note, review_seq, closed)
     select s.msp_id, gen_random_uuid(), s.id, s.client_id, 1, 'Which one?', u.id, s.opened_at, 1, 'confirm', u.id, s.opened_at, '', 2, true
     from session s, (select id from app_user where msp_id = $1 limit 1) u where s.msp_id = $1 and s.status = 'completed' and s.number % 2 = 0
     union all
     (select s.msp_id, gen_random_uuid(), s.id, s.client_id, 1, 'Which one?', u.id, s.opened_at, 0, null, null::uuid, null::timestamptz, null, null, false
     from session s, (select id from app_user where msp_id = $1 limit 1) u where s.msp_id = $1 and s.status <> 'completed' limit 200)`,
    [mspId],
  );
  await bench.rows(
    'insert into flag_seen (msp_id, flag_id, user_id) select msp_id, id, flagged_by from flag where msp_id = $1',
    [mspId],
  );
  await bench.rows('vacuum analyze session, flag, flag_seen');
  ids = {
    client: await one(`select id from client where msp_id = $1 and name = 'Client 0007'`),
    group: await one(`select id from client_group where msp_id = $1 and name = 'Filled 3'`),
    user: await one(`select id from app_user where msp_id = $1 and name = 'Person 010'`),
    session: await one(
      `select id from session where msp_id = $1 and status = 'active' and title like 'Matter%' limit 1`,
    ),
    completed: await one(`select id from session where msp_id = $1 and status = 'completed' limit 1`),
    incident: await one('select id from incident where msp_id = $1 limit 1'),
    endpoint: await one(`select id from endpoint where msp_id = $1 and name = 'WS-00042'`),
  };
  all = bench.desk(people.mona);
  // Somebody with work, news and ten clients of a hundred.
  const granted = (
    await bench.rows<{ id: string }>(`select id from client where msp_id = $1 and name like 'Client 00_5'`, [mspId])
  ).map(({ id }) => id);
  await bench.rows(`update app_user set all_clients = false, role = 'manager' where id = $1`, [ids.user]);
  await bench.rows('insert into client_grant (msp_id, user_id, client_id) select $1, $2, unnest($3::uuid[])', [
    mspId,
    ids.user,
    granted,
  ]);
  few = bench.desk({
    ...people.mona,
    id: ids.user,
    cookie: `throughline_session=${await createSignIn(bench.deps.pool, mspId, ids.user)}`,
  });
  scopes = new Map<Desk, Scope>([
    [all, { mspId, clients: '*' }],
    [few, { mspId, clients: granted }],
  ]);
}, 300_000);
afterAll(() => bench?.close());

const MONTH = 30 * 86_400_000;
const period = (months: number) => ({
  from: new Date(Date.now() - months * MONTH).toISOString(),
  until: new Date().toISOString(),
});
const listed = { first: 50 };
type Case = [what: string, operation: string, variables: () => object, reads?: 'period'];
const cases: Case[] = [
  ['the board', 'Board', () => ({ filter: {} })],
  ['the board, one group', 'Board', () => ({ filter: { groupId: gid('ClientGroup', ids.group) } })],
  ['the board, offline', 'Board', () => ({ filter: { online: false } })],
  ['the board, pending', 'Board', () => ({ filter: { pendingOnly: true } })],
  ['the board, one technician', 'Board', () => ({ filter: { assigneeId: gid('User', ids.user) } })],
  ['the board, urgent', 'Board', () => ({ filter: { priorities: ['urgent'] } })],
  ['the board, near or over a limit', 'Board', () => ({ filter: { slaStates: ['warned', 'breached'] } })],
  ['the board, words', 'Board', () => ({ filter: { search: 'ws-0004' } })],
  [
    'what changed on the board',
    'BoardChanges',
    () => ({
      filter: { search: 'ws-0004' },
      sessionIds: [gid('Session', ids.session), gid('Session', ids.completed)],
      endpointIds: [gid('Endpoint', ids.endpoint)],
    }),
  ],
  ['the completed tab', 'BoardCompleted', () => listed],
  ['the completed tab, its next page', 'BoardCompleted', () => ({ ...listed, after: cursor(5_000) })],
  ['the board’s menus', 'BoardChoices', () => ({})],
  ['saved views', 'SavedViews', () => ({})],
  [
    'suggestions',
    'AssignSuggestions',
    () => ({ sessionIds: [gid('Session', ids.session)], endpointIds: [gid('Endpoint', ids.endpoint)] }),
  ],
  ['the queue', 'Queue', () => ({})],
  ['the sessions list', 'SessionList', () => listed],
  ['the sessions list, far down', 'SessionList', () => ({ ...listed, after: cursor(2_000) })],
  ['the sessions list, completed', 'SessionList', () => ({ ...listed, status: 'completed' })],
  ['the sessions list, active', 'SessionList', () => ({ ...listed, status: 'active' })],
  ['the sessions list, one client', 'SessionList', () => ({ ...listed, clientId: gid('Client', ids.client) })],
  [
    'the sessions list, one client and status',
    'SessionList',
    () => ({ ...listed, clientId: gid('Client', ids.client), status: 'completed' }),
  ],
  ['the sessions list, one technician', 'SessionList', () => ({ ...listed, assigneeId: gid('User', ids.user) })],
  ['the sessions list, nobody’s', 'SessionList', () => ({ ...listed, unassigned: true })],
  [
    'the list behind a report’s number',
    'SessionList',
    () => ({
      ...listed,
      openedFrom: period(1).from,
      openedUntil: period(1).until,
      clock: 'response',
      slaStanding: 'breached',
    }),
    'period',
  ],
  ['the SLA report of a month', 'SlaReport', () => period(1), 'period'],
  ['the review queue', 'ReviewQueue', () => listed],
  [
    'the review queue, its next page',
    'ReviewQueue',
    () => ({ ...listed, after: Buffer.from(`${period(1).from} ${randomUUID()}`).toString('base64url') }),
  ],
  ['how many flags wait', 'ReviewQueueCount', () => ({})],
  ['incidents', 'Incidents', () => ({ closed: false })],
  ['an incident', 'IncidentDetail', () => ({ id: gid('Incident', ids.incident) })],
  ['an endpoint with its sessions', 'EndpointDetail', () => ({ id: gid('Endpoint', ids.endpoint) })],
  ['notifications', 'Notifications', () => ({ first: 50 })],
  ['the frame of every page', 'Viewer', () => ({})],
  ['the palette', 'GoTo', () => ({ search: 'ws-000' })],
  ['the palette, a number', 'GoToNumber', () => ({ number: 4_000 })],
];
const cursor = (number: number) => Buffer.from(String(number)).toString('base64url');

interface Look {
  sql: string;
  scan: Scan;
}
const looks = (desk: Desk, operation: string, variables: object): Promise<Look[]> =>
  looksOf(desk, () => desk.gql(webOperation(operation), variables));

async function looksOf(desk: Desk, act: () => Promise<unknown>): Promise<Look[]> {
  const statements = await statementsOf(act);
  expect(statements.length).toBeGreaterThan(0);
  const scope = scopes.get(desk)!;
  return withTenant(bench.deps.pool, scope, async (tx) => {
    const found: Look[] = [];
    for (const statement of statements) {
      const scans = await scansOf(tx, statement);
      found.push(...scans.filter((scan) => GROWING.includes(scan.table)).map((scan) => ({ sql: statement.sql, scan })));
    }
    return found;
  });
}

/** What reads a growing table whole, or more of it than it shows. */
const red = (found: readonly Look[], reads?: 'period') =>
  found
    .filter(
      ({ scan }) =>
        scan.how === 'Seq Scan' || (reads !== 'period' && scan.how !== 'Index Only Scan' && scan.rows > MOST_ROWS),
    )
    .map(({ sql, scan }) => ({ ...scan, sql: sql.replace(/\s+/g, ' ').slice(0, 400) }));

describe('two years of sessions', () => {
  for (const [what, operation, variables, reads] of cases)
    for (const who of ['everything', 'ten clients'] as const)
      it(`F139 ${what}, by somebody who sees ${who}: by index, and no more than it shows`, async () => {
        const found = await looks(who === 'everything' ? all : few, operation, variables());
        expect(red(found, reads)).toEqual([]);
      });

  for (const review of ['none', 'pass', 'fail'])
    for (const who of ['everything', 'ten clients'])
      it(`F082 the sessions whose review is ${review}, by somebody who sees ${who}: a page by index, a count by index alone`, async () => {
        const query = `{ sessions(first: 50, review: ${review}) { totalCount edges { node { number } } } }`;
        const desk = who === 'everything' ? all : few;
        const answer = await desk.gql<{ sessions: { totalCount: number; edges: object[] } }>(query);
        if (desk === all) expect(answer.sessions.totalCount).toBeGreaterThan(100);
        expect(red(await looksOf(desk, () => desk.gql(query)))).toEqual([]);
      });

  it('F139 the board leaves the facts of its endpoints where they are, and gives them to whoever asks, all in one statement', async () => {
    const facts = { shells: [{ shell: 'pwsh', version: '7.4' }] };
    await bench.rows('update endpoint set facts = $2 where id = $1', [ids.endpoint, facts]);
    const whole = await statementsOf(() => all.gql(webOperation('Board'), { filter: {} }));
    expect(whole.filter(({ sql }) => /facts.* e\.retired_at is null/s.test(sql))).toEqual([]);
    const query = '{ board(filter: { search: "ws-0004" }) { groups { rows { endpoint { name facts } } } } }';
    let answer: { board: { groups: { rows: { endpoint: { name: string; facts: unknown } }[] }[] } } | undefined;
    const asked = await statementsOf(async () => (answer = await all.gql(query)));
    expect(asked.filter(({ sql }) => sql.includes('e.facts'))).toHaveLength(1);
    const endpoints = answer!.board.groups.flatMap(({ rows }) => rows.map(({ endpoint }) => endpoint));
    expect(endpoints.length).toBeGreaterThan(5);
    expect(endpoints.find(({ name }) => name === 'WS-00042')?.facts).toEqual(facts);
  });
});
