import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('lets the second wait until the first has ended, and gives the lock back after a failure', async () => {
  const lock = join(folder, 'below/lock');
  const { signal } = new AbortController();
  const order: string[] = [];
  let end: () => void = () => {};
  const first = oneAtATime(lock, signal, async () => {
    await new Promise<void>((resolve) => (end = resolve));
    order.push('first');
    throw new Error('build failed');
  });
  const second = oneAtATime(lock, signal, async () => void order.push('second'));
  end();
  await expect(first).rejects.toThrow('build failed');
  await second;
  expect(order).toEqual(['first', 'second']);
});

it('is not held up by a process that was killed', async () => {
  const lock = join(folder, 'lock');
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startTime: 'before the boot' }));
  expect(await oneAtATime(lock, new AbortController().signal, async () => 'done')).toBe('done');
});

it('gives up waiting when the whole start is given up', async () => {
  const lock = join(folder, 'lock');
  const abort = new AbortController();
  let end: () => void = () => {};
  const first = oneAtATime(lock, abort.signal, () => new Promise<void>((resolve) => (end = resolve)));
  const second = oneAtATime(lock, abort.signal, async () => 'never');
  abort.abort(new Error('given up'));
  await expect(second).rejects.toThrow('given up');
  end();
  await first;
});
