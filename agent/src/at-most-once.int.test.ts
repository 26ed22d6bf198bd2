import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toHex } from '@throughline/domain/bytes';
import { taggedProcesses } from './runner/process-tree.ts';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  await endpoint.enroll();
  await endpoint.start();
  await endpoint.consent();
}, 60_000);

afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
});

const runnerPid = (commandId: string): number =>
  (JSON.parse(readFileSync(join(endpoint.data, 'commands', commandId, 'runner.json'), 'utf8')) as { pid: number }).pid;
/** Fails (exit 9) when run a second time. */
const once = (rest: string) => `set -o noclobber; : > ${join(endpoint.data, 'executions')} || exit 9; ${rest}`;

it('runs one command once, however often it is ordered', async () => {
  const order = gateway.envelope(await endpoint.allowed({ script: once('echo ran') }));
  const stored = gateway.command(order.commandId);
  gateway.send(order);
  gateway.send(order);
  await gateway.ended(stored);
  await until(() => stored.settled);
  gateway.send(order);
  const again = gateway.envelope({ script: once('echo ran'), commandId: order.commandId });
  gateway.send(again);
  const last = gateway.order({ script: 'echo last' });
  await gateway.ended(last);
  expect(stored.exit?.exitCode).toBe(0);
  expect(stored.stdout.toString()).toBe('ran\n');
  expect(stored.repeats).toBe(0);
});

it('F015 a killed runtime leaves the command running; after its restart every byte arrives, from one execution', async () => {
  // The second half waits for the restarted runtime, so that the command is surely still running then.
  const go = join(endpoint.data, 'go');
  const script = once(
    `for i in $(seq 1 20); do seq 1 20000; sleep 0.05; done; until [ -e ${go} ]; do sleep 0.05; done; for i in $(seq 1 20); do seq 1 20000; done; echo end >&2`,
  );
  const stored = gateway.order(await endpoint.allowed({ script }));
  await until(() => stored.stdout.length > 100_000);
  await endpoint.kill('SIGKILL');
  const before = stored.stdout.length;
  expect(taggedProcesses(stored.commandId).length).toBeGreaterThan(0);
  await endpoint.start();
  writeFileSync(go, '');
  await gateway.ended(stored, 60_000);
  expect(stored.exit).toMatchObject({ exitCode: 0, signal: null });
  expect(stored.stdout.length).toBe(40 * 108_894);
  expect(stored.stdout.length).toBeGreaterThan(before);
  expect(stored.stdout.length).toBe(stored.exit?.stdout.bytes);
  expect(stored.sha256(1)).toBe(stored.exit?.stdout.sha256);
  expect(stored.stderr.toString()).toBe('end\n');
  expect(toHex(stored.chain)).toBe(stored.exit?.chainHead);
  expect(gateway.hellos.at(-1)?.open).toMatchObject([{ commandId: stored.commandId, state: 'started' }]);
}, 90_000);

it('a killed runner makes the outcome unknown, and the command is not run again', async () => {
  const stored = gateway.order(await endpoint.allowed({ script: once('echo one; sleep 300') }));
  await until(() => stored.stdout.toString() === 'one\n');
  process.kill(runnerPid(stored.commandId), 'SIGKILL');
  await gateway.ended(stored);
  expect(stored.unknown).toBe(true);
  expect(stored.exit).toBeNull();
  expect(gateway.messages.find((m) => m.type === 'unknown')).toMatchObject({ nextSeq: 2 });
  await endpoint.kill('SIGKILL');
  await endpoint.start();
  gateway.send(gateway.envelope({ script: once('echo two'), commandId: stored.commandId }));
  await gateway.ended(gateway.order({ script: 'true' }));
  expect(stored.stdout.toString()).toBe('one\n');
}, 60_000);

it('a runner whose runtime was killed and came back ends without a word of complaint', async () => {
  const go = join(endpoint.data, 'go');
  const stored = gateway.order(await endpoint.allowed({ script: `echo up; until [ -e ${go} ]; do sleep 0.05; done` }));
  await until(() => stored.stdout.includes('up'));
  const pid = runnerPid(stored.commandId);
  await endpoint.kill('SIGKILL');
  await endpoint.start();
  writeFileSync(go, '');
  await gateway.ended(stored);
  expect(stored.exit).toMatchObject({ exitCode: 0 });
  await until(() => !existsSync(`/proc/${pid}`));
  expect(readFileSync(join(endpoint.data, 'runner.log'), 'utf8')).toBe('');
}, 60_000);

it('a runtime killed between its promise and the start runs the command once, if still in time', async () => {
  for (let round = 0; round < 3; round++) {
    const file = join(endpoint.data, `round-${round}`);
    const stored = gateway.order(
      await endpoint.allowed({ script: `set -o noclobber; : > ${file} || exit 9; echo ok` }),
    );
    await until(() => stored.accepts > 0);
    await endpoint.kill('SIGKILL');
    await endpoint.start();
    await gateway.ended(stored);
    expect(stored.exit).toMatchObject({ exitCode: 0 });
    expect(stored.stdout.toString()).toBe('ok\n');
  }
}, 90_000);

it('goes on after cut connections without gap or repeat in the record', async () => {
  gateway.cutEveryBytes = 2_000_000;
  const stored = await gateway.ended(gateway.order({ script: 'seq 1 2000000' }), 60_000);
  expect(gateway.cuts).toBeGreaterThan(3);
  expect(stored.exit?.stdout.bytes).toBe(14_888_896);
  expect(stored.stdout.length).toBe(14_888_896);
  expect(stored.sha256(1)).toBe(stored.exit?.stdout.sha256);
  expect(toHex(stored.chain)).toBe(stored.exit?.chainHead);
  const counters = gateway.hellos.map((hello) => hello.joinCounter);
  expect(counters).toEqual([...counters].sort((a, b) => a - b));
  expect(new Set(counters).size).toBe(counters.length);
}, 90_000);

it('sends no more ahead than the credit, and everything once it is acknowledged', async () => {
  gateway.holdAcks = true;
  const stored = gateway.order({ script: 'head -c 30000000 /dev/zero' });
  await until(() => gateway.receivedBytes > 3_900_000);
  const spool = join(endpoint.data, 'commands', stored.commandId, 'spool.bin');
  await until(() => readFileSync(spool).length > 30_000_000);
  expect(gateway.receivedBytes).toBeLessThan(4.6 * 1024 * 1024);
  gateway.holdAcks = false;
  gateway.send({ type: 'ack', commandId: stored.commandId, ackSeq: stored.nextSeq - 1 });
  await gateway.ended(stored);
  expect(stored.stdout.length).toBe(30_000_000);
  await until(() => !existsSync(spool));
}, 60_000);

it('sends again from where the gateway asks', async () => {
  gateway.settles = false;
  const stored = gateway.order({ script: 'seq 1 100000' });
  await gateway.ended(stored);
  const repeats = stored.repeats;
  gateway.send({ type: 'rewind', commandId: stored.commandId, expectedSeq: 2 });
  await until(() => stored.repeats - repeats === stored.exit!.lastSeq - 1);
  await until(() => gateway.messages.filter((message) => message.type === 'exit').length === 2);
});

it('keeps its spool and says exit again until the gateway has settled the command', async () => {
  gateway.settles = false;
  const stored = gateway.order({ script: 'echo kept' });
  await gateway.ended(stored);
  const exits = () => gateway.messages.filter((m) => m.type === 'exit' && m.commandId === stored.commandId).length;
  expect(exits()).toBe(1);
  expect(existsSync(join(endpoint.data, 'commands', stored.commandId, 'spool.bin'))).toBe(true);
  gateway.settles = true;
  gateway.cut();
  await until(() => exits() === 2);
  await until(() => !existsSync(join(endpoint.data, 'commands', stored.commandId, 'spool.bin')));
  gateway.cut();
  await until(() => gateway.hellos.length === 3);
  expect(gateway.hellos.at(-1)?.open).toEqual([]);
});

it('F023 cancels a running command once, ends its children, and remembers a cancel that came first', async () => {
  const script = 'setsid sleep 300 & trap "echo bye; exit 7" TERM; echo up; sleep 300 & wait';
  const stored = gateway.order(await endpoint.allowed({ script }));
  await until(() => stored.stdout.toString() === 'up\n');
  gateway.send({ type: 'cancel', commandId: stored.commandId });
  gateway.send({ type: 'cancel', commandId: stored.commandId });
  await gateway.ended(stored);
  expect(stored.exit).toMatchObject({ cancelled: true, exitCode: 7 });
  expect(stored.stdout.toString()).toBe('up\nbye\n');
  expect(taggedProcesses(stored.commandId)).toEqual([]);

  const early = randomUUID();
  gateway.send({ type: 'cancel', commandId: early });
  const late = await endpoint.allowed({ script: once('true'), commandId: early });
  const refused = await gateway.ended(gateway.order(late));
  expect(refused.refusal?.message).toContain('Cancelled before');
  expect(existsSync(join(endpoint.data, 'executions'))).toBe(false);
}, 30_000);

it('F004 keeps its identity over restarts and stops for good when it is revoked', async () => {
  await endpoint.kill('SIGTERM');
  await endpoint.start();
  expect(new Set(gateway.hellos.map((hello) => hello.runtimeId)).size).toBe(1);
  const exited = new Promise<number | null>((resolve) => endpoint.process!.once('exit', resolve));
  gateway.bye = { type: 'bye', code: 'revoked', message: 'This endpoint was retired.' };
  gateway.cut();
  expect(await exited).toBe(3);
  expect(endpoint.output).toContain('This endpoint was retired.');
  // Its runner ends after it.
  await until(() => !readdirSync(join(endpoint.data, 'commands')).some((name) => name.startsWith('.ready')));
}, 60_000);

it('F001 says what to do when the token was used, when it is already enrolled, and when nobody answers', async () => {
  expect((await endpoint.enroll()).output).toContain('already enrolled as HARB-WS-07');
  const other = new TestEndpoint(gateway);
  const used = await other.enroll();
  expect(used.code).toBe(1);
  expect(used.output).toContain('already used. Ask for a new enrolment command');
  const nobody = await other.cli('enroll', '--server', 'http://127.0.0.1:9', '--token', 'a-good-token-1234');
  expect(nobody.output).toContain('does not answer');
  expect((await endpoint.cli('status')).output).toContain('online since');
  const doctor = await endpoint.cli('doctor');
  expect(doctor.output).toContain('✓ Shells: bash');
  expect((await endpoint.cli('run')).output).toContain('already runs with this data folder');
  expect((await endpoint.cli('uninstall', '--yes')).output).toContain('Stop it first');
  await endpoint.kill('SIGTERM');
  expect((await endpoint.cli('uninstall')).code).toBe(1);
  expect((await endpoint.cli('uninstall', '--yes')).code).toBe(0);
  expect(existsSync(endpoint.data)).toBe(false);
  await other.remove();
}, 60_000);
