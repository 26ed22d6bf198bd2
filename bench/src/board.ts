import { setTimeout as sleep } from 'node:timers/promises';
import { webOperation } from '@throughline/api/testing/web-operations';
import { TWO_YEARS } from '@throughline/infra/testing/fill-database';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Page } from 'playwright-core';
import { delays, storm, subscribeAll } from './lab/board-storm.ts';
import { type FilledHouse, openFilledHouse, openUntil } from './lab/filled-house.ts';
import { made } from './lab/house.ts';
import { managerPage } from './lab/manager-page.ts';
import { searched } from './lab/searches.ts';
import { cpuSeconds, tree } from './processes.ts';
import type { BenchContext, BenchResult, Measure } from './result.ts';
import { median, percentile } from './stats.ts';

const VIEWS = 7;
const ASKS = 40;
const ASSIGNED = 20;
const DISPATCHERS = 50;
const PER_SECOND = 200;
const SECONDS = 60;
const ON_SCREEN = 15;

/** F139: the board of a hundred clients with two years of history: seen, filtered, acted on, and live for fifty dispatchers. */
export async function board(context: BenchContext): Promise<BenchResult> {
  const house = await openFilledHouse(context, TWO_YEARS);
  const page = await managerPage(context, house);

  const measures: Measure[] = [];
  const add = (more: Measure[]) => {
    measures.push(...more);
    for (const { what, value, unit } of more) context.say(`${what.trim()}: ${value.toFixed(1)} ${unit}`);
  };
  for (const open of [TWO_YEARS.open, 500]) {
    await openUntil(house, open);
    context.say(`${open} open sessions: first view, filters, lists`);
    await firstView(page, house); // The first one fills the browser's cache of the web app.
    const views: number[] = [];
    for (let i = 0; i < VIEWS; i += 1) views.push(await firstView(page, house));
    await page.goto('about:blank');
    add([
      { what: `${open} open: link opened to rows shown, median`, value: median(views), unit: 'ms', goal: 2_000 },
      { what: '  the slowest of them', value: Math.max(...views), unit: 'ms' },
      ...(await asked(house)),
      ...(await readAgain(house)),
    ]);
  }
  context.say('assigning');
  add(await assigned(house));
  context.say(`an event to the screen`);
  add(await onScreen(page, house));
  await page.goto('about:blank');
  context.say(`${DISPATCHERS} dispatchers, ${PER_SECOND} events a second for ${SECONDS} s`);
  add(await live(house));
  context.say(`searching`);
  add(await searched(house, context.say));
  return {
    name: 'board',
    measures,
    notes: [
      `100 clients × 20 endpoints, ${TWO_YEARS.finished} completed sessions of ${TWO_YEARS.months} months; database, api, worker, browser and dispatchers on this one machine`,
      'hash chains and output are left out of the filled database, search documents until the search; no runtime is connected',
      'searches by Postgres itself, as `npm start` runs without a Meilisearch: the newest 1,000 documents that hold the words are ranked',
      'the dispatchers hold the subscription; each reading what changed after an event is not in it',
      'many changes at once are told as one refresh, which counts as news of each of them',
    ],
  };
}

async function firstView(page: Page, { product }: FilledHouse): Promise<number> {
  await page.goto('about:blank');
  const began = performance.now();
  await page.goto(`${product.url}/board`, { waitUntil: 'commit' });
  await page.getByRole('row').filter({ hasText: 'WS-0' }).first().waitFor();
  return performance.now() - began;
}

/** What the web app asks, one after the other, by its own operations. */
async function asked(house: FilledHouse): Promise<Measure[]> {
  const { clientGroups } = await house.manager.gql<{ clientGroups: { id: string }[] }>('{ clientGroups { id } }');
  const technician = globalId('User', house.people[3]?.id ?? '');
  const filters = [
    ...clientGroups.slice(0, 4).map(({ id }) => ({ groupId: id })),
    { online: false },
    { pendingOnly: true },
    { assigneeId: technician },
    { search: 'ws-0012' },
  ];
  const until = new Date().toISOString();
  const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const times = async (operation: string, variables: (i: number) => object) => {
    const query = webOperation(operation);
    const taken: number[] = [];
    for (let i = 0; i < ASKS; i += 1) taken.push(await took(() => house.manager.gql(query, { ...variables(i) })));
    return taken;
  };
  const whole = await times('Board', () => ({ filter: {} }));
  const filtered = await times('Board', (i) => ({ filter: filters[i % filters.length] }));
  const lines: [string, number[]][] = [
    ['completed tab', await times('BoardCompleted', () => ({ first: 50 }))],
    ['sessions list', await times('SessionList', () => ({ first: 50 }))],
    ['  of one technician', await times('SessionList', () => ({ first: 50, assigneeId: technician }))],
    ['SLA report of a month', await times('SlaReport', () => ({ from, until }))],
  ];
  return [
    { what: '  the whole board asked again, p50', value: percentile(whole, 50), unit: 'ms' },
    { what: '  a filter, p95', value: percentile(filtered, 95), unit: 'ms', goal: 300 },
    ...lines.map(([what, taken]): Measure => ({ what: `  ${what}, p95`, value: percentile(taken, 95), unit: 'ms' })),
  ];
}

/** Sessions made over the api, so that a workflow stands behind each: given to one person, then moved on. */
async function assigned({ senior, people, pool, mspId }: FilledHouse): Promise<Measure[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select e.id from endpoint e where e.msp_id = $1 and not exists (select from session s where s.msp_id = $1 and s.endpoint_id = e.id
       and s.status <> 'completed') order by e.name limit $2`,
    [mspId, ASSIGNED],
  );
  const workers = people.slice(2); // Whom sessions can be given to: not the manager.
  const to = (i: number) => globalId('User', workers[i % workers.length]?.id ?? '');
  const taken: number[] = [];
  for (const [i, { id }] of rows.entries()) {
    const input = { endpointId: globalId('Endpoint', id), title: `Assigned ${i}`, request: 'It is slow' };
    const session = await made(
      senior.act<{ id: string }>(
        'startSession',
        'StartSessionInput',
        { ...input, reason: 'to look' },
        '... on Session { id }',
      ),
    );
    for (const step of [1, 2]) {
      const give = { sessionId: session.id, userId: to(i + step), reason: 'to share the work' };
      taken.push(
        await took(() =>
          made(senior.act<{ id: string }>('reassignSession', 'ReassignSessionInput', give, '... on Session { id }')),
        ),
      );
    }
  }
  return [
    { what: 'assign, p50', value: percentile(taken, 50), unit: 'ms' },
    { what: 'assign, p95', value: percentile(taken, 95), unit: 'ms', goal: 500 },
  ];
}

/** From the COMMIT of a change to its row on somebody's board, in a browser. */
async function onScreen(page: Page, house: FilledHouse): Promise<Measure[]> {
  await firstView(page, house);
  const { rows } = await house.pool.query<{ id: string; number: number }>(
    `select s.id, s.number from session s join client c on c.msp_id = s.msp_id and c.id = s.client_id
     where s.msp_id = $1 and s.status = 'active' order by lower(c.name), s.number limit 1`,
    [house.mspId],
  );
  const { id = '', number = 0 } = rows[0] ?? {};
  const taken: number[] = [];
  for (let i = 0; i < ON_SCREEN; i += 1) {
    const title = `Changed ${i} ${number}`;
    await sleep(1_500); // Apart, so that none rides on the one before.
    const began = performance.now();
    await house.pool.query(
      `with changed as (update session set title = $3 where msp_id = $1 and id = $2)
       select pg_notify('throughline', json_build_object('k', 'session', 'm', $1::uuid, 's', $2::uuid)::text)`,
      [house.mspId, id, title],
    );
    await page.getByText(title).first().waitFor();
    taken.push(performance.now() - began);
  }
  return [
    { what: 'board event to screen, p50', value: percentile(taken, 50), unit: 'ms' },
    { what: 'board event to screen, p95', value: percentile(taken, 95), unit: 'ms', goal: 1_000 },
  ];
}

async function live(house: FilledHouse): Promise<Measure[]> {
  const api = () => part(house, 'api')[0]!;
  const cpuOf = (name: string) => cpuOfPart(house, name);
  const before = api().mib;
  const { heard, events, stop } = await subscribeAll(house, DISPATCHERS);
  await sleep(5_000);
  const idle = api().mib;
  const [apiBefore, postgresBefore, countBefore, began] = [
    cpuOf('api'),
    cpuOf('postgres'),
    events(),
    performance.now(),
  ];
  const usage: number[] = [];
  const watch = setInterval(() => {
    void house.pool
      .query<{ used: number }>('select pg_notification_queue_usage() as used')
      .then(({ rows }) => usage.push(rows[0]?.used ?? 0));
  }, 5_000);
  const sent = await storm(house, PER_SECOND, SECONDS);
  const stormed = (performance.now() - began) / 1000;
  clearInterval(watch);
  // What is still on the way.
  let last = -1;
  await waitFor(
    'no more events to come',
    async () => {
      const same = last === events();
      last = events();
      await sleep(2_000);
      return same;
    },
    120_000,
  );
  const [apiCpu, postgresCpu] = [cpuOf('api') - apiBefore, cpuOf('postgres') - postgresBefore];
  const memory = api().mib;
  const each = heard.map((mine) => delays(sent, mine));
  const ms = each.flatMap((one) => one.ms);
  await stop();
  return [
    { what: 'board event to dispatcher, p50', value: percentile(ms, 50), unit: 'ms' },
    { what: 'board event to dispatcher, p95', value: percentile(ms, 95), unit: 'ms', goal: 1_000 },
    { what: '  changes nobody was told of', value: each.reduce((sum, { lost }) => sum + lost, 0), unit: '', goal: 0 },
    { what: '  changes made', value: (PER_SECOND * SECONDS) / stormed, unit: 'a second' },
    { what: '  events received, all dispatchers', value: (events() - countBefore) / stormed, unit: 'a second' },
    {
      what: '  processor of the api, for each dispatcher',
      value: (100 * apiCpu) / stormed / DISPATCHERS,
      unit: '% of a core',
    },
    { what: '  processor of Postgres, in all', value: (100 * postgresCpu) / stormed, unit: '% of a core' },
    {
      what: '  memory of the api, for each dispatcher, idle',
      value: ((idle - before) * 1024) / DISPATCHERS,
      unit: 'KiB',
    },
    { what: '  memory of the api under the storm', value: memory, unit: 'MiB' },
    { what: '  NOTIFY queue in use, most', value: 100 * Math.max(0, ...usage), unit: '%' },
  ];
}

const part = ({ product }: FilledHouse, name: string) => tree(product.pid).filter((each) => each.name === name);
const cpuOfPart = (house: FilledHouse, name: string) =>
  part(house, name).reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);

/** What an open board asks for when it is told of a change: all of it, and the rows of the session alone. */
async function readAgain(house: FilledHouse): Promise<Measure[]> {
  const { rows } = await house.pool.query<{ id: string }>(
    `select id from session where msp_id = $1 and status = 'active' order by number limit $2`,
    [house.mspId, ASKS],
  );
  const measures: Measure[] = [];
  for (const [what, operation, variables] of [
    ['all of it', 'Board', () => ({ filter: {} })],
    [
      'what changed',
      'BoardChanges',
      (i: number) => ({
        filter: {},
        sessionIds: [globalId('Session', rows[i % rows.length]?.id ?? '')],
        endpointIds: [],
      }),
    ],
  ] as const) {
    const query = webOperation(operation);
    const cpu = () => [cpuOfPart(house, 'api'), cpuOfPart(house, 'postgres')] as const;
    const before = cpu();
    let bytes = 0;
    for (let i = 0; i < ASKS; i += 1)
      bytes = Math.max(bytes, JSON.stringify(await house.manager.gql(query, variables(i))).length);
    const after = cpu();
    measures.push(
      { what: `  a change, ${what} read: most bytes`, value: bytes / 1024, unit: 'KiB' },
      { what: '    processor of the api', value: ((after[0] - before[0]) * 1000) / ASKS, unit: 'ms' },
      { what: '    processor of Postgres', value: ((after[1] - before[1]) * 1000) / ASKS, unit: 'ms' },
    );
  }
  return measures;
}

const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');

async function took(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
