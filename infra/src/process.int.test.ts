import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { projectRoot } from './config.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { supervise, type Supervised } from './process.ts';
import { waitFor } from './testing/wait-for.ts';

const started: Supervised[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((part) => part.stop()));
});

function begin(script: string, extra: Partial<Parameters<typeof supervise>[0]> = {}): Supervised {
  const lines: string[] = [];
  const part = supervise({
    name: 'probe',
    command: '/bin/sh',
    args: ['-c', script],
    output: { onLine: (line) => lines.push(line) },
    ...extra,
  });
  started.push(part);
  return part;
}

it('starts a kept-up process again after it was killed', async () => {
  const part = begin('sleep 1000');
  part.keepUp();
  const first = part.pid() ?? -1;
  process.kill(first, 'SIGKILL');
  const second = await waitFor(
    'a second incarnation',
    () => part.pid() !== undefined && part.pid() !== first && part.pid(),
  );
  expect(identify(second as number)).not.toBeNull();
});

it('does not start again what ends before it was kept up, and says how it ended', async () => {
  const ends: string[] = [];
  const part = begin('exit 7', { onUnexpectedEnd: (end) => ends.push(end) });
  expect(await part.ended).toBe('ended with code 7');
  expect(ends).toEqual(['ended with code 7']);
  expect(part.pid()).toBeUndefined();
});

it('kills a process that will not stop, together with its own children', async () => {
  let grandchild = 0;
  const part = begin("trap '' TERM; sleep 1000 & echo $!; while :; do wait; done", {
    stopTimeoutMs: 300,
    output: { onLine: (line) => (grandchild = Number(line)) },
  });
  await waitFor('the grandchild', () => grandchild);
  const identity = identify(grandchild) as ProcessIdentity;
  await part.stop();
  expect(await part.ended).toBe('ended by SIGKILL');
  await waitFor('the grandchild to be gone', () => !isAlive(identity));
});

it.each([
  ['an ordinary child', 'exec sleep 1000'],
  ['a child that ignores SIGTERM', "trap '' TERM; while :; do sleep 0.1; done"],
])('leaves no orphan when the supervising process is killed with -9: %s', async (_, script) => {
  const parent = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./testing/supervisor-program.ts', import.meta.url)), script],
    { cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const pid = await new Promise<number>((resolve) =>
    createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line))),
  );
  const child = identify(pid) as ProcessIdentity;
  expect(isAlive(child)).toBe(true);
  parent.kill('SIGKILL');
  await waitFor('the child to be gone', () => !isAlive(child), 15_000);
});

it('stops without force a process that lives for as long as its stdin is open', async () => {
  let listening = false;
  const part = begin('', {
    command: process.execPath,
    args: ['-e', "process.stdin.resume(); process.on('SIGTERM', () => {}); console.log('listening')"],
    holdStdin: true,
    stopTimeoutMs: 8_000,
    output: { onLine: () => (listening = true) },
  });
  await waitFor('the child to listen', () => listening);
  await part.stop();
  expect(await part.ended).toBe('ended with code 0');
});
