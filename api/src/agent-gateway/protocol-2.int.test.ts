import { exportSession } from '@throughline/store/export-store';
import { withTenant } from '@throughline/store/tenant';
import { verifyDeps } from '@throughline/store/verify-deps';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { playing } from '../testing/scripted-runtime.ts';

/* What came with version 2 of the protocol, and that a runtime of version 1 meets none of it. */
let bench: ApiBench;
let jun: Desk;
let made = 0;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(() => bench?.close());

async function working(version = 2) {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `V2-${++made}`);
  runtime.version = version;
  expect(await runtime.connect()).toBe('welcome');
  return { runtime, sessionId: await bench.active(jun, runtime) };
}
const propose = (sessionId: string, maxOutputBytes: number) =>
  jun.act('proposeCommand', {
    sessionId: gid('Session', sessionId),
    shell: 'bash',
    script: 'uname -a',
    maxOutputBytes,
  });
const commandRow = async (id: string) =>
  (await bench.rows<{ state: string; words: string }>('select state, words from command where id = $1', [id]))[0];

it('F026 a limit of output travels in the signed order, and its reaching is a failure in words, never success', async () => {
  const { runtime, sessionId } = await working();
  const id = rawId((await propose(sessionId, 5)).id as string);
  expect(await runtime.order(id)).toMatchObject({ v: 2, maxOutputBytes: 5 });
  await runtime.plays(id, playing(id, ['12345'], { exitCode: 0, outputLimited: true }));
  const row = await waitFor('the verdict', async () => {
    const found = await commandRow(id);
    return found?.state === 'failed' ? found : null;
  });
  expect(row.words).toMatch(/reached the limit of 5 bytes.*not recorded/);
  const plain = await bench.command(jun, sessionId);
  expect((await runtime.order(plain)).v).toBe(1);
});

it('F026 no order with a limit goes to an older runtime: it is refused where it is typed, in words', async () => {
  const { runtime, sessionId } = await working(1);
  expect(await propose(sessionId, 5)).toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(/too old/),
  });
  // And one that was signed for it while it still was newer is kept back.
  await bench.rows('update runtime set protocol = 2 where id = $1', [runtime.identity.runtimeId]);
  const id = rawId((await propose(sessionId, 5)).id as string);
  const plain = await bench.command(jun, sessionId);
  await runtime.order(plain);
  expect(runtime.all('command').some((message) => message.commandId === id)).toBe(false);
});

it.each([
  ['1 says what came with 2', 2, 1],
  ['2 leaves out what came with it', 1, 2],
])('reads each version strictly: a hello of version %s', async (_what, speaks, v) => {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `V2-${++made}`);
  runtime.version = speaks;
  expect(await runtime.connect({ v })).toBe('bye');
  expect(runtime.said).toBe('bad_message');
});

it('F004 changes its key: the new one opens the next connection, the old one none, and the record verifies with both', async () => {
  const { runtime, sessionId } = await working();
  const before = await bench.command(jun, sessionId);
  await runtime.plays(before, playing(before, ['old key\n']));
  const old = runtime.copy();
  expect(await runtime.rotates()).toMatchObject({ accepted: true });
  const after = await bench.command(jun, sessionId);
  await runtime.plays(after, playing(after, ['new key\n']));
  await runtime.cut();
  expect(await runtime.connect()).toBe('welcome');
  expect(await old.connect({ joinCounter: runtime.joinCounter + 1 })).toBe('bye');
  expect(old.said).toBe('bad_signature');

  const scope = { mspId: bench.northgate.mspId, clients: '*' as const };
  const bundle = await withTenant(bench.deps.pool, scope, (tx) => exportSession(tx, scope, sessionId));
  expect(bundle.runtimes.map((entry) => entry.id)).toEqual([runtime.identity.runtimeId, runtime.identity.runtimeId]);
  const report = verifyBundle(bundle, verifyDeps);
  expect(report.faults).toEqual([]);
});

it('F004 takes no key that the old one did not sign for, or that nobody proved to hold', async () => {
  const { runtime } = await working();
  const forged = Buffer.alloc(64).toString('base64');
  expect(await runtime.rotates({ signature: forged })).toMatchObject({ accepted: false });
  expect(await runtime.rotates({ proof: forged })).toMatchObject({ accepted: false });
  await runtime.cut();
  expect(await runtime.connect()).toBe('welcome');
});
