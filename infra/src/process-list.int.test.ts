import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { takeOver } from './process-list.ts';
import { testFolder } from './testing/services.ts';

function sleeper(): ProcessIdentity {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
  child.unref();
  return identify(child.pid ?? -1) as ProcessIdentity;
}

it('stops what a killed run left behind', async () => {
  const file = join(testFolder(), 'processes.json');
  const left = sleeper();
  const main = { pid: process.pid, startTime: 'long ago' };
  writeFileSync(file, JSON.stringify({ main, parts: [{ ...left, name: 'postgres', signal: 'SIGTERM' }] }));
  const said: string[] = [];
  await takeOver(file, (line) => said.push(line));
  expect(isAlive(left)).toBe(false);
  expect(said.join()).toContain('stopping postgres');
});

it('leaves a process alone that only has the number of one of ours', async () => {
  const file = join(testFolder(), 'processes.json');
  const stranger = sleeper();
  const main = { pid: process.pid, startTime: 'long ago' };
  const part = { pid: stranger.pid, startTime: 'before the boot', name: 'postgres', signal: 'SIGTERM' };
  writeFileSync(file, JSON.stringify({ main, parts: [part] }));
  try {
    await takeOver(file, () => {});
    expect(isAlive(stranger)).toBe(true);
  } finally {
    process.kill(stranger.pid, 'SIGKILL');
  }
});

it('refuses to run beside a living run with the same data', async () => {
  const file = join(testFolder(), 'processes.json');
  const other = sleeper();
  writeFileSync(file, JSON.stringify({ main: other, parts: [] }));
  try {
    await expect(takeOver(file, () => {})).rejects.toThrow(`already runs with this data folder (process ${other.pid})`);
    expect(isAlive(other)).toBe(true);
  } finally {
    process.kill(other.pid, 'SIGKILL');
  }
});
