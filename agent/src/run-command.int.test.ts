import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toHex } from '@throughline/domain/bytes';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway, type Order } from './testing/fake-gateway.ts';

let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeAll(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.environment = { FOO: 'bar', MY_API_TOKEN: 'hunter2', DB_PASSWORD: 'p4ss' };
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  await endpoint.consent();
}, 60_000);

afterAll(async () => {
  await endpoint.remove();
  await gateway.stop();
});

const run = async (order: Order) => gateway.ended(gateway.order(order));
/** What does more than read is allowed at the page first. */
const runAllowed = async (order: Order) => run(await endpoint.allowed(order));

it('F024 runs a command and streams its output to the gateway', async () => {
  const done = await run({ script: 'uname -a; echo oops >&2' });
  expect(done.refusal).toBeNull();
  expect(done.stdout.toString()).toMatch(/^Linux /);
  expect(done.stderr.toString()).toBe('oops\n');
  expect(done.exit).toMatchObject({ exitCode: 0, signal: null, timedOut: false, cancelled: false, pipeLeaked: false });
  expect(done.exit?.stderr).toEqual({ bytes: 5, sha256: createHash('sha256').update('oops\n').digest('hex') });
});

it('F025 sends the first bytes at once and later ones as they come', async () => {
  const done = await run({ script: 'for i in 1 2 3; do echo $i; sleep 0.4; done' });
  expect(done.arrivals.map((arrival) => arrival.text)).toEqual(['1\n', '2\n', '3\n']);
  const [first, , third] = done.arrivals;
  expect(third!.at - first!.at).toBeGreaterThan(600);
});

it('F026 keeps every byte of a long output, with both sums and the chain', async () => {
  const done = await run({ script: 'seq 1 1000000' });
  const sum = '90433fcbd9e16297e6a7c1dacb1056394743194776e52f78ebf0a44b80b6b14f';
  expect(done.stdout.length).toBe(6_888_896);
  expect(done.sha256(1)).toBe(sum);
  expect(done.exit?.stdout).toEqual({ bytes: 6_888_896, sha256: sum });
  expect(done.exit?.stderr.bytes).toBe(0);
  expect(done.exit?.chainHead).toBe(toHex(done.chain));
  expect(done.exit?.lastSeq).toBe(done.nextSeq - 1);
});

it('F027 keeps binary output byte for byte', async () => {
  const done = await run({ script: String.raw`printf 'a\0b\xff'` });
  expect([...done.stdout]).toEqual([0x61, 0, 0x62, 0xff]);
});

it('F028 tells exit codes and the signals that ended a command', async () => {
  expect((await run({ script: 'bash -c "exit 3"' })).exit).toMatchObject({ exitCode: 3, signal: null });
  expect((await runAllowed({ script: 'kill -SEGV $$' })).exit).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
});

it('F033 runs in the working directory asked for and refuses a missing one before the spawn', async () => {
  const there = await run({ script: 'pwd', cwd: '/tmp' });
  expect(there.stdout.toString()).toBe('/tmp\n');
  expect(there.started?.cwd).toBe('/tmp');
  const missing = await run({ script: 'pwd', cwd: '/no/such/folder' });
  expect(missing.refusal?.message).toContain('/no/such/folder does not exist');
  expect(missing.started).toBeNull();
});

it('F034 records the shell, the resolved path of the first word and PATH', async () => {
  const done = await run({ script: 'ls /' });
  expect(done.started?.shellPath).toMatch(/\/bash$/);
  expect(done.started?.shellVersion).toMatch(/^\d/);
  expect(done.started?.resolvedPath).toMatch(/\/ls$/);
  expect(done.started?.path).toContain('/bin');
  expect((await run({ script: 'echo hi' })).started?.resolvedPath).toBeNull();
});

it('F035 captures the environment with secret-named values masked', async () => {
  const { started, stdout } = await run({ script: 'echo $FOO $MY_API_TOKEN' });
  expect(started?.environment.FOO).toBe('bar');
  expect(started?.environment.MY_API_TOKEN).toBe('••••••');
  expect(started?.environment.DB_PASSWORD).toBe('••••••');
  expect(stdout.toString()).toBe('bar hunter2\n');
  expect(started?.arch).toBe(process.arch);
});

it('F036 flags a command that asked for input, and no other', async () => {
  expect((await run({ script: 'read -p "Continue? " x; echo "[$x]"' })).exit?.askedForInput).toBe(true);
  expect((await run({ script: 'echo done' })).exit?.askedForInput).toBe(false);
});

it('gives the child real pipes, so that /dev/stderr can be opened again', async () => {
  const done = await run({ script: 'echo a | tee /dev/stderr; readlink /proc/self/fd/1' });
  expect(done.stderr.toString()).toBe('a\n');
});

it('F006 takes a script without touching its quoting, in bash and sh', async () => {
  const script = `printf '%s|' "it's" '$HOME' "a\\"b" -- é '\n'`;
  const expected = `it's|$HOME|a"b|--|é|\n|`;
  expect((await run({ script })).stdout.toString()).toBe(expected);
  expect((await run({ script, shell: 'sh' })).stdout.toString()).toBe(expected);
  expect((await runAllowed({ script: '-x is not an option; echo still here' })).stdout.toString()).toBe('still here\n');
  expect((await runAllowed({ script: 'Get-Date', shell: 'cmd' })).refusal?.message).toContain('has no cmd');
});

it('F031 runs as another account and says which, or refuses before the spawn', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('changing accounts needs root');
  const spec = {
    shell: 'bash',
    script: 'id -un; id -gn',
    cwd: '/',
    runAs: { kind: 'account', name: 'nobody' },
    timeoutMs: 60_000,
  } as const;
  const prompt = gateway.actionPrompt('as-nobody', spec);
  gateway.ask(prompt);
  await endpoint.knows('as-nobody');
  await endpoint.press('decide', { approvalId: 'as-nobody', decision: 'approve', reason: '' });
  const approvals = [
    { id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() },
    { id: 'as-nobody', kind: 'action' as const, hash: prompt.hash },
  ];
  const done = await run({ ...spec, approvals });
  expect(done.refusal).toBeNull();
  expect(done.stdout.toString()).toBe('nobody\nnogroup\n');
  expect(done.started?.effectiveUser).toBe('nobody (uid 65534)');
});

it('stops a command at its time limit, with everything it hid away', async () => {
  const done = await runAllowed({
    script: 'setsid sleep 300 & trap "" TERM; echo up; sleep 300 & wait; sleep 300',
    timeoutMs: 1_000,
  });
  expect(done.exit).toMatchObject({ timedOut: true, cancelled: false });
  const { taggedProcesses } = await import('./runner/process-tree.ts');
  expect(taggedProcesses(done.commandId)).toEqual([]);
}, 30_000);

it('remarks a pipe that a left-behind process keeps open', async () => {
  const done = await run({ script: 'sleep 30 & echo started' });
  expect(done.exit).toMatchObject({ exitCode: 0, pipeLeaked: true });
  expect(done.remarks).toContain('kept its output open');
}, 20_000);

it('F002 needs no display and no stdin', () => {
  expect(readlinkSync(`/proc/${endpoint.process!.pid}/fd/0`)).toBe('/dev/null');
  expect(endpoint.environment.DISPLAY ?? '').toBe('');
});
