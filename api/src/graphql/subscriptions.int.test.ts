import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, type Followed, gid } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let runtime: ScriptedRuntime;

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
});
afterAll(() => bench?.close());

interface Entries {
  sessionEvents: {
    entry: { seq: number; kind: string } | null;
    command: { state: string } | null;
    session: { status: string };
  };
}
const SESSION =
  'subscription($id: ID!, $after: Int!) { sessionEvents(sessionId: $id, after: $after) { entry { seq kind } command { state } session { status } } }';
const OUTPUT =
  'subscription($id: ID!, $after: Int!) { commandOutput(commandId: $id, after: $after) { seq stream offset bytes } }';
interface Output {
  commandOutput: { seq: number; stream: string; offset: number; bytes: string };
}
const seqs = (followed: Followed<Entries>) =>
  followed.events.flatMap(({ sessionEvents }) => sessionEvents.entry?.seq ?? []);
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, i) => i + from);
const count = async (sessionId: string) =>
  (
    await bench.rows<{ n: number }>('select count(*)::int as n from transcript_entry where session_id = $1', [
      sessionId,
    ])
  )[0]!.n;

it('F126 F025 session events arrive in order, and a reader who comes back with `after` misses nothing and gets nothing twice', async () => {
  const sessionId = await bench.active(jun, runtime);
  const id = gid('Session', sessionId);
  const steady = await jun.follow<Entries>(SESSION, { id, after: 0 });
  const first = await jun.follow<Entries>(SESSION, { id, after: 0 });
  await waitFor('what was there before', async () => seqs(first).length >= 4);
  await first.close();
  const had = seqs(first);
  expect(had).toEqual(upTo(had.length));

  // What happens while nobody listens, and what happens while the reader comes back.
  for (let i = 0; i < 5; i++) await jun.must('addMessage', { sessionId: id, text: `away ${i}` });
  const writing = Promise.all(upTo(10).map((i) => jun.must('addMessage', { sessionId: id, text: `meanwhile ${i}` })));
  const second = await jun.follow<Entries>(SESSION, { id, after: had.at(-1) });
  await writing;
  const commandId = await bench.command(jun, sessionId);
  await runtime.plays(commandId, playing(commandId, ['Linux\n']));
  const total = await waitFor(
    'the verdict',
    async () =>
      (
        await bench.rows(`select 1 from transcript_entry where session_id = $1 and kind = 'command_verdict'`, [
          sessionId,
        ])
      ).length > 0 && count(sessionId),
  );
  await waitFor('both readers to have all of it', () => seqs(steady).at(-1) === total && seqs(second).at(-1) === total);
  await Promise.all([steady.close(), second.close()]);
  expect([...had, ...seqs(second)]).toEqual(upTo(total));
  expect(seqs(steady)).toEqual(upTo(total));
  // Whoever follows ends with the command as it ended.
  expect(
    steady.events.findLast(({ sessionEvents }) => sessionEvents.command !== null)?.sessionEvents.command?.state,
  ).toBe('completed');
});

it('F126 readers who ask again and again see prefixes of one order', async () => {
  const sessionId = await bench.active(jun, runtime);
  const id = gid('Session', sessionId);
  const query = 'query($id: ID!) { session(id: $id) { entries(first: 100) { edges { node { seq hash } } } } }';
  const read = async (desk: Desk) =>
    (
      await desk.gql<{ session: { entries: { edges: { node: { seq: number; hash: string } }[] } } }>(query, { id })
    ).session.entries.edges.map(({ node }) => `${node.seq}:${node.hash}`);
  const writing = Promise.all(upTo(20).map((i) => jun.must('addMessage', { sessionId: id, text: `note ${i}` })));
  const lists: string[][] = [];
  for (let i = 0; i < 25; i++)
    lists.push(...(await Promise.all([read(jun), read(bench.desk(bench.northgate.people.dana))])));
  await writing;
  const whole = await read(jun);
  expect(whole.length).toBeGreaterThan(20);
  for (const list of lists) expect(list).toEqual(whole.slice(0, list.length));
});

it('F025 F026 output streams byte for byte over a cut and a resume, in two browsers, and ends with the command', async () => {
  const sessionId = await bench.active(jun, runtime);
  const commandId = await bench.command(jun, sessionId, 'journalctl');
  const id = gid('Command', commandId);
  await runtime.order(commandId);
  runtime.start(commandId);
  const lines = upTo(60).map((i) => (i % 7 === 0 ? { stderr: `warning ${i}\n` } : `line ${i} \u{1F9EA}\n`));
  const { frames, exit } = playing(commandId, lines);
  const steady = await jun.follow<Output>(OUTPUT, { id, after: 0 });
  const first = await jun.follow<Output>(OUTPUT, { id, after: 0 });
  for (const frame of frames.slice(0, 20)) runtime.send(commandId, [frame]);
  await waitFor('some output', () => first.events.length >= 5);
  await first.close();
  const had = first.events.map(({ commandOutput }) => commandOutput);
  for (const frame of frames.slice(20, 40)) runtime.send(commandId, [frame]);
  const second = await jun.follow<Output>(OUTPUT, { id, after: had.at(-1)!.seq });
  for (const frame of frames.slice(40)) runtime.send(commandId, [frame]);
  await waitFor('all of it', () => steady.events.length >= 60);
  expect(steady.ended).toBe(false);
  runtime.exit(commandId, exit);
  await waitFor('the streams to end', () => steady.ended && second.ended);
  const resumed = [...had, ...second.events.map(({ commandOutput }) => commandOutput)];
  for (const seen of [resumed, steady.events.map(({ commandOutput }) => commandOutput)]) {
    expect(seen.map((frame) => frame.seq)).toEqual(upTo(60));
    const text = (stream: string) =>
      Buffer.concat(
        seen.filter((frame) => frame.stream === stream).map((frame) => Buffer.from(frame.bytes, 'base64')),
      ).toString();
    expect(text('stdout')).toBe(lines.filter((line) => typeof line === 'string').join(''));
    expect(text('stderr')).toBe(lines.flatMap((line) => (typeof line === 'string' ? [] : line.stderr)).join(''));
  }
  await Promise.all([steady.close(), second.close()]);
});

it('F137 each notification comes to a live reader once, also when several come in the same moment', async () => {
  const sam = bench.desk(bench.northgate.people.sam);
  const followed = await sam.follow<{ notificationAdded: { id: string; text: string } }>(
    'subscription { notificationAdded { id text } }',
  );
  const fellow = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-08');
  await fellow.connect();
  const dana = bench.desk(bench.northgate.people.dana);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push(await bench.started(jun, fellow, `case ${i}`));
  for (const sessionId of ids)
    await dana.must('reassignSession', {
      sessionId: gid('Session', sessionId),
      userId: gid('User', sam.person!.id),
      reason: 'Jun is off',
    });
  const texts = () => followed.events.map(({ notificationAdded }) => notificationAdded.text);
  await waitFor('three of them', () => new Set(texts()).size === 3);
  // One more at the end: whatever came twice came before it.
  await dana.must('escalateSession', {
    sessionId: gid('Session', ids[0]!),
    userId: gid('User', sam.person!.id),
    reason: 'hard',
  });
  await waitFor('the last', () => texts().some((text) => text.includes('hard')));
  await followed.close();
  expect(texts()).toHaveLength(4);
  expect(new Set(followed.events.map(({ notificationAdded }) => notificationAdded.id)).size).toBe(4);
});

it('tells a reader who is not signed in to sign in', async () => {
  const followed = await bench.desk(null).follow('subscription { notificationAdded { id } }');
  await waitFor('the refusal', () => followed.errors.length > 0);
  expect(followed.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  await followed.close();
});

it('U07 F025 who wants the newest output is moved on when far behind, told how much is stored, and gets the rest whole', async () => {
  const sessionId = await bench.active(jun, runtime);
  const commandId = await bench.command(jun, sessionId, 'dmesg');
  const pieces = Array.from({ length: 300 }, (_, i) => `${String(i + 1).padStart(7, '0')}\n`);
  await runtime.plays(commandId, playing(commandId, pieces));
  const query =
    'subscription($id: ID!) { commandOutput(commandId: $id, after: 0, newest: true) { seq offset bytes stdoutBytes stderrBytes } }';
  interface Piece {
    commandOutput: { seq: number; offset: number; bytes: string; stdoutBytes: number; stderrBytes: number };
  }
  const followed = await jun.follow<Piece>(query, { id: gid('Command', commandId) });
  await waitFor('the end', () => followed.ended);
  const got = followed.events.map(({ commandOutput }) => commandOutput);
  expect(got.map(({ seq }) => seq)).toEqual(upTo(300, 285));
  expect(got[0]).toMatchObject({ offset: 284 * 8, stdoutBytes: 2400, stderrBytes: 0 });
  expect(Buffer.from(got.at(-1)?.bytes ?? '', 'base64').toString()).toBe('0000300\n');
});
