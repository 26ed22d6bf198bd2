import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { findTemporalBinary } from './embedded/temporal-binary.ts';
import { startTemporal } from './embedded/temporal.ts';
import { npmStart, processesOf, stopRuns } from './testing/npm-start.ts';
import { smallDisk, type SmallDisk } from './testing/small-disk.ts';

const REFUSED = 'only root may mount a small disk, and not in every container';
const disks: SmallDisk[] = [];
afterEach(async () => {
  await stopRuns();
  for (const disk of disks.splice(0)) disk.remove();
}, 60_000);

/** Null: skip the test. */
function disk(size: string): SmallDisk | null {
  const made = smallDisk(size);
  if (made) disks.push(made);
  return made;
}

it('npm start on a disk that fills up earlier or later', { timeout: 240_000 }, async (context) => {
  const small = disk('8k');
  if (!small) return context.skip(REFUSED);
  for (const [size, parts] of [
    ['8k', 'Data folder|Start|Postgres|Temporal'], // some small files
    ['20m', 'Postgres'], // not enough for Postgres' initdb
    ['44m', 'Postgres|Database'], // a cluster, but no room for our tables
  ] as const) {
    small.resize(size);
    const run = await npmStart(small.folder);
    expect(await run.ended, run.output()).toBe(1);
    const words = `^(${parts}): the disk is full \\(the one of ${small.folder}[^\\n]*\\)\\n  What to do: free some space `;
    expect(run.output()).toMatch(new RegExp(words, 'm'));
    expect(run.output().match(/What to do/g)).toHaveLength(1);
    expect(run.output()).not.toMatch(/^ +at /m);
    expect(processesOf(small.folder)).toEqual([]);
  }
  small.resize('160m');
  const run = await npmStart(small.folder);
  await run.ready();
  expect(run.output()).toMatch(/only \d+ MB left on the disk of/);
  expect(await run.interrupt()).toBe(0);
});

it.for(['64k', '1500k'])(
  'Temporal on a disk of %s says so, and starts once there is space',
  { timeout: 90_000 },
  async (size, context) => {
    const small = disk(size);
    if (!small) return context.skip(REFUSED);
    const start = async () =>
      startTemporal({
        binary: await findTemporalBinary(),
        namespace: 'desk',
        dbFile: join(small.folder, 'temporal.db'),
        logFile: join(small.folder, 'temporal.log'),
      });
    await expect(start()).rejects.toThrow(
      `Temporal: the disk is full (the one of ${small.folder})\n  What to do: free some space there`,
    );
    expect(processesOf(small.folder)).toEqual([]);
    small.resize('64m');
    const temporal = await start();
    await temporal.stop();
  },
);
