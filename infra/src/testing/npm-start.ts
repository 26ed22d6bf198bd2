import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { projectRoot } from '../config.ts';
import { freePort } from '../embedded/ports.ts';
import { waitFor } from './wait-for.ts';

/** One run of `npm start`. */
export interface Run {
  url: string;
  /** Everything it has written, to both streams. */
  output(): string;
  /** Resolves once `/readyz` answers 200 and the closing block is printed; rejects when it ends before. */
  ready(): Promise<void>;
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>;
  /** Ctrl+C. Resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

const begun: { interrupt(): Promise<unknown> }[] = [];

/** Starts the product as `npm start` does, on a free port. */
export async function npmStart(dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const port = await freePort();
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: projectRoot,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      DATA_DIR: dataDir,
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  const run: Run = {
    url,
    output: () => text,
    ended,
    async ready() {
      const isReady = async (): Promise<boolean> => {
        if (child.exitCode !== null) throw new Error(`npm start ended early:\n${text}`);
        const answer = await fetch(`${url}/readyz`).catch(() => null); // refused until it listens
        return answer?.status === 200 && text.includes('Ctrl+C stops everything');
      };
      await waitFor('the product to be ready', isReady, 150_000).catch((error: unknown) => {
        throw new Error(`npm start did not become ready:\n${text}`, { cause: error });
      });
    },
    interrupt() {
      if (child.exitCode === null) child.kill('SIGINT');
      return ended;
    },
  };
  begun.push(run);
  return run;
}

/** Stops what a failed test left running. For `afterEach`. */
export async function stopRuns(): Promise<void> {
  await Promise.all(begun.splice(0).map((run) => run.interrupt()));
}

/** Processes that work for a data folder: they name it in their arguments or find it in their environment. */
export function processesOf(dataDir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => textOf(file).includes(dataDir)))
    .map((pid) => `${pid} ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

/** Empty for a process that is gone, or not ours to look at. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
