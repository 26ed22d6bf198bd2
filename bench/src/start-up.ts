import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@throughline/e2e/harness/product';
import { freePort } from '@throughline/infra/embedded/ports';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { tree } from './processes.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { median } from './stats.ts';

const ROUNDS = 3;
/** After so long nothing of the start is still going on. */
const IDLE_MS = 15_000;

/** `npm start` with everything installed and built: the time to ready, and the memory of the idle product. */
export async function startUp(context: BenchContext): Promise<BenchResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-start-'));
  await chmod(dataDir, 0o755); // open to the user that Postgres runs as, or its data would go elsewhere and stay there
  context.atEnd(() => rm(dataDir, { recursive: true, force: true }));
  context.say('a first start, which fills the data folder');
  await (await npmStart(context, dataDir)).stop();
  const seconds: number[] = [];
  let memory: { name: string; mib: number; shareMib: number; count: number }[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const product = await npmStart(context, dataDir);
    seconds.push(product.seconds);
    context.say(`ready in ${product.seconds.toFixed(1)} s`);
    if (i === ROUNDS - 1) {
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      memory = byName(product.pid);
    }
    await product.stop();
  }
  const total = memory.reduce((sum, part) => sum + part.shareMib, 0);
  return {
    name: 'start',
    measures: [
      { what: 'npm start to ready, not the first time', value: median(seconds), unit: 's', goal: 10 },
      { what: 'memory of the idle product (shared pages once)', value: total, unit: 'MiB' },
      ...memory.map((part) => ({
        what: `  ${part.name}${part.count > 1 ? ` (${part.count} processes)` : ''}, RSS`,
        value: part.mib,
        unit: 'MiB',
      })),
    ],
    notes: [
      `median of ${ROUNDS} starts; memory ${IDLE_MS / 1000} s after ready; RSS counts shared pages for each process`,
    ],
  };
}

async function npmStart({ atEnd }: BenchContext, dataDir: string) {
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: dataDir,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'warn',
  };
  let text = '';
  const began = performance.now();
  // Its own group, so that it can be stopped as a terminal does it: Ctrl+C goes to npm and to what npm started.
  const child = spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const stop = () => interrupted(child);
  atEnd(stop);
  await waitFor(
    'npm start to be ready',
    () => {
      if (child.exitCode !== null) throw new Error(`npm start ended early:\n${text}`);
      return /is ready in/.test(text);
    },
    300_000,
  );
  const seconds = (performance.now() - began) / 1000;
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  if (ready.status !== 200) throw new Error(`it says that it is ready, but /readyz answers ${ready.status}`);
  return { seconds, pid: child.pid ?? 0, stop };
}

async function interrupted(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGINT');
  await gone;
}

function byName(root: number) {
  const parts = new Map<string, { name: string; mib: number; shareMib: number; count: number }>();
  for (const { name, mib, shareMib } of tree(root)) {
    const part = parts.get(name) ?? { name, mib: 0, shareMib: 0, count: 0 };
    parts.set(name, { name, mib: part.mib + mib, shareMib: part.shareMib + shareMib, count: part.count + 1 });
  }
  return [...parts.values()].sort((a, b) => b.mib - a.mib);
}
