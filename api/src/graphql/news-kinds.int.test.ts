import { randomUUID } from 'node:crypto';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from '../sessions/open-session.ts';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, type Followed, gid } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';

/* Everything F137 names happens to one session of Sam's, who follows the news live in one window and reads them in another. */
interface News {
  notificationAdded: { kind: string; link: string; readAt: string | null };
}
const WITHIN_MS = 5_000;

let bench: ApiBench;
let ada: Desk;
let dana: Desk;
let jun: Desk;
let sam: Desk;
let live: Followed<News>;
let runtime: ScriptedRuntime;
let sessionId: string;
let number: number;

beforeAll(async () => {
  bench = await openApiBench();
  const { people, clients } = bench.northgate;
  [ada, dana] = [bench.desk(people.ada), bench.desk(people.dana)];
  [jun, sam] = [bench.desk(people.jun), bench.desk(people.sam)];
  runtime = await bench.enrol(clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  // A question is near its limit after a second, and the session after six.
  const document = { normal: { responseMinutes: 60, consentWaitMinutes: 1, resolutionMinutes: 6 }, warnPercent: 2 };
  await ada.must(
    'setSlaPolicy',
    { clientId: gid('Client', clients.harbor.id), document, expectedVersion: 0 },
    '__typename',
  );
  sessionId = randomUUID();
  await openSession(
    { pool: bench.deps.pool, sessions: bench.deps.sessions },
    {
      ...{
        mspId: bench.northgate.mspId,
        sessionId,
        clientId: clients.harbor.id,
        endpointId: runtime.identity.endpointId,
      },
      details: { title: 'VPN', request: '', requester: 'Olivia', channel: 'phone', ticket: null },
      ...{ priority: 'normal', by: { kind: 'system' }, updateId: `open:${sessionId}` },
    },
  );
  number = await waitFor('the session', async () => {
    const [row] = await bench.rows<{ number: number }>('select number from session where id = $1', [sessionId]);
    return row?.number;
  });
  live = await sam.follow<News>('subscription { notificationAdded { kind link readAt } }');
});
afterAll(async () => {
  await live?.close();
  await bench?.close();
});

const session = () => gid('Session', sessionId);
const heard = (kind: string) => live.events.map((each) => each.notificationAdded).filter((each) => each.kind === kind);
/** The first of its kind, heard within five seconds of the call. */
const hears = (kind: string) => waitFor(`${kind} within 5 s`, () => heard(kind)[0], WITHIN_MS);
const rowsOf = (who: Desk, kind: string) =>
  bench.rows<{ link: string }>('select link from notification where user_id = $1 and kind = $2', [
    who.person!.id,
    kind,
  ]);

it('F137 each kind raises one notification for the right person within five seconds, with a link to the very place', async () => {
  // Nobody's, and then Jun's, and then Sam's.
  await dana.must('assignSession', { sessionId: session(), userId: gid('User', jun.person!.id) });
  await waitFor('Jun to hear', async () => (await rowsOf(jun, 'assigned')).length > 0, WITHIN_MS);
  await dana.must('reassignSession', { sessionId: session(), userId: gid('User', sam.person!.id), reason: 'Lunch' });
  await hears('reassigned');
  await sam.must('startSession', { sessionId: session(), reason: 'to look at the VPN' });
  // Warned after 1.2 s of a minute, and told within five more.
  await waitFor('the wait', () => heard('approval_waiting')[0], 1_200 + WITHIN_MS);
  await runtime.approves(sessionId);
  await hears('approval');
  // 2 % of six minutes are 7.2 s, counted from the opening.
  await waitFor('the SLA warning', () => heard('sla')[0], 7_200 + WITHIN_MS);
  const commandId = await bench.command(sam, sessionId, 'id -un');
  const [command] = await bench.rows<{ entry_seq: number }>('select entry_seq from command where id = $1', [commandId]);
  await jun.must('flagSession', { sessionId: session(), note: 'Is that right?' });
  await hears('flagged');
  await jun.must('addMessage', { sessionId: session(), text: 'Which account?', onEntry: command!.entry_seq });
  await hears('thread_reply');
  const draft = await dana.must('createSnapshot', { sessionId: session() }, '... on Snapshot { id review { hash } }');
  const { hash } = draft['review'] as { hash: string };
  await dana.must('confirmSnapshot', { snapshotId: draft.id, hash });
  await hears('snapshot');

  const entries = await bench.rows<{ seq: number; kind: string }>(
    'select seq, kind from transcript_entry where session_id = $1',
    [sessionId],
  );
  const places: Record<string, string> = {
    approval_waiting: 'sla',
    approval: 'approval_decided',
    sla: 'sla',
    flagged: 'flagged',
    thread_reply: 'message',
    snapshot: 'snapshot_shared',
  };
  for (const [kind, place] of Object.entries(places)) {
    const all = await rowsOf(sam, kind);
    expect(`${kind} ${all.length}`).toBe(`${kind} 1`);
    const seq = Number(new RegExp(`^/s/${number}#e(\\d+)$`).exec(all[0]!.link)?.[1]);
    expect(`${kind} at ${entries.find((entry) => entry.seq === seq)?.kind}`).toBe(`${kind} at ${place}`);
  }
  for (const [who, kind] of [
    [jun, 'assigned'],
    [jun, 'reassigned'],
    [sam, 'reassigned'],
  ] as const)
    expect((await rowsOf(who, kind)).map(({ link }) => link)).toEqual([`/s/${number}`]);
  // Never whoever did it.
  for (const [who, kind] of [
    [jun, 'flagged'],
    [jun, 'thread_reply'],
    [dana, 'snapshot'],
    [dana, 'reassigned'],
  ] as const)
    expect(await rowsOf(who, kind)).toEqual([]);
});

it('F137 they wait for who is signed out, and both windows agree on what is unread', async () => {
  const unread = async () =>
    (await sam.gql<{ viewer: { unreadNotifications: number } }>('{ viewer { unreadNotifications } }')).viewer
      .unreadNotifications;
  const { notifications } = await sam.gql<{ notifications: { id: string; readAt: string | null }[] }>(
    '{ notifications(first: 100) { id readAt } }',
  );
  expect(await unread()).toBe(notifications.length);
  const ids = [notifications[0]!.id];
  await sam.gql('mutation($ids: [ID!]!) { markNotificationsRead(ids: $ids) { __typename } }', { ids });
  await waitFor(
    'the other window',
    () => live.events.some((each) => each.notificationAdded.readAt !== null),
    WITHIN_MS,
  );
  expect(await unread()).toBe(notifications.length - 1);
});
