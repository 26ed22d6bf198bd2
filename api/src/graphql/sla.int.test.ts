import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSession } from '../sessions/open-session.ts';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';

let bench: ApiBench;
let ada: Desk;
let theo: Desk;
let endpointId: string;
const group = () => gid('ClientGroup', bench.northgate.clients.harbor.groupId);
const client = () => gid('Client', bench.northgate.clients.harbor.id);

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  theo = bench.desk(bench.northgate.people.theo);
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  endpointId = gid('Endpoint', runtime.identity.endpointId);
});
afterAll(() => bench?.close());

const POLICY = `{ name level version document { normal { responseMinutes resolutionMinutes } warnPercent tellBreach
    hours { zone roundTheClock holidays windows { days from to } } }
  versions { version changes note madeBy madeAt } holds { what says level version } }`;
interface PolicyView {
  version: number;
  versions: { version: number; madeAt: string }[];
  holds: { what: string; says: string; level: string; version: number }[];
}
const policyOf = (field = '') => ada.gql<{ p: PolicyView }>(`{ p: slaPolicy${field} ${POLICY} }`).then(({ p }) => p);
const set = (input: object, by = ada) => by.act('setSlaPolicy', input, `... on SlaPolicy ${POLICY}`);
const changed = () =>
  bench.rows<{ target: string; details: Record<string, unknown> }>(
    `select target, details from audit_event where action = 'sla.changed' order by id`,
  );
interface Clock {
  name: string;
  startedAt: string;
  warnAt: string;
  breachAt: string;
}
/** A session as a ticket opens it: nobody has started it. */
const open = async (title: string, sessions = bench.deps.sessions) => {
  const sessionId = randomUUID();
  await openSession(
    { pool: bench.deps.pool, sessions },
    {
      mspId: bench.northgate.mspId,
      sessionId,
      clientId: bench.northgate.clients.harbor.id,
      endpointId: rawId(endpointId),
      details: { title, request: '', requester: 'Olivia', channel: 'phone', ticket: null },
      priority: 'normal',
      by: { kind: 'system' },
      updateId: `open:${sessionId}`,
    },
  );
  const id = gid('Session', sessionId);
  await shown(async () => expect((await clockOf(id, 'response')).due).toBeGreaterThan(0));
  return id;
};
const shown = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 100 });
const clockOf = async (id: string, name: string) => {
  const { session } = await theo.gql<{ session: { clocks: Clock[] } }>(
    `{ session(id: "${id}") { clocks { name startedAt warnAt breachAt } } }`,
  );
  const clock = session.clocks.find((each) => each.name === name)!;
  const minutes = (at: string) => (Date.parse(at) - Date.parse(clock.startedAt)) / 60_000;
  return { warn: minutes(clock.warnAt), due: minutes(clock.breachAt) };
};

describe('the settings of SLA', () => {
  it('F080 without a policy a session runs by the product’s own limits', async () => {
    expect(await clockOf(await open('by the product'), 'response')).toEqual({ warn: 45, due: 60 });
    expect((await policyOf()).holds).toContainEqual({
      what: 'Normal, first response',
      says: '1 h',
      level: 'built_in',
      version: 0,
    });
  });

  it('F133 a change is a new version with who, when, why and what, and stands in the audit trail with before and after', async () => {
    const document = { normal: { responseMinutes: 20 }, warnPercent: 50, tellBreach: ['manager'] };
    const acted = await set({ groupId: group(), document, expectedVersion: 0, note: ' As agreed in May ' });
    expect(acted).toMatchObject({ __typename: 'SlaPolicy', name: 'Dental', level: 'client_group', version: 1 });
    const policy = await policyOf(`(groupId: "${group()}")`);
    const changes = [
      'Normal, first response: not set here → 20 min',
      'Warns at: not set here → 50 % of the limit',
      'Told of a breach: not set here → managers',
    ];
    expect(policy).toMatchObject({
      document: { normal: { responseMinutes: 20, resolutionMinutes: null }, hours: null, tellBreach: ['manager'] },
      versions: [{ version: 1, changes, note: 'As agreed in May', madeBy: 'Ada Okafor' }],
    });
    expect(Math.abs(Date.now() - Date.parse(policy.versions[0]!.madeAt))).toBeLessThan(60_000);
    expect((await changed()).at(-1)).toMatchObject({
      target: 'Dental',
      details: { version: 1, changes, before: {}, after: { normal: { response: 20 }, warnPercent: 50 } },
    });
  });

  it('F080 every session that opens runs by the policy in force, the most specific field by field', async () => {
    await set({ clientId: client(), document: { normal: { resolutionMinutes: 100 } }, expectedVersion: 0 });
    const id = await open('by the policy');
    expect(await clockOf(id, 'response')).toEqual({ warn: 10, due: 20 });
    expect(await clockOf(id, 'resolution')).toEqual({ warn: 50, due: 100 });
    expect((await policyOf(`(clientId: "${client()}")`)).holds).toEqual(
      expect.arrayContaining([
        { what: 'Normal, first response', says: '20 min', level: 'client_group', version: 1 },
        { what: 'Normal, completion', says: '100 min', level: 'client', version: 1 },
      ]),
    );
  });

  it('F080 a session under way goes on by a changed policy and by a changed priority, and its record says so', async () => {
    const id = await open('changed in mid-flight');
    const document = { normal: { resolutionMinutes: 100, responseMinutes: 40 }, urgent: { responseMinutes: 8 } };
    expect(await set({ clientId: client(), document, expectedVersion: 1 })).toMatchObject({ version: 2 });
    await shown(async () => expect(await clockOf(id, 'response')).toEqual({ warn: 20, due: 40 }));
    const entries = () =>
      theo.gql<{ session: { entries: { edges: { node: { kind: string; payload: object } }[] } } }>(
        `{ session(id: "${id}") { entries(first: 50) { edges { node { kind payload } } } } }`,
      );
    const { session } = await entries();
    const told = session.entries.edges.flatMap(({ node }) => (node.kind === 'sla_policy' ? [node.payload] : []));
    expect(told).toMatchObject([{ organisation: 0, clientGroup: 1, client: 2 }]);
    expect(JSON.stringify(told)).toContain('limit 20 min');
    const dana = bench.desk(bench.northgate.people.dana);
    await dana.must('setPriority', { sessionId: id, priority: 'urgent', reason: 'The whole desk is down' });
    await shown(async () => expect(await clockOf(id, 'response')).toEqual({ warn: 4, due: 8 }));
  });

  it('F080 a change that falls between reading the policy and opening the session still reaches it', async () => {
    const between = {
      // The policy was read; before the workflow starts, there is a new one.
      open: async (...args: Parameters<typeof bench.deps.sessions.open>) => {
        await set({ clientId: client(), document: { normal: { responseMinutes: 44 } }, expectedVersion: 2 });
        return bench.deps.sessions.open(...args);
      },
    } as typeof bench.deps.sessions;
    const id = await open('in between', between);
    await shown(async () => expect(await clockOf(id, 'response')).toEqual({ warn: 22, due: 44 }));
  });

  it('F133 who read an old version is told to reload, and nothing is changed', async () => {
    const before = [await policyOf(`(groupId: "${group()}")`), (await changed()).length];
    expect(await set({ groupId: group(), document: { warnPercent: 60 }, expectedVersion: 0 })).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/Somebody else .* Reload/),
    });
    expect([await policyOf(`(groupId: "${group()}")`), (await changed()).length]).toEqual(before);
  });

  const hours = (over: object) => ({
    hours: {
      zone: 'UTC',
      roundTheClock: false,
      windows: [{ days: [1], from: '09:00', to: '17:00' }],
      holidays: [],
      ...over,
    },
  });
  it.each([
    ['zero minutes', { normal: { responseMinutes: 0 } }, 'A limit is more than 0 minutes.'],
    ['a zone that is none', hours({ zone: 'Mars' }), 'This time zone is not known'],
    [
      'hours that overlap',
      hours({
        windows: [
          { days: [1, 2], from: '09:00', to: '12:00' },
          { days: [2], from: '11:00', to: '13:00' },
        ],
      }),
      'These hours overlap: Tue 09:00–12:00 and Tue 11:00–13:00.',
    ],
    ['no hours at all', hours({ windows: [] }), 'These hours are never'],
    ['a day that is none', hours({ windows: [{ days: [0], from: '09:00', to: '12:00' }] }), 'There is no day 0'],
    ['a holiday that is none', hours({ holidays: ['25.12.'] }), 'Write a holiday as its date'],
    ['nobody to tell', { tellWarn: [] }, 'Say whom to tell'],
    ['a warning after the limit', { warnPercent: 101 }, '99 % of the limit'],
    ['nothing new', {}, 'This is what the policy says already'],
  ])('F080 refuses %s in one clear line and keeps nothing', async (_what, document, words) => {
    const before = await changed();
    const acted = await set({ document, expectedVersion: 0 });
    expect(acted).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(words) });
    expect(await changed()).toEqual(before);
    expect((await policyOf()).version).toBe(0);
  });

  it('F135 only an admin reads or changes it, and who sees some clients changes nothing that others run by', async () => {
    for (const name of ['theo', 'dana', 'mona'] as const) {
      const desk = bench.desk(bench.northgate.people[name]);
      expect(await set({ document: { warnPercent: 60 }, expectedVersion: 0 }, desk)).toMatchObject({
        code: 'FORBIDDEN',
      });
      await expect(desk.gql(`{ slaPolicy { version } }`)).rejects.toThrow(/may not|admin|FORBIDDEN/i);
    }
  });
});

describe('the preview of an SLA policy', () => {
  it('F080 says what would be due when, came it now, beside what is due by the policy of now; changes nothing', async () => {
    const before = await bench.rows('select count(*) from sla_version');
    const { p } = await ada.gql<{
      p: {
        at: string;
        changes: string[];
        dues: {
          priority: string;
          clock: string;
          dueAt: string;
          warnAt: string;
          escalateAt: string | null;
          dueBefore: string;
        }[];
      };
    }>(
      `{ p: previewSla(clientId: "${client()}", document: { normal: { responseMinutes: 5 }, escalateAfterMinutes: 10 })
        { at changes dues { priority clock warnAt dueAt escalateAt dueBefore } } }`,
    );
    const due = p.dues.find(({ priority, clock }) => priority === 'normal' && clock === 'response')!;
    const minutes = (at: string | null) => (Date.parse(at ?? '') - Date.parse(p.at)) / 60_000;
    expect([due.warnAt, due.dueAt, due.escalateAt, due.dueBefore].map(minutes)).toEqual([2.5, 5, 15, 44]);
    expect(p.dues).toHaveLength(6);
    expect(p.changes).toContain('Normal, first response: 44 min → 5 min');
    expect(await bench.rows('select count(*) from sla_version')).toEqual(before);
  });

  it('U51 counts by the business hours of the draft', async () => {
    const { p } = await ada.gql<{ p: { dues: { dueAt: string | null }[] } }>(
      `{ p: previewSla(document: { hours: { zone: "UTC", roundTheClock: false, holidays: [], windows: [{ days: [1, 2, 3, 4, 5], from: "09:00", to: "09:30" }] } }) { dues { dueAt } } }`,
    );
    for (const { dueAt } of p.dues) expect(new Date(dueAt!).toISOString()).toMatch(/T09:(0|1|2|30)/);
  });
});

describe('the SLA report', () => {
  const reportOf = (desk: Desk, period = 'from: "2000-01-01T00:00:00Z", until: "2000-02-01T00:00:00Z"') =>
    desk.raw<{
      slaReport: { total: { sessions: number } };
    }>(`{ slaReport(${period}) { total { sessions response { met breached open medianMinutes } }
      clients { client { name } sessions } technicians { technician { name } sessions } } }`);

  it('F081 counts the sessions of a period for dispatchers and managers, and opens their list', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const period = `from: "${from}", until: "${until}"`;
    const [counted] = await bench.rows<{ count: number }>('select count(*)::int as count from session');
    const mona = bench.desk(bench.northgate.people.mona);
    const { data } = await reportOf(mona, period);
    expect(data?.slaReport).toMatchObject({
      total: { sessions: counted?.count, response: { met: 0, breached: 0, open: counted?.count, medianMinutes: null } },
      clients: [{ client: { name: 'Harbor Dental' }, sessions: counted?.count }],
      technicians: [{ technician: null, sessions: counted?.count }],
    });
    const list = await mona.gql<{ sessions: { totalCount: number } }>(
      `{ sessions(openedFrom: "${from}", openedUntil: "${until}", unassigned: true, clock: response, slaStanding: open) { totalCount } }`,
    );
    expect(list.sessions.totalCount).toBe(counted?.count);
    expect((await reportOf(mona)).data?.slaReport.total.sessions).toBe(0);
  });

  it('F135 is for nobody else, and covers a year at most', async () => {
    for (const name of ['theo', 'sam', 'ada'] as const) {
      const { errors } = await reportOf(bench.desk(bench.northgate.people[name]));
      expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    }
    const mona = bench.desk(bench.northgate.people.mona);
    for (const period of [
      'from: "2020-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z"',
      'from: "2026-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z"',
    ])
      expect((await reportOf(mona, period)).errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  });
});
