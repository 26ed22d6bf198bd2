import { cpus } from 'node:os';
import { board } from './board.ts';
import { consent } from './consent.ts';
import { fleet } from './fleet.ts';
import { idle } from './idle.ts';
import { firstByte } from './first-byte.ts';
import { liveOutput } from './live-output.ts';
import { openOutput } from './open-output.ts';
import { printResult } from './print.ts';
import { load, waitForQuiet } from './quiet.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { scroll } from './scroll.ts';
import { risk } from './risk.ts';
import { startUp } from './start-up.ts';
import { throughput } from './throughput.ts';
import { webhooks } from './webhooks.ts';

/** `npm run bench [-- name…]`: each benchmark starts a product of its own, measures it as its users do, and stops it. */
const BENCHMARKS: Record<string, (context: BenchContext) => Promise<BenchResult>> = {
  'first-byte': firstByte,
  consent,
  'live-output': liveOutput,
  throughput,
  'open-output': openOutput,
  webhooks,
  board,
  scroll,
  start: startUp,
  idle,
  fleet,
  risk,
};

const QUIET_MS = Number(flag('--quiet-seconds') ?? 60) * 1000;
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const unknown = asked.filter((name) => BENCHMARKS[name] === undefined);
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}

const undos: (() => Promise<void> | void)[] = [];
const say = (line: string) => void process.stderr.write(`  ${line}\n`);

async function undoAll(): Promise<void> {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      await undo();
    } catch (error) {
      // The others must still be undone.
      console.error('Could not clean up:', error);
      process.exitCode = 1;
    }
  }
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void undoAll().finally(() => process.exit(130)));

for (const name of asked.length > 0 ? asked : Object.keys(BENCHMARKS)) {
  try {
    const before = await waitForQuiet(say, QUIET_MS);
    const result = await BENCHMARKS[name]!({
      say: (line) => say(`${name}: ${line}`),
      atEnd: (undo) => undos.push(undo),
    });
    printResult(result, { at: new Date().toISOString(), cores: cpus().length, loadBefore: before, loadAfter: load() });
  } catch (error) {
    console.error(`${name} could not be measured:`, error);
    process.exitCode = 1;
  } finally {
    await undoAll();
  }
}
process.exit();

function flag(name: string): string | undefined {
  return process.argv.find((arg) => arg.startsWith(`${name}=`))?.split('=')[1];
}
