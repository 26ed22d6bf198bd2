import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { findTemporalBinary } from './embedded/temporal-binary.ts';
import { startTemporal } from './embedded/temporal.ts';
import { npmStart, processesOf, stopRuns } from './testing/npm-start.ts';
import { smallDisk, type SmallDisk } from './testing/small-disk.ts';
import { waitFor } from './testing/wait-for.ts';

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

it(
  'npm start on a disk that is full from the start, fills up while starting, and later',
  { timeout: 240_000 },
  async (context) => {
    const small = disk('8k');
    if (!small) return context.skip(REFUSED);
    // Parts start side by side, so more than one may be the first to meet it.
    for (const [size, parts] of [
      ['8k', 'Data folder|Start|Postgres|Temporal'], // some small files
      ['20m', 'Postgres|Temporal|Worker'], // not enough for Postgres' initdb
      ['44m', 'Postgres|Database|Temporal|Worker'], // a cluster, but no room for our tables
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

    // Full in the middle of its work: it stays, says why, and goes on once there is space.
    const fill = join(small.folder, 'fill');
    spawnSync('dd', ['if=/dev/zero', `of=${fill}`, 'bs=1M']);
    await writeUntilFull(small.folder);
    await waitFor(
      'the reason',
      () => /postgres .*because the disk is full; starting it again/.exec(run.output()),
      30_000,
    );
    rmSync(fill);
    await waitFor(
      'the product to be ready again',
      async () => (await fetch(`${run.url}/readyz`).catch(() => null))?.status === 200,
      60_000,
    );
    expect(await run.interrupt()).toBe(0);
  },
);

/** Fills the write-ahead log until Postgres cannot go on. */
async function writeUntilFull(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'postgres/cluster');
  const password = readFileSync(join(dataDir, 'postgres/secrets/superuser-password'), 'utf8').trim();
  const port = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[3] ?? '';
  const client = new pg.Client(`postgres://postgres:${password}@127.0.0.1:${port}/throughline`);
  client.on('error', () => {}); // the server going away is what we are after
  await client.connect();
  const megabyte = "select pg_logical_emit_message(true, 'test', repeat('x', 1000000))";
  const all = async (): Promise<void> => {
    for (let n = 0; n < 500; n += 1) await client.query(megabyte);
  };
  await expect(all()).rejects.toThrow(/No space left|terminated/);
  await client.end().catch(() => {});
}

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
