import { setTimeout } from 'node:timers/promises';
import { openHouse } from './lab/house.ts';
import { type Held, cpuSeconds, tree } from './processes.ts';
import type { BenchContext, BenchResult } from './result.ts';

/** Until what starting left behind has been collected. */
const SETTLE_MS = 30_000;
const WATCH_MS = 60_000;
/** 60 MB, as the promise says it, in the unit that the kernel counts in. */
const GOAL_MIB = Math.floor((60_000_000 / 1024 ** 2) * 10) / 10;

/** The runtime as customers get it, connected, with nothing to do: what it holds and what it costs. */
export async function idle(context: BenchContext): Promise<BenchResult> {
  await openHouse(context);
  await setTimeout(SETTLE_MS);
  const before = parts().map(({ pid }) => cpuSeconds(pid));
  await setTimeout(WATCH_MS);
  const after = parts();
  if (after.length !== before.length) throw new Error('a process of the runtime ended meanwhile');
  const cpu = after.map(({ pid }, at) => (cpuSeconds(pid) - before[at]!) / (WATCH_MS / 1000));
  const [runtime, runner] = after as [Held, Held];
  return {
    name: 'idle',
    measures: [
      { what: 'runtime, RSS', value: runtime.mib, unit: 'MiB', goal: GOAL_MIB },
      { what: 'its runner that waits for a command, RSS', value: runner.mib, unit: 'MiB' },
      { what: 'both, shared pages once', value: runtime.shareMib + runner.shareMib, unit: 'MiB' },
      { what: 'processor, of one core', value: cpu.reduce((sum, each) => sum + each, 0) * 100, unit: '%', goal: 0.5 },
    ],
    notes: [
      `connected, no session; looked at ${SETTLE_MS / 1000} s after it was online, processor over ${WATCH_MS / 1000} s`,
      'RSS counts the pages of the program that it has mapped, which all its processes share',
    ],
  };
}

/** The runtime first, then the runner it keeps ready. */
function parts(): Held[] {
  const ours = tree(process.pid).filter(({ name }) => /^throughline-runt/.test(name));
  if (ours.length !== 2) throw new Error(`one runtime and one runner were expected, not ${ours.length} processes`);
  return ours.sort((one, other) => one.pid - other.pid);
}
