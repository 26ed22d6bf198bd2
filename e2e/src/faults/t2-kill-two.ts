import { type FaultContext, rounds } from './row.ts';
import { VICTIMS, killDuring } from './t1-kill-one.ts';
import { steadyOutput } from './workload.ts';

/** T2: two parts killed within half a second of each other. */
export async function killTwo(context: FaultContext): Promise<void> {
  const site = await context.site();
  const runtime = await site.endpoint();
  context.atEnd(() => runtime.stop());
  const sessionId = await site.session(runtime);
  await context.row('T2 two at once', async (row, random) => {
    const pairs = new Set<string>();
    await rounds(row, context.times(60), async (round) => {
      const work = steadyOutput(site.lab, random);
      const first = random.pick(VICTIMS);
      const second = random.pick(VICTIMS.filter((victim) => victim !== first));
      const afterMs = random.between(0, work.lastsMs);
      const kills = [
        { victim: first, afterMs },
        { victim: second, afterMs: afterMs + random.between(0, 500) },
      ];
      pairs.add([first, second].sort().join('+'));
      await killDuring({ site, runtime, sessionId, work, row, kills, random, round });
    });
    row.figures.pairs = pairs.size;
  });
}
