import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let runtime: ScriptedRuntime;
let sessionId: string;

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'SAID-1');
  expect(await runtime.connect()).toBe('welcome');
  sessionId = await bench.started(jun, runtime);
  await runtime.approves(sessionId);
});
afterAll(() => bench?.close());

const say = (text: string, more: object = {}) => ({ sessionId: gid('Session', sessionId), text, ...more });
const heard = () => runtime.all('said').map(({ text }) => text);
const record = async () =>
  (
    await bench.rows<{ payload: Buffer }>(
      `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = 'message' order by e.seq`,
      [sessionId],
    )
  ).map(({ payload }) => JSON.parse(payload.toString()) as unknown);

it('U59 what is written to the person reaches their computer once and stands in the record; what is not stays at the desk', async () => {
  await jun.must('addMessage', say('The user is difficult today.'));
  await jun.must(
    'addMessage',
    say('Please save your work: a restart follows.', { toPerson: true, idempotencyKey: 'k' }),
  );
  await jun.must(
    'addMessage',
    say('Please save your work: a restart follows.', { toPerson: true, idempotencyKey: 'k' }),
  );
  const [said] = await waitFor('the words', () => (heard().length > 0 ? runtime.all('said') : undefined));
  expect(said).toMatchObject({ sessionId, name: 'Jun Park', text: 'Please save your work: a restart follows.' });
  expect(await record()).toEqual([
    { text: 'The user is difficult today.', onEntry: null },
    { text: 'Please save your work: a restart follows.', onEntry: null, toPerson: true },
  ]);
  runtime.say({ type: 'message', sessionId, text: 'Saved.', account: 'olivia', at: Date.now() });
  await waitFor('the answer', async () => ((await record()).length === 3 ? true : undefined));
  expect((await record())[2]).toEqual({ text: 'Saved.', onEntry: null });
  expect(heard()).toEqual(['Please save your work: a restart follows.']);
});

it('U59 an offline computer gets it when it is back, and nothing of another endpoint’s session', async () => {
  const other = await bench.enrol(bench.northgate.clients.harbor.id, 'SAID-2');
  expect(await other.connect()).toBe('welcome');
  await runtime.cut();
  await jun.must('addMessage', say('Back at two.', { toPerson: true }));
  expect(await runtime.connect()).toBe('welcome');
  await waitFor('the words', () => (heard().includes('Back at two.') ? true : undefined));
  expect(heard()).not.toContain('The user is difficult today.');
  expect(other.all('said')).toEqual([]);
});

it('U59 says what is wrong where the person could not be shown it', async () => {
  expect(await jun.act('addMessage', say('x'.repeat(4001), { toPerson: true }))).toMatchObject({ code: 'TOO_LARGE' });
  runtime.say({ type: 'end_session', sessionId, reason: 'I need it now', account: 'olivia', at: Date.now() });
  await waitFor('the end', async () => {
    const [session] = await bench.rows<{ status: string }>('select status from session where id = $1', [sessionId]);
    return session?.status === 'completed';
  });
  expect(await jun.act('addMessage', say('Too late', { toPerson: true }))).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('only while the session is under way'),
  });
  expect(heard()).not.toContain('Too late');
});
