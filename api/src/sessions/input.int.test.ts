import { randomUUID } from 'node:crypto';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { parseInputOrder } from '@throughline/domain/input-order';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { exportSession } from '@throughline/store/export-store';
import { withTenant } from '@throughline/store/tenant';
import { verifyDeps } from '@throughline/store/verify-deps';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let made = 0;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(() => bench?.close());

const propose = (sessionId: string, more: object = {}) =>
  jun.act('proposeCommand', {
    ...{ sessionId: gid('Session', sessionId), shell: 'bash', script: 'cat', input: true, reason: 'it asks', ...more },
  });
/** A running command whose input is open. */
async function running(): Promise<{ runtime: ScriptedRuntime; sessionId: string; id: string }> {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `IN-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  const sessionId = await bench.active(jun, runtime);
  const id = rawId((await propose(sessionId)).id as string);
  await runtime.approves(sessionId, 'action');
  expect(await runtime.order(id)).toMatchObject({ v: 2, input: true, risk: 'change' });
  runtime.start(id);
  await waitFor('it to run', async () => (await row(id))?.state === 'running');
  return { runtime, sessionId, id };
}
const row = async (id: string) =>
  (
    await bench.rows<{ state: string; waits: boolean }>(
      'select state, waits_for_input as waits from command where id = $1',
      [id],
    )
  )[0];
const type = (id: string, text: string, more: object = {}, desk = jun) =>
  desk.act('answerCommand', { commandId: gid('Command', id), text, ...more });
const sent = async (runtime: ScriptedRuntime, id: string, seq: number) => {
  const orders = () =>
    runtime.all('input').map((message) => ({ message, order: parseInputOrder(Buffer.from(message.order, 'base64')) }));
  return waitFor(`answer ${seq}`, () => orders().find(({ order }) => order.commandId === id && order.seq === seq));
};
const ends = (runtime: ScriptedRuntime, id: string, pieces: string[]) => {
  const { frames, exit } = playing(id, pieces);
  for (const frame of frames) runtime.send(id, [frame]);
  runtime.exit(id, exit);
};
const entries = async (sessionId: string, kind: string) =>
  (
    await bench.rows<{ payload: Record<string, unknown> }>(
      `select convert_from(p.payload, 'utf8')::json as payload
       from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = $2 order by e.seq`,
      [sessionId, kind],
    )
  ).map(({ payload }) => payload);

describe('typing into a running command', () => {
  it('U10 F024 is signed, numbered, recorded with what became of it, and the record still verifies', async () => {
    const { runtime, sessionId, id } = await running();
    runtime.say({ type: 'waits', commandId: id, waits: true, at: Date.now() });
    await waitFor('the waiting to show', async () => (await row(id))?.waits === true);
    const key = randomUUID();
    await type(id, 'yes\n', { idempotencyKey: key });
    await type(id, 'yes\n', { idempotencyKey: key });
    const { order } = await sent(runtime, id, 1);
    expect(order).toMatchObject({ text: 'yes\n', end: false, technician: 'Jun Park', sessionId });
    runtime.say({ type: 'input_told', commandId: id, seq: 1, given: true, message: '', at: Date.now() });
    await type(id, '', { end: true });
    expect((await sent(runtime, id, 2)).order).toMatchObject({ text: '', end: true });
    ends(runtime, id, ['yes\n']);
    await waitFor('the end', async () => (await row(id))?.state === 'completed');
    expect((await row(id))?.waits).toBe(false);
    expect(await entries(sessionId, 'command_input')).toMatchObject([
      { input: 1, text: 'yes\n', end: false },
      { input: 2, text: '', end: true },
    ]);
    expect(await entries(sessionId, 'command_input_told')).toMatchObject([
      { input: 1, given: true },
      { input: 2, given: false, words: expect.stringMatching(/ended before/) },
    ]);
    const scope = { mspId: bench.northgate.mspId, clients: '*' as const };
    const bundle = await withTenant(bench.deps.pool, scope, (tx) => exportSession(tx, scope, sessionId));
    expect(verifyBundle(bundle, verifyDeps).faults).toEqual([]);
  });

  it('U10 a secret reaches the runtime beside the signed order, and is in no table, log or history', async () => {
    const { runtime, sessionId, id } = await running();
    const value = `pw-${randomUUID()}`;
    await type(id, '{{secret:admin}}\n', { secrets: [{ name: 'admin', value }] });
    const { message, order } = await sent(runtime, id, 1);
    expect(message.secrets).toEqual({ admin: value });
    expect(order.text).toBe('{{secret:admin}}\n');
    runtime.say({ type: 'input_told', commandId: id, seq: 1, given: true, message: '', at: Date.now() });
    await waitFor('the record of it', async () => (await entries(sessionId, 'command_input_told')).length === 1);
    const tables = await bench.rows<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables)
      expect(await bench.rows(`select 1 from "${name}" t where t::text like $1`, [`%${value}%`]), name).toEqual([]);
    expect(bench.logged.join('\n')).not.toContain(value);
    const history = await bench.history(sessionId);
    expect(history).toContain('input');
    expect(history).not.toContain(value);
    // Gone from memory too, once the runtime told: a runtime that comes back is not sent it again.
    expect(
      bench.deps.secrets.of(
        (await bench.rows<{ id: string }>('select id from command_input where command_id = $1', [id]))[0]!.id,
      ),
    ).toEqual({});
  });

  it.each([
    ['nothing', '', {}, /empty/],
    ['a NUL', 'a\0b', {}, /NUL/],
    ['300 kB', 'x'.repeat(300_000), {}, /over 4096 bytes/],
    ['a secret that was not typed', '{{secret:pin}}\n', {}, /“pin”/],
    ['a secret of two lines', '{{secret:a}}', { secrets: [{ name: 'a', value: 'b\nrm -rf /' }] }, /one line/],
    ['a wrong name', 'x', { secrets: [{ name: '1 2', value: 'b' }] }, /name/],
  ])('refuses %s in words', async (_what, text, more, words) => {
    const { runtime, id } = await first();
    expect(await type(id, text, more)).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(words) });
    expect(runtime.all('input')).toEqual([]);
  });
  let opened: ReturnType<typeof running> | null = null;
  const first = () => (opened ??= running());

  it('F132 F135 is for who works on the session, and for nobody of another client or organisation', async () => {
    const { runtime, id } = await first();
    const { people } = bench.northgate;
    expect(await type(id, 'x\n', {}, bench.desk(people.theo))).toMatchObject({ __typename: 'UserError' });
    expect(await type(id, 'x\n', {}, bench.desk(people.mona))).toMatchObject({ code: 'FORBIDDEN' });
    const stranger = await type(id, 'x\n', {}, bench.desk(bench.rivermark.people.rex));
    expect(stranger).toMatchObject({ code: 'NOT_FOUND' });
    expect(await type(randomUUID(), 'x\n')).toMatchObject({ message: (stranger as { message: string }).message });
    expect(runtime.all('input')).toEqual([]);
  });

  it('F045 reaches no command that was sent without an open input, that waits, or that has ended', async () => {
    const { runtime, sessionId } = await first();
    const closed = await bench.command(jun, sessionId);
    expect(await type(closed, 'x\n')).toMatchObject({ message: expect.stringMatching(/without an open input/) });
    const waiting = rawId((await propose(sessionId)).id as string);
    expect(await type(waiting, 'x\n')).toMatchObject({ message: expect.stringMatching(/waits for an approval/) });
    await runtime.approves(sessionId, 'action');
    await runtime.order(waiting);
    runtime.start(waiting);
    ends(runtime, waiting, []);
    await waitFor('the end', async () => (await row(waiting))?.state === 'completed');
    await waitFor('the session to know', async () =>
      ((await type(waiting, 'x\n')) as { message?: string }).message?.includes('ended already'),
    );
    expect(runtime.all('input')).toEqual([]);
  });

  it('goes to no runtime of version 1: such a command is refused where it is typed', async () => {
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `IN-${++made}`);
    runtime.version = 1;
    expect(await runtime.connect()).toBe('welcome');
    const sessionId = await bench.active(jun, runtime);
    expect(await propose(sessionId)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/too old/),
    });
  });
});
