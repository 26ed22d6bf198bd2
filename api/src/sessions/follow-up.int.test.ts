import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let theo: Desk;
let sam: Desk;
let runtime: ScriptedRuntime;
let sessionId: string;

beforeAll(async () => {
  bench = await openApiBench();
  theo = bench.desk(bench.northgate.people.theo);
  sam = bench.desk(bench.northgate.people.sam);
  runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  sessionId = gid('Session', await bench.active(theo, runtime, 'VPN fails'));
});
afterAll(() => bench?.close());

const of = async <T>(desk: Desk, id: string, fields: string): Promise<T> =>
  (await desk.gql<{ session: T }>(`query($id: ID!) { session(id: $id) { ${fields} } }`, { id })).session;
interface Line {
  seq: number;
  text: string;
}
type Section = 'tried' | 'failed' | 'pending' | 'ruledOut' | 'next';
const BRIEFING =
  'briefing { tried { seq text } failed { seq text } pending { seq text } ruledOut { seq text } next { seq text } }';

it('F072 the new technician is briefed from the record: tried, failed, pending, ruled out, next, each line with its entry', async () => {
  const before = await of<{ briefing: Record<Section, Line[]> }>(theo, sessionId, BRIEFING);
  expect(Object.values(before.briefing).flat()).toEqual([]);
  const plain = rawId(sessionId);
  const first = await bench.command(theo, plain, 'uname -a');
  await runtime.plays(first, playing(first, ['Linux\n']));
  await theo.must('addMessage', { sessionId, text: 'Ruled out: the cable\nNext: ask the vendor' });
  await theo.must('proposeCommand', { sessionId, shell: 'bash', script: 'systemctl restart vpn', reason: 'stuck' });
  await bench.desk(bench.northgate.people.dana).must('reassignSession', {
    sessionId,
    userId: gid('User', bench.northgate.people.sam.id),
    reason: 'Theo goes home',
  });
  await waitFor('the hand-over in the record', async () => {
    const { assignee } = await of<{ assignee: { name: string } }>(sam, sessionId, 'assignee { name }');
    return assignee.name === 'Sam Whitfield';
  });
  const { briefing, entries } = await of<{
    briefing: Record<Section, Line[]>;
    entries: { edges: { node: { seq: number; kind: string } }[] };
  }>(sam, sessionId, `${BRIEFING} entries(first: 100) { edges { node { seq kind } } }`);
  expect(Object.fromEntries(Object.entries(briefing).map(([k, lines]) => [k, lines.map((l) => l.text)]))).toEqual({
    tried: ['uname -a'],
    failed: [],
    pending: ['systemctl restart vpn: waits for the person at the device'],
    ruledOut: ['the cable'],
    next: ['ask the vendor', 'Theo goes home'],
  });
  const kind = (line: Line | undefined) => entries.edges.find(({ node }) => node.seq === line?.seq)?.node.kind;
  expect(
    [briefing.tried[0], briefing.pending[0], briefing.ruledOut[0], briefing.next[0], briefing.next[1]].map(kind),
  ).toEqual(['command_verdict', 'approval_requested', 'message', 'message', 'assigned']);
});

it('F017 who worked is a participant with first and last act, who only watched is not; waiting and working add up to the whole', async () => {
  await of(bench.desk(bench.northgate.people.mona), sessionId, 'title entryCount');
  const seen = await of<{
    participants: { name: string; kind: string; firstAt: string; lastAt: string }[];
    durations: Record<'totalMs' | 'waitingForApprovalMs' | 'activeMs' | 'idleMs', number>;
    openedAt: string;
  }>(
    sam,
    sessionId,
    'openedAt participants { name kind firstAt lastAt } durations { totalMs waitingForApprovalMs activeMs idleMs }',
  );
  // Dana moved it and Mona looked at it: neither took part.
  expect(seen.participants.filter((p) => p.kind === 'user').map((p) => p.name)).toEqual(['Theo Lind']);
  expect(seen.participants.some((p) => p.kind === 'end_user')).toBe(true);
  for (const p of seen.participants) expect(Date.parse(p.firstAt)).toBeLessThanOrEqual(Date.parse(p.lastAt));
  const { totalMs, waitingForApprovalMs, activeMs, idleMs } = seen.durations;
  expect(waitingForApprovalMs + activeMs + idleMs).toBe(totalMs);
  expect(waitingForApprovalMs).toBeGreaterThan(0);
  expect(activeMs).toBeGreaterThan(0);
  expect(Math.abs(Date.now() - Date.parse(seen.openedAt) - totalMs)).toBeLessThan(60_000);
});

it('F021 a follow-up is a new session on the same endpoint with links both ways, and the completed one stays as it was', async () => {
  const ask = (desk: Desk, more: object = {}) =>
    desk.act(
      'followUpSession',
      { sessionId, request: 'It fails again', idempotencyKey: 'again', ...more },
      '... on Session { id number title status endpoint { name } follows { id } }',
    );
  expect(await ask(sam)).toMatchObject({ code: 'INVALID_STATE' });
  await sam.must('completeSession', {
    sessionId,
    outcome: 'unresolved',
    note: 'Vendor is on it',
    verification: [],
    notVerifiedBecause: 'waiting',
  });
  const HEAD = 'status outcome entryCount headHash note';
  const before = await of(sam, sessionId, HEAD);
  expect(await ask(bench.desk(bench.northgate.people.ada))).toMatchObject({ code: 'FORBIDDEN' });
  expect(await ask(sam, { request: ' ' })).toMatchObject({ code: 'REASON_REQUIRED' });
  const made = await ask(sam);
  expect(made).toMatchObject({
    title: 'VPN fails',
    status: 'unstarted',
    endpoint: { name: 'HARB-WS-07' },
    follows: { id: sessionId },
  });
  expect((await ask(sam)).id).toBe(made.id);
  expect(await of(sam, sessionId, 'followUps { id }')).toEqual({ followUps: [{ id: made.id }] });
  expect(await of(sam, sessionId, HEAD)).toEqual(before);
  const { entries } = await of<{ entries: { edges: { node: { payload: unknown } }[] } }>(
    sam,
    made.id!,
    'entries(first: 1) { edges { node { payload } } }',
  );
  expect(entries.edges[0]?.node.payload).toMatchObject({
    request: 'It fails again',
    follows: { sessionId: rawId(sessionId) },
  });
});
