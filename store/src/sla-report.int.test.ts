import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionCount, sessionPage } from './session-list-store.ts';
import { type ReportRow, STANDINGS, reportSql, slaReport } from './sla-report-store.ts';
import { type TestMsp, type TestStore, createMsp, openTestStore } from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';

const MINUTE = 60_000;
const from = new Date('2026-05-01T00:00:00Z');
const until = new Date('2026-06-01T00:00:00Z');
/** Long after the month: what is not met by now and has a limit is broken. */
const now = new Date('2026-07-01T00:00:00Z');
let store: TestStore;
let msp: TestMsp;
let other: TestMsp;

interface Draft {
  at: string;
  client: 0 | 1;
  mine?: boolean;
  /** Minutes after the opening. */
  responded?: number;
  resolved?: number;
  responseBreached?: boolean;
  /** Due a year on: not broken yet. */
  farOff?: boolean;
}
/* Response is due after 60 minutes, completion after 480. */
const month: Draft[] = [
  { at: '2026-05-01T00:00:00Z', client: 0, mine: true, responded: 10, resolved: 100 },
  { at: '2026-05-04T09:00:00Z', client: 0, mine: true, responded: 30, resolved: 481 },
  // Over the limit by a millisecond’s mark that no timer has written yet; and one that the timer wrote.
  { at: '2026-05-12T09:00:00Z', client: 0, responded: 60.5, resolved: 200 },
  { at: '2026-05-13T09:00:00Z', client: 1, mine: true, responded: 50, resolved: 480, responseBreached: true },
  { at: '2026-05-20T09:00:00Z', client: 1 },
  { at: '2026-05-31T23:59:59Z', client: 1, farOff: true },
  // Not of the month.
  { at: '2026-04-30T23:59:59Z', client: 0, mine: true, responded: 1, resolved: 1 },
  { at: '2026-06-01T00:00:00Z', client: 1, responded: 1, resolved: 1 },
];

beforeAll(async () => {
  store = await openTestStore();
  [msp, other] = [await createMsp(store, 'northgate'), await createMsp(store, 'rivermark')];
  await seed(msp, month);
  await seed(other, month.slice(0, 3));
});
afterAll(() => store?.close());

async function seed(of: TestMsp, drafts: Draft[]): Promise<void> {
  for (const [n, draft] of drafts.entries()) {
    const { id: clientId, endpointId } = of.clients[draft.client] as TestMsp['clients'][number];
    const start = Date.parse(draft.at);
    const clock = (met: number | undefined, limit: number, breached = false) => ({
      startedAt: start,
      metAt: met === undefined ? null : start + met * MINUTE,
      warnedAt: null,
      breachedAt: breached ? start + limit * MINUTE : null,
      warnAt: start + MINUTE,
      dueAt: draft.farOff ? start + 365 * 86_400_000 : start + limit * MINUTE,
    });
    const clocks = {
      response: clock(draft.responded, 60, draft.responseBreached),
      resolution: clock(draft.resolved, 480),
    };
    await store.admin.query(
      `insert into session (msp_id, id, number, client_id, endpoint_id, title, request, requester, channel, status, waiting_on, priority,
         assignee_id, clocks, opened_at)
       values ($1, $2, $3, $4, $5, 'x', 'x', 'x', 'x', 'unstarted', 'assignee', 'normal', $6, $7, $8)`,
      [of.mspId, randomUUID(), 9_000 + n, clientId, endpointId, draft.mine ? of.userId : null, clocks, draft.at],
    );
  }
}

const inMsp = <T>(fn: (tx: Tx) => Promise<T>, scope = msp.scope) => withTenant(store.pool, scope, fn);
const report = (scope = msp.scope) => inMsp((tx) => slaReport(tx, scope, { from, until, now }), scope);
const brief = (row: ReportRow | undefined) =>
  row && {
    sessions: row.sessions,
    response: [row.response_met, row.response_breached, row.response_open],
    resolution: [row.resolution_met, row.resolution_breached, row.resolution_open],
    medians: [row.response_median, row.resolution_median].map((ms) => (ms === null ? null : ms / MINUTE)),
  };

describe('the SLA report', () => {
  it('F081 U55 equals a hand count of the month, in all, by client and by technician', async () => {
    const rows = await report();
    const of = (by: string, field: 'client_id' | 'assignee_id', id: string | null) =>
      brief(rows.find((row) => row.by === by && row[field] === id));
    expect(brief(rows.find((row) => row.by === 'all'))).toEqual({
      sessions: 6,
      response: [2, 3, 1],
      resolution: [3, 2, 1],
      // 10, 30, 50, 60.5 and 100, 200, 480, 481.
      medians: [40, 340],
    });
    expect(of('client', 'client_id', msp.clients[0]!.id)).toEqual({
      sessions: 3,
      response: [2, 1, 0],
      resolution: [2, 1, 0],
      medians: [30, 200],
    });
    expect(of('client', 'client_id', msp.clients[1]!.id)).toEqual({
      sessions: 3,
      response: [0, 2, 1],
      resolution: [1, 1, 1],
      medians: [50, 480],
    });
    expect(of('technician', 'assignee_id', msp.userId)).toEqual({
      sessions: 3,
      response: [2, 1, 0],
      resolution: [2, 1, 0],
      medians: [30, 480],
    });
    expect(of('technician', 'assignee_id', null)).toMatchObject({ sessions: 3, response: [0, 2, 1] });
    expect(rows).toHaveLength(5);
  });

  it('F081 equals plain SQL over the sessions, and every number the list that it opens', async () => {
    const rows = await report();
    for (const row of rows)
      for (const clock of ['response', 'resolution'] as const)
        for (const standing of STANDINGS) {
          const filter = {
            openedFrom: from,
            openedUntil: until,
            clock,
            standing,
            ...(row.by === 'client' ? { clientId: row.client_id } : {}),
            ...(row.by === 'technician' ? { assigneeId: row.assignee_id } : {}),
          };
          const page = await inMsp(async (tx) => ({
            rows: await sessionPage(tx, msp.scope, filter, null, 50),
            total: await sessionCount(tx, msp.scope, filter),
          }));
          expect({ row: row.by, clock, standing, total: page.total }).toEqual({
            row: row.by,
            clock,
            standing,
            total: row[`${clock}_${standing}`],
          });
          expect(page.rows).toHaveLength(page.total);
        }
    const { rows: plain } = await store.admin.query<{ late: number }>(
      `select count(*)::int as late from session where msp_id = $1 and opened_at >= $2 and opened_at < $3
       and (clocks->'response'->>'breachedAt' is not null
         or coalesce((clocks->'response'->>'metAt')::numeric, $4) > (clocks->'response'->>'dueAt')::numeric)`,
      [msp.mspId, from, until, now.getTime()],
    );
    expect(rows.find((row) => row.by === 'all')?.response_breached).toBe(plain[0]?.late);
  });

  it('F132 counts no other organisation’s sessions and no client out of sight', async () => {
    expect((await report(other.scope)).find((row) => row.by === 'all')?.sessions).toBe(3);
    const limited = { mspId: msp.mspId, clients: [msp.clients[1]!.id] };
    const rows = await report(limited);
    expect(rows.find((row) => row.by === 'all')?.sessions).toBe(3);
    expect(rows.flatMap((row) => (row.by === 'client' ? [row.client_id] : []))).toEqual([msp.clients[1]!.id]);
  });

  it('F139 reads the period by its index: no sequential scan over sessions, however many there are', async () => {
    // Among a handful of rows every index costs the same: a year of them, most not of the month. Undone afterwards.
    const client = store.admin;
    const { id: clientId, endpointId } = msp.clients[0] as TestMsp['clients'][number];
    await client.query('begin');
    await client.query(
      `insert into session (msp_id, id, number, client_id, endpoint_id, title, request, requester, channel, status, waiting_on, priority, clocks, opened_at)
       select $1, gen_random_uuid(), 20000 + n, $2, $3, 'x', 'x', 'x', 'x', 'completed', 'assignee', 'normal', '{}', $4::timestamptz - n * interval '3 hours'
       from generate_series(1, 3000) n`,
      [msp.mspId, clientId, endpointId, from],
    );
    await client.query('analyze session');
    await client.query(
      `set local role throughline_app; set local app.msp_id = '${msp.mspId}'; set local app.clients = '*'`,
    );
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${reportSql}`, [
      msp.mspId,
      from,
      until,
      now.getTime(),
    ]);
    await client.query('rollback');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('session_by_time');
    expect(plan).not.toContain('Seq Scan on session');
    expect(plan).toMatch(/Index Cond: .*opened_at >= .*opened_at </);
  });
});
