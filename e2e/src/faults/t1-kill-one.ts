import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSpool } from '@throughline/agent/spool-format';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { judge } from './judge.ts';
import { pause } from './patience.ts';
import type { Random } from './random.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import type { FaultRuntime } from './runtime.ts';
import { type Site, localId } from './site.ts';
import { type Workload, steadyOutput } from './workload.ts';

export const VICTIMS = ['worker', 'api', 'signer', 'temporal', 'postgres', 'runtime', 'runner'] as const;
export type Victim = (typeof VICTIMS)[number];

/** T1: kill -9 of one part at a random moment of a command that writes all the way. */
export async function killOne(context: FaultContext, victims: readonly Victim[] = VICTIMS): Promise<void> {
  const site = await context.site();
  const runtime = await site.endpoint();
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  // Round about, not one victim after the other: the supervisor pauses longer for a part that dies again at once.
  let turn: Promise<unknown> = Promise.resolve();
  await Promise.all(
    victims.map((victim) =>
      context.row(`T1 ${victim}`, async (row, random) => {
        await rounds(row, context.times(40), async (round) => {
          const mine = turn.then(async () => {
            const began = performance.now();
            const work = steadyOutput(site.lab, random);
            const kills = [{ victim, afterMs: random.between(0, work.lastsMs) }];
            await killDuring({ site, runtime, sessionId, work, row, kills, random, round });
            row.seconds += (performance.now() - began) / 1000;
          });
          turn = mine.catch(() => undefined);
          await mine;
        });
      }),
    ),
  );
}

/** One command, hit in its middle, followed to its end, and judged. */
export async function killDuring(parts: {
  site: Site;
  runtime: FaultRuntime;
  sessionId: string;
  work: Workload;
  row: Row;
  kills: readonly { victim: Victim; afterMs: number }[];
  random: Random;
  round: number;
}): Promise<void> {
  const { site, runtime, work, row, kills, random } = parts;
  const words = kills.map(({ victim, afterMs }) => `${victim} after ${afterMs} ms`).join(', ');
  const repeat = `round ${parts.round} (${words})`;
  await runtime.untilOnline();
  const id = await patientlyProposed(site, parts.sessionId, work);
  const unjudged: { stdout: Buffer; stderr: Buffer }[] = [];
  await Promise.all(
    kills.map(async ({ victim, afterMs }) => {
      await pause(afterMs);
      if (victim === 'runner') unjudged.push(...killRunner(runtime, localId(id)));
      else if (victim === 'runtime') await restartRuntime(runtime, random);
      else await site.product.kill(victim);
    }),
  );
  row.n++;
  const [spooled] = unjudged;
  await judge(
    site,
    row,
    id,
    work,
    spooled ? { state: 'outcome_unknown', stored: spooled } : { state: 'completed_with_errors' },
    repeat,
  );
}

/** What was killed in the round before may still be coming back. */
async function patientlyProposed(site: Site, sessionId: string, work: Workload): Promise<string> {
  await site.product.ready();
  const id = await site.propose(sessionId, work.script);
  await waitFor(`command ${localId(id)} to begin`, work.begun, 120_000);
  return id;
}

/** Nobody supervises the runtime here, so the test starts it again, at once or after a while. */
async function restartRuntime(runtime: FaultRuntime, random: Random): Promise<void> {
  await runtime.kill('SIGKILL');
  await pause(random.between(0, 1_000));
  runtime.start();
}

/** Halts the runner, notes what it had kept, kills it. Nothing when the command had already ended. */
function killRunner(runtime: FaultRuntime, commandId: string): { stdout: Buffer; stderr: Buffer }[] {
  const pid = runtime.runnerPid(commandId);
  try {
    process.kill(pid, 'SIGSTOP');
  } catch {
    // It has ended by itself: a kill that came too late.
    return [];
  }
  const folder = join(runtime.data, 'commands', commandId);
  const over = readFileSync(join(folder, 'journal.ndjson'), 'utf8').includes('"exit"');
  const frames = over ? [] : readSpool(readFileSync(join(folder, 'spool.bin'))).map(({ frame }) => frame);
  process.kill(pid, 'SIGKILL');
  if (over) return [];
  const bytesOf = (stream: number) =>
    Buffer.concat(frames.filter((frame) => frame.stream === stream).map((frame) => frame.bytes));
  return [{ stdout: bytesOf(1), stderr: bytesOf(2) }];
}
