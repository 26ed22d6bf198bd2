import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { TestPerson } from '../testing/people.ts';

let bench: ApiBench;
let jun: Desk;
let sam: Desk;
let theo: Desk;
/** Jun's, with a command that Theo proposed once he had the rights. */
let sessionId: string;
let number: number;
let proposed: number;

beforeAll(async () => {
  bench = await openApiBench();
  const { people, clients } = bench.northgate;
  [jun, sam, theo] = [bench.desk(people.jun), bench.desk(people.sam), bench.desk(people.theo)];
  const runtime = await bench.enrol(clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  sessionId = await bench.active(jun, runtime);
  await jun.must('giveCommandRights', { sessionId: gid('Session', sessionId), userId: gid('User', people.theo.id) });
  const commandId = await bench.command(theo, sessionId, 'id -un');
  [{ number }] = (await bench.rows('select number from session where id = $1', [sessionId])) as [{ number: number }];
  const [row] = await bench.rows<{ entry_seq: number }>('select entry_seq from command where id = $1', [commandId]);
  proposed = row!.entry_seq;
});
afterAll(() => bench?.close());

const reply = (desk: Desk, text: string, onEntry: number | null, more: object = {}) =>
  desk.must(
    'addMessage',
    { sessionId: gid('Session', sessionId), text, onEntry, ...more },
    '... on Entry { seq payload }',
  ) as unknown as Promise<{ seq: number; payload: { onEntry: number | null } }>;
const newsOf = async ({ id }: TestPerson) =>
  (
    await bench.rows<{ text: string; link: string }>(
      `select text, link from notification where user_id = $1 and kind = 'thread_reply' order by at, key`,
      [id],
    )
  ).map(({ link }) => link);
const link = (seq: number) => `/s/${number}#e${seq}`;

it('F087 F137 a reply under a command tells its proposer, the assignee and those who wrote there, each once; never its writer', async () => {
  const { people } = bench.northgate;
  const first = await reply(sam, 'Not revocation.', proposed);
  expect(await newsOf(people.jun)).toEqual([link(first.seq)]);
  expect(await newsOf(people.theo)).toEqual([link(first.seq)]);
  expect(await newsOf(people.sam)).toEqual([]);
  // Theo proposed it and wrote here, and Sam wrote here twice: one each.
  await reply(sam, 'Look at the chain.', proposed);
  const third = await reply(jun, 'Thanks', proposed);
  expect(await newsOf(people.sam)).toEqual([link(third.seq)]);
  expect((await newsOf(people.theo)).at(-1)).toBe(link(third.seq));
  expect(await newsOf(people.theo)).toHaveLength(3);
  expect(await newsOf(people.jun)).toHaveLength(2);
  for (const person of [people.mona, people.dana, people.lena, people.ada]) expect(await newsOf(person)).toEqual([]);
});

it('F087 a reply to a reply hangs where the first does, and one under another entry of the command is of its thread', async () => {
  const { people } = bench.northgate;
  const mona = bench.desk(people.mona);
  const first = await reply(sam, 'One', proposed);
  const second = await reply(mona, 'Two', first.seq);
  expect(second.payload.onEntry).toBe(proposed);
  const accepted = proposed + 1;
  const third = await reply(jun, 'Three', accepted);
  expect(third.payload.onEntry).toBe(accepted);
  expect((await newsOf(people.mona)).at(-1)).toBe(link(third.seq));
});

it('F087 under a message of no command its writer is told, and the assignee is not', async () => {
  const { people } = bench.northgate;
  const before = (await newsOf(people.jun)).length;
  const said = await reply(theo, 'By the way', null);
  const answer = await reply(sam, 'What?', said.seq);
  expect(answer.payload.onEntry).toBe(said.seq);
  expect((await newsOf(people.theo)).at(-1)).toBe(link(answer.seq));
  const again = await reply(theo, 'That.', answer.seq, { idempotencyKey: 'k' });
  await reply(theo, 'That.', answer.seq, { idempotencyKey: 'k' });
  expect(again.payload.onEntry).toBe(said.seq);
  expect((await newsOf(people.sam)).filter((each) => each === link(again.seq))).toHaveLength(1);
  expect(await newsOf(people.jun)).toHaveLength(before);
});

it('F087 names an entry that is there, or is refused', async () => {
  const input = { sessionId: gid('Session', sessionId), text: 'x', onEntry: 9_999 };
  expect(await sam.act('addMessage', input)).toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('no entry 9999'),
  });
});

it('F087 F132 who may not see the client any more, or has left, hears of no reply', async () => {
  const { people } = bench.northgate;
  const before = [(await newsOf(people.jun)).length, (await newsOf(people.theo)).length];
  await bench.rows('update app_user set deactivated_at = now() where id = $1', [people.theo.id]);
  await bench.rows('delete from client_grant where user_id = $1', [people.jun.id]);
  await reply(sam, 'Anybody?', proposed);
  expect([(await newsOf(people.jun)).length, (await newsOf(people.theo)).length]).toEqual(before);
});
