import type { EntryPayload } from '@throughline/domain/entry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { FACTS, type ScriptedRuntime } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let made = 0;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(() => bench?.close());

const enrolled = () => bench.enrol(bench.northgate.clients.harbor.id, `FACTS-${++made}`);
/** The session's entries in their order, payloads read. */
const entries = (sessionId: string) =>
  bench.rows<{ seq: number; kind: string; payload: EntryPayload<'endpoint_facts'> }>(
    `select e.seq, e.kind, convert_from(p.payload, 'utf8')::json as payload
     from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
     where e.session_id = $1 order by e.seq`,
    [sessionId],
  );
const factsOf = async (sessionId: string) =>
  (await entries(sessionId)).filter((entry) => entry.kind === 'endpoint_facts').map((entry) => entry.payload);
const asks = (runtime: ScriptedRuntime) => runtime.all('facts').length;
const capture = (sessionId: string, desk = jun) =>
  desk.act('captureFacts', { sessionId: gid('Session', sessionId) }, '... on Entry { seq kind }');

it('F007 captures the endpoint’s state afresh at the start, ahead of every command', async () => {
  const runtime = await enrolled();
  await runtime.connect();
  // Since it connected, somebody signed in and the disk filled up.
  runtime.facts = { ...runtime.facts, users: ['olivia', 'sam'], diskFreeBytes: 42 };
  const sessionId = await bench.active(jun, runtime);
  await bench.command(jun, sessionId);
  const all = await entries(sessionId);
  const state = all.find((entry) => entry.kind === 'endpoint_facts');
  expect(state?.payload).toMatchObject({ facts: runtime.facts, fresh: true, runtimeId: runtime.identity.runtimeId });
  expect(state?.payload.facts).toMatchObject({ os: FACTS.os, arch: FACTS.arch, timeZone: FACTS.timeZone });
  expect(state!.seq).toBeLessThan(all.find((entry) => entry.kind.startsWith('command_'))!.seq);
  expect(asks(runtime)).toBe(1);
});

it('F007 captures it again when a person asks', async () => {
  const runtime = await enrolled();
  await runtime.connect();
  const sessionId = await bench.active(jun, runtime);
  runtime.facts = { ...runtime.facts, diskFreeBytes: 7 };
  expect(await capture(sessionId)).toMatchObject({ kind: 'endpoint_facts' });
  expect((await factsOf(sessionId)).map((payload) => payload.facts.diskFreeBytes)).toEqual([FACTS.diskFreeBytes, 7]);
});

it('F007 shows an offline endpoint as it last was, and says when that was', async () => {
  const runtime = await enrolled();
  await runtime.connect();
  await runtime.cut();
  await bench.rows(`update endpoint set online = false, facts_at = now() - interval '2 hours' where id = $1`, [
    runtime.identity.endpointId,
  ]);
  const sessionId = await bench.started(jun, runtime);
  const [payload] = await factsOf(sessionId);
  expect(payload).toMatchObject({ fresh: false, facts: { hostname: runtime.identity.endpointName } });
  expect(Date.now() - new Date(payload!.capturedAt!).getTime()).toBeGreaterThan(7_000_000);
  expect(await capture(sessionId)).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/offline/) });
});

it('F007 never asks a runtime that is one version older, and says why', async () => {
  const runtime = await enrolled();
  runtime.version = 1;
  expect(await runtime.connect()).toBe('welcome');
  const sessionId = await bench.active(jun, runtime);
  expect((await factsOf(sessionId))[0]?.facts.hostname).toBe(runtime.identity.endpointName);
  expect(await capture(sessionId)).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/older/) });
  expect(asks(runtime)).toBe(0);
});

it('F007 starts all the same when the runtime keeps silent, and a person is told', async () => {
  const runtime = await enrolled();
  await runtime.connect();
  runtime.answersFacts = false;
  const sessionId = await bench.active(jun, runtime);
  expect(await factsOf(sessionId)).toHaveLength(1);
  expect(await capture(sessionId)).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/in time/) });
}, 30_000);

it('U57 records how far the endpoint’s clock is off', async () => {
  const runtime = await enrolled();
  runtime.clockAhead = 600_000;
  await runtime.connect();
  const sessionId = await bench.started(jun, runtime);
  const [payload] = await factsOf(sessionId);
  expect(payload?.clockSkewMs).toBeGreaterThan(590_000);
  expect(payload?.clockSkewMs).toBeLessThan(610_000);
});

it('F007 is for whoever may run commands there, while the session is under way', async () => {
  const runtime = await enrolled();
  await runtime.connect();
  const sessionId = await bench.active(jun, runtime);
  expect(await capture(sessionId, bench.desk(bench.northgate.people.dana))).toMatchObject({ code: 'FORBIDDEN' });
  expect(await capture(sessionId, bench.desk(bench.rivermark.people.rex))).toMatchObject({ code: 'NOT_FOUND' });
});
