import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STREAM } from '@throughline/domain/output-frame';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { ended, judge } from './judge.ts';
import { Link } from './link.ts';
import { patiently, pause } from './patience.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import { type Site, localId } from './site.ts';
import { downloadSum, repeatedSum, storedSum } from './sums.ts';
import { SmallDisk } from './tmpfs.ts';
import { counted } from './workload.ts';

const RESERVE_MB = 500;
const MiB = 1024 ** 2;
const LONG_MS = 600_000;

/** T8: no room, and no connection for long: the command waits, people are told, nothing is dropped. */
export async function fullDisks(context: FaultContext, offlineBytes = 1024 * MiB): Promise<void> {
  const site = await context.site();
  await context.row('T8 disk nearly full', (row) =>
    rounds(row, context.times(2), () => nearlyFull(context, site, row)),
  );
  await context.row('T8 disk full', (row, random) =>
    rounds(row, context.times(3), () => whollyFull(context, site, row, random.between(20, 400))),
  );
  await context.row('T8 offline', (row) => rounds(row, 1, () => offline(context, site, row, offlineBytes)));
}

/** Less than the reserve is left: the child waits, the technician reads why, more room lets it go on. */
async function nearlyFull(context: FaultContext, site: Site, row: Row): Promise<void> {
  const disk = SmallDisk.open(RESERVE_MB + 40);
  if (disk === null) return notTried(row);
  context.atEnd(() => disk.close());
  const runtime = await site.endpoint({ data: join(disk.path, 'data') });
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  const work = counted(site.lab, ...lots(80 * MiB));
  const id = await site.propose(sessionId, work.script, LONG_MS);
  const spool = join(runtime.data, 'commands', localId(id), 'spool.bin');
  await patiently('people to be told', async () => /waits: this computer’s disk/.test(await remarksOf(site, id)));
  const size = statSync(spool).size;
  await pause(500);
  if (statSync(spool).size > size + 200_000) throw new Error('the command did not wait');
  row.figures['waited at MiB'] = Math.round(size / MiB);
  disk.resize(4 * RESERVE_MB);
  await patiently('people to be told that it goes on', async () => /goes on after/.test(await remarksOf(site, id)));
  row.n++;
  await judge(site, row, id, work, { state: 'completed' }, 'disk nearly full');
}

/** Not one byte of room while the command writes: what is read is kept, and everything is there in the end. */
async function whollyFull(context: FaultContext, site: Site, row: Row, afterMs: number): Promise<void> {
  const disk = SmallDisk.open(4 * RESERVE_MB);
  if (disk === null) return notTried(row);
  context.atEnd(() => disk.close());
  const runtime = await site.endpoint({ data: join(disk.path, 'data') });
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  const go = join(disk.path, 'go');
  const [body, out, err] = lots(6 * MiB);
  const work = counted(site.lab, `until [ -e ${go} ]; do sleep 0.01; done; ${body}`, out, err);
  const id = await site.propose(sessionId, work.script, LONG_MS);
  await waitFor('the command to begin', work.begun, 120_000);
  // The folder shrinks under it, then somebody else takes what is left.
  writeFileSync(go, '');
  await pause(afterMs);
  disk.fill();
  const left = disk.freeBytes;
  await pause(1_500);
  if (!existsSync(join(disk.path, 'filler'))) throw new Error('the disk was never full');
  row.figures['bytes left'] = left;
  disk.empty();
  if (!runtime.alive) {
    row.figures['runtime restarts'] = Number(row.figures['runtime restarts'] ?? 0) + 1;
    runtime.start();
  }
  row.n++;
  await judge(site, row, id, work, { state: 'completed' }, `disk full after ${afterMs} ms`);
}

/** A long output while there is no connection. Compared by sums: it is too long to be held twice. */
async function offline(context: FaultContext, site: Site, row: Row, bytes: number): Promise<void> {
  const link = await Link.open(Number(new URL(site.product.url).port));
  context.atEnd(() => link.close());
  const runtime = await site.endpoint({ server: link.url });
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  const go = join(site.lab, `go-offline-${process.pid}`);
  const line = 'all of this is written while nobody is there to hear it\n';
  const body = `until [ -e ${go} ]; do sleep 0.02; done; yes '${line.trimEnd()}' | head -c ${bytes}`;
  const work = counted(site.lab, body, Buffer.alloc(0), Buffer.alloc(0));
  const id = await site.propose(sessionId, work.script, LONG_MS);
  await waitFor('the command to begin', work.begun, 120_000);
  await link.cut();
  writeFileSync(go, '');
  const spool = join(runtime.data, 'commands', localId(id), 'spool.bin');
  await waitFor('everything to be written', () => existsSync(spool) && statSync(spool).size > bytes, LONG_MS);
  await link.restore();
  const began = performance.now();
  const { state, words } = await ended(site, id, LONG_MS);
  row.figures.MiB = Math.round(bytes / MiB);
  row.figures['sent in s'] = Math.round((performance.now() - began) / 1000);
  row.n++;
  if (state !== 'completed') throw new Error(`it ended ${state}: ${words}`);
  if (work.executions() !== 1) throw new Error(`it ran ${work.executions()} times`);
  const wanted = repeatedSum(Buffer.from(line.repeat(Math.ceil(MiB / line.length))), bytes).sha256;
  const { bytes: length, sha256 } = await downloadSum(site, id, 'stdout');
  row.bytesLost += Math.max(0, bytes - length);
  row.bytesDuplicated += Math.max(0, length - bytes);
  if (sha256 !== wanted) throw new Error(`what is downloaded differs (${length} bytes for ${bytes})`);
  const stored = await storedSum(site, id, STREAM.stdout);
  if (stored.sha256 !== wanted) throw new Error('what is in Postgres differs');
}

/** Script and bytes of a long output whose every line is different. */
function lots(bytes: number): [string, Buffer, Buffer] {
  const lines = Math.ceil(bytes / 9);
  const out = Buffer.from(Array.from({ length: lines }, (_, i) => `${10_000_000 + i}\n`).join(''));
  return [`seq 10000000 ${10_000_000 + lines - 1}`, out, Buffer.alloc(0)];
}

async function remarksOf(site: Site, id: string): Promise<string> {
  const rows = await site.sql<{ bytes: Buffer }>(
    'select bytes from output_chunk where command_id = $1 and stream = 3 order by seq',
    [localId(id)],
  );
  return rows.map((row) => row.bytes.toString()).join('');
}

function notTried(row: Row): void {
  row.skipped = 'a small disk can only be mounted as root';
}
