import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';

type Name = keyof ApiBench['northgate']['people'];
interface Entry {
  kind: string;
  actor: { kind: string; name: string };
  payload: Record<string, unknown>;
}

let bench: ApiBench;
let desks: Record<'dana' | 'mona' | 'theo' | 'sam' | 'ada', Desk>;
let runtime: ScriptedRuntime;
let sessionId: string;

beforeAll(async () => {
  bench = await openApiBench();
  const { dana, mona, theo, sam, ada } = bench.northgate.people;
  desks = {
    dana: bench.desk(dana),
    mona: bench.desk(mona),
    theo: bench.desk(theo),
    sam: bench.desk(sam),
    ada: bench.desk(ada),
  };
}, 120_000);
afterAll(() => bench?.close());

let n = 0;
beforeEach(async () => {
  const { brightline } = bench.northgate.clients;
  runtime = await bench.enrol(brightline.id, `BRIT-AS-${n++}`);
  const [given] = await assignMany([{ endpointId: endpoint(), userId: user('theo') }]);
  sessionId = given!.session!.id;
});

const user = (name: Name) => gid('User', bench.northgate.people[name].id);
const endpoint = () => gid('Endpoint', runtime.identity.endpointId);
async function assignMany(items: object[], more: object = {}) {
  const input = { items, idempotencyKey: crypto.randomUUID(), newSession: { title: 'Printer fails' }, ...more };
  const acted = await desks.dana.must(
    'assignMany',
    input,
    '... on AssignedMany { items { code message session { id } } }',
  );
  return acted.items as { code: string | null; message: string | null; session: { id: string } | null }[];
}
const shown = async () =>
  (
    await desks.dana.gql<{
      session: {
        assignee: { name: string } | null;
        assignmentCount: number;
        awaitsAcceptance: boolean;
        acceptBy: string | null;
        onHoldSince: string | null;
        waitingOn: string;
        clocks: { name: string; breachAt: string; pausedAt: string | null }[];
        entries: { edges: { node: Entry }[] };
      };
    }>(
      `query($id: ID!) { session(id: $id) { assignee { name } assignmentCount awaitsAcceptance acceptBy onHoldSince waitingOn
        clocks { name breachAt pausedAt } entries(first: 100) { edges { node { kind actor { kind name } payload } } } } }`,
      { id: sessionId },
    )
  ).session;
const entries = async (kind: string) =>
  (await shown()).entries.edges.map(({ node }) => node).filter((node) => node.kind === kind);
const notified = async (desk: Desk) =>
  (await desk.gql<{ notifications: { text: string }[] }>('{ notifications(first: 50) { text } }')).notifications.map(
    ({ text }) => text,
  );
const reassign = (desk: Desk, to: Name, more: object = {}) =>
  desk.act('reassignSession', { sessionId, userId: user(to), reason: 'Balance', ...more });
async function policy(document: object): Promise<void> {
  const clientId = gid('Client', bench.northgate.clients.brightline.id);
  const { slaPolicy } = await desks.ada.gql<{ slaPolicy: { version: number } }>(
    'query($c: ID!) { slaPolicy(clientId: $c) { version } }',
    { c: clientId },
  );
  await desks.ada.must(
    'setSlaPolicy',
    { clientId, document, expectedVersion: slaPolicy.version },
    '... on SlaPolicy { version }',
  );
}

describe('two who assign at once', () => {
  it('F070 one wins, and the other is told who was first and to whom it went', async () => {
    const seenAssignment = (await shown()).assignmentCount;
    const [one, other] = await Promise.all([
      reassign(desks.dana, 'sam', { seenAssignment }),
      reassign(desks.mona, 'sam', { seenAssignment }),
    ]);
    const late = [one, other].filter(({ code }) => code !== undefined);
    const name = (await shown()).assignee?.name;
    expect(name).toBe('Sam Whitfield');
    expect(late).toHaveLength(1);
    expect(late[0]).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        /^(Dana Ruiz|Mona Said) gave it to Sam Whitfield a moment ago\. Look at the session, then assign it again if need be\.$/,
      ),
    });
    const moves = (await entries('assigned')).length;
    expect(await reassign(desks.mona, 'theo', { seenAssignment })).toMatchObject({ code: 'CONFLICT' });
    const [item] = await assignMany([{ sessionId, userId: user('theo'), seenAssignment }], { reason: 'Balance' });
    expect(item).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('gave it to Sam Whitfield') });
    expect(await entries('assigned')).toHaveLength(moves);
    // Who says nothing of what they saw, and who looked again, is let through.
    expect(await reassign(desks.mona, 'theo', { seenAssignment: (await shown()).assignmentCount })).toMatchObject({
      __typename: 'Session',
    });
  });
});

describe('bad assignments', () => {
  it('F066 somebody off shift gets it only when that is said, somebody without access or gone never', async () => {
    await desks.dana.must('setShift', { userId: user('sam'), onShift: false });
    expect(await reassign(desks.dana, 'sam')).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('Sam Whitfield is off shift.'),
    });
    expect(await reassign(desks.dana, 'sam', { offShift: true })).toMatchObject({ __typename: 'Session' });
    await desks.dana.must('setShift', { userId: user('sam'), onShift: true });
    expect(await reassign(desks.dana, 'jun', { offShift: true })).toMatchObject({
      code: 'FORBIDDEN',
      message: 'Jun Park has no access to this client. Choose somebody who has.',
    });
    await bench.rows('update app_user set deactivated_at = now() where id = $1', [bench.northgate.people.lena.id]);
    expect(await reassign(desks.dana, 'lena')).toMatchObject({
      code: 'INVALID_STATE',
      message: 'Lena Voss is not active any more. Choose somebody who is.',
    });
    expect((await shown()).assignee?.name).toBe('Sam Whitfield');
  });

  it('F070 a completed session goes to nobody, in words that say what to do', async () => {
    await runtime.connect();
    await desks.theo.must('startSession', { sessionId, reason: 'look' });
    await runtime.approves(Buffer.from(sessionId, 'base64').toString().replace('Session:', ''));
    await waitFor('consent', async () => (await entries('approval_decided')).length === 1);
    await desks.theo.must('completeSession', {
      sessionId,
      outcome: 'resolved',
      note: 'Done',
      verification: [],
      notVerifiedBecause: 'They said so',
    });
    const before = (await shown()).entries.edges.length;
    expect(await reassign(desks.dana, 'sam')).toMatchObject({
      code: 'INVALID_STATE',
      message: 'This session is completed. Open a follow-up session to go on.',
    });
    expect((await shown()).entries.edges).toHaveLength(before);
  });

  it('F067 ten thousand rows at once are refused with one clear error, and nothing is opened', async () => {
    const items = Array.from({ length: 10_000 }, () => ({ endpointId: endpoint(), userId: user('theo') }));
    const input = { items, idempotencyKey: 'many', newSession: { title: 'Ten thousand' } };
    expect(await desks.dana.act('assignMany', input, '__typename')).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('200'),
    });
    expect(await bench.rows(`select 1 from session where title = 'Ten thousand'`)).toEqual([]);
  });
});

describe('what was given', () => {
  it('F066 is accepted by whoever got it, or declined with a reason: then it is back in the queue, and the dispatchers know why', async () => {
    expect(await shown()).toMatchObject({ awaitsAcceptance: true, acceptBy: null });
    expect(await desks.sam.act('acceptSession', { sessionId })).toMatchObject({ code: 'FORBIDDEN' });
    await desks.theo.must('acceptSession', { sessionId });
    expect((await shown()).awaitsAcceptance).toBe(false);
    expect((await entries('accepted')).map(({ actor }) => actor.name)).toEqual(['Theo Lind']);
    expect(await desks.theo.act('declineSession', { sessionId, reason: 'x' })).toMatchObject({ code: 'INVALID_STATE' });

    await desks.dana.must('reassignSession', { sessionId, userId: user('sam'), reason: 'Balance' });
    expect(await desks.sam.act('declineSession', { sessionId, reason: ' ' })).toMatchObject({
      code: 'REASON_REQUIRED',
    });
    await desks.sam.must('declineSession', { sessionId, reason: 'In surgery until four' });
    expect(await shown()).toMatchObject({ assignee: null, waitingOn: 'assignee', awaitsAcceptance: false });
    expect(await entries('unassigned')).toMatchObject([
      { actor: { name: 'Sam Whitfield' }, payload: { why: 'declined', reason: 'In surgery until four' } },
    ]);
    expect(await notified(desks.dana)).toContainEqual(expect.stringContaining('Reason: In surgery until four'));
  });

  it('F066 goes back to the queue by itself when nobody takes it up in the time that the SLA policy gives', async () => {
    await policy({ acceptWithinMinutes: 0.05 });
    await waitFor('the session to go by it', async () => (await entries('sla_policy')).length > 0, 20_000);
    await desks.dana.must('reassignSession', { sessionId, userId: user('sam'), reason: 'Balance' });
    await waitFor('the session to be back', async () => (await shown()).assignee === null, 30_000);
    expect(await entries('unassigned')).toMatchObject([
      { actor: { kind: 'system' }, payload: { from: 'Sam Whitfield', why: 'not_taken_up' } },
    ]);
    for (const desk of [desks.dana, desks.sam])
      expect(await notified(desk)).toContainEqual(expect.stringMatching(/back (in|to) the queue/));
    // Taken by the person themselves there is nothing to accept.
    await desks.sam.must('assignSession', { sessionId, userId: user('sam') });
    expect(await shown()).toMatchObject({ awaitsAcceptance: false, assignee: { name: 'Sam Whitfield' } });
    await policy({});
  });
});

describe('escalation', () => {
  it('F070 each answer shows its own step, however closely it follows the one before', async () => {
    const priority = async () =>
      (
        await desks.dana.gql<{ session: { priority: string } }>('query($id: ID!) { session(id: $id) { priority } }', {
          id: sessionId,
        })
      ).session.priority;
    const steps = ['urgent', 'normal', 'urgent', 'normal', 'urgent', 'normal', 'urgent', 'normal'];
    const seen: string[] = [];
    for (const [i, wanted] of steps.entries()) {
      // Not waited for: its news must not pass for that of the step behind it.
      const other = desks.dana.must('holdSession', { sessionId, held: i % 2 === 0, reason: 'A part is on its way' });
      await desks.dana.must('setPriority', { sessionId, priority: wanted, reason: 'As asked' });
      seen.push(await priority());
      await other;
    }
    expect(seen).toEqual(steps);
  });

  it('F073 F079 goes to a senior with the reason: the same session, flagged and urgent, the senior and the managers told, and the technician still a participant', async () => {
    await runtime.connect();
    await desks.theo.must('startSession', { sessionId, reason: 'look' });
    const look = () =>
      desks.sam.gql<{
        session: {
          number: number;
          escalated: boolean;
          priority: string;
          assignee: { name: string };
          participants: { name: string }[];
        };
      }>('query($id: ID!) { session(id: $id) { number escalated priority assignee { name } participants { name } } }', {
        id: sessionId,
      });
    const { number } = (await look()).session;
    const asked = { sessionId, userId: user('sam'), reason: '' };
    expect(await desks.theo.act('escalateSession', asked)).toMatchObject({ code: 'REASON_REQUIRED' });
    await desks.theo.must('escalateSession', { ...asked, reason: 'The driver store is beyond me' });
    expect((await look()).session).toMatchObject({
      ...{ number, escalated: true, priority: 'urgent', assignee: { name: 'Sam Whitfield' } },
    });
    expect((await look()).session.participants.map(({ name }) => name)).toEqual(['Theo Lind']);
    expect(await entries('escalated')).toMatchObject([
      { actor: { name: 'Theo Lind' }, payload: { to: 'Sam Whitfield', reason: 'The driver store is beyond me' } },
    ]);
    expect(await notified(desks.sam)).toContain(
      `Session ${number} was escalated to you: The driver store is beyond me`,
    );
    expect(await entries('priority')).toMatchObject([
      {
        actor: { name: 'Theo Lind' },
        payload: { from: 'normal', to: 'urgent', reason: 'The driver store is beyond me' },
      },
    ]);
    expect(await notified(desks.mona)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^Session ${number} was escalated to Sam Whitfield: .*The driver store is beyond me`),
      ),
    );
    expect(
      await bench.rows('select 1 from session where endpoint_id = $1', [runtime.identity.endpointId]),
    ).toHaveLength(1);
  });
});

describe('waiting for the client', () => {
  it('U51 stops the clocks where the SLA policy says so, with an entry each, and they go on by as much later', async () => {
    await policy({ pauseWhile: ['client'] });
    await waitFor('the session to go by it', async () => (await entries('sla_policy')).length > 0, 20_000);
    const before = (await shown()).clocks.find(({ name }) => name === 'resolution')!;
    expect(await desks.theo.act('holdSession', { sessionId, held: true })).toMatchObject({ code: 'REASON_REQUIRED' });
    await desks.theo.must('holdSession', { sessionId, held: true, reason: 'Olivia calls back tomorrow' });
    const held = await shown();
    expect(held.onHoldSince).not.toBeNull();
    expect(held.clocks.map(({ name, pausedAt }) => [name, pausedAt !== null])).toEqual([
      ['response', true],
      ['resolution', true],
    ]);
    expect(held.clocks.find(({ name }) => name === 'resolution')?.breachAt).toBe(before.breachAt);
    await desks.theo.must('holdSession', { sessionId, held: false });
    const goesOn = await shown();
    const after = goesOn.clocks.find(({ name }) => name === 'resolution')!;
    expect(goesOn).toMatchObject({ onHoldSince: null });
    expect(after.pausedAt).toBeNull();
    expect(new Date(after.breachAt).getTime()).toBeGreaterThan(new Date(before.breachAt).getTime());
    expect((await entries('hold')).map(({ payload }) => payload)).toEqual([
      { held: true, reason: 'Olivia calls back tomorrow' },
      { held: false, reason: '' },
    ]);
    expect((await entries('sla_pause')).map(({ payload }) => payload)).toEqual([
      { clocks: ['response', 'resolution'], paused: true, why: ['client'] },
      { clocks: ['response', 'resolution'], paused: false, why: [] },
    ]);
    await policy({});
  });
});
