import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STREAM } from '@throughline/domain/output-frame';
import { ended } from './judge.ts';
import { CONTENTS } from './odd-bytes.ts';
import { watchPeaks } from './peak-memory.ts';
import type { Random } from './random.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import type { FaultRuntime } from './runtime.ts';
import { type Site, localId } from './site.ts';
import { type Sum, downloadSum, repeatedSum, storedSum } from './sums.ts';
import { counted } from './workload.ts';

const MiB = 1024 ** 2;
const MAX_PEAK_BYTES = 150 * MiB;
const LONG_MS = 1_800_000;
const NONE = Buffer.alloc(0);

interface Case {
  content: string;
  stream: 'stdout' | 'stderr';
  bytes: number;
}

/** T12: very long output and content of every odd kind: stored and handed out byte for byte, by processes that stay small. */
export async function exactBytes(context: FaultContext, sizes = { long: 1024 * MiB, odd: 64 * MiB }): Promise<void> {
  const site = await context.site();
  const runtime = await site.endpoint();
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  const cases: Case[] = [
    { content: 'lines', stream: 'stdout', bytes: sizes.long },
    { content: 'lines', stream: 'stderr', bytes: sizes.long },
    { content: 'no newline', stream: 'stdout', bytes: sizes.long },
    ...['NUL', 'bad UTF-8', 'UTF-16', 'ANSI', 'CLIXML'].flatMap((content) =>
      (['stdout', 'stderr'] as const).map((stream) => ({ content, stream, bytes: sizes.odd })),
    ),
  ];
  for (const each of cases)
    await context.row(`T12 ${each.content} on ${each.stream}`, (row, random) =>
      rounds(row, 1, () => written(site, runtime, sessionId, each, row, random)),
    );
}

async function written(
  site: Site,
  runtime: FaultRuntime,
  sessionId: string,
  { content, stream, bytes }: Case,
  row: Row,
  random: Random,
): Promise<void> {
  const block = (CONTENTS[content] as (random: Random) => Buffer)(random);
  const file = join(site.lab, `block-${content.replaceAll(' ', '-')}`);
  writeFileSync(file, block);
  const times = Math.ceil(bytes / block.length);
  const body = `for ((i = 0; i < ${times}; i++)); do cat ${file}; done${stream === 'stderr' ? ' >&2' : ''}`;
  const work = counted(site.lab, body, NONE, NONE);
  const began = performance.now();
  const id = await site.propose(sessionId, work.script, LONG_MS);
  let runner: number | null = null;
  const peaks = watchPeaks({ runtime: () => runtime.pid, runner: () => (runner ??= pidOf(runtime, id)) });
  const { state, words } = await ended(site, id, LONG_MS).finally(() => peaks.stop());
  row.n++;
  row.figures.MiB = Math.round((times * block.length) / MiB);
  row.figures['stored in s'] = Math.round((performance.now() - began) / 100) / 10;
  const wanted = stream === 'stderr' ? 'completed_with_errors' : 'completed';
  if (state !== wanted) throw new Error(`it ended ${state}, not ${wanted}: ${words}`);
  if (work.executions() !== 1) throw new Error(`it ran ${work.executions()} times`);
  for (const each of ['stdout', 'stderr'] as const) {
    const expected = repeatedSum(block, each === stream ? times * block.length : 0);
    same(row, `${each} as downloaded`, expected, await downloadSum(site, id, each));
    same(row, `${each} in Postgres`, expected, await storedSum(site, id, STREAM[each]));
  }
  for (const [name, peak] of Object.entries(peaks.stop())) {
    row.figures[`${name} MiB`] = Math.round(peak / MiB);
    if (peak > MAX_PEAK_BYTES) throw new Error(`the ${name} held ${Math.round(peak / MiB)} MiB`);
  }
}

function same(row: Row, what: string, expected: Sum, found: Sum): void {
  row.bytesLost += Math.max(0, expected.bytes - found.bytes);
  row.bytesDuplicated += Math.max(0, found.bytes - expected.bytes);
  if (found.sha256 !== expected.sha256)
    throw new Error(`${what} differs: ${found.bytes} bytes for ${expected.bytes}, SHA-256 ${found.sha256}`);
}

/** Null until the runner has taken the command. */
function pidOf(runtime: FaultRuntime, id: string): number | null {
  try {
    return runtime.runnerPid(localId(id));
  } catch {
    return null;
  }
}
