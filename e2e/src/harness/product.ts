import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@throughline/infra/embedded/ports';
import { waitFor } from '@throughline/infra/testing/wait-for';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export type Part = 'api' | 'worker' | 'signer' | 'temporal' | 'postgres';

/** The whole product as `npm start` runs it, on a free port and a data folder of its own. */
export interface Product {
  /** Of the starting process: everything else is below it. */
  pid: number;
  url: string;
  dataDir: string;
  setupUrl: string;
  /** What it printed so far. */
  output(): string;
  /** kill -9 of one of its parts; the supervisor starts it again. */
  kill(part: Part): Promise<void>;
  /** kill -9 of these, and again of whatever the supervisor puts in their place, until what this returns is called: then they come back. */
  keepDown(...parts: Part[]): Promise<() => Promise<void>>;
  /** The process id of its present incarnation. */
  pidOf(part: Part): Promise<number>;
  ready(): Promise<void>;
  databaseUrl(): Promise<string>;
  stop(): Promise<void>;
}

/** `host`: `localhost` where passkeys are used, which belong to names and not to addresses. */
export async function startProduct(env: NodeJS.ProcessEnv = {}, host = '127.0.0.1'): Promise<Product> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-e2e-'));
  // Postgres runs as another user than root: closed to it, its data would go elsewhere and stay there.
  await chmod(dataDir, 0o755);
  const port = await freePort();
  const url = `http://${host}:${port}`;
  let text = '';
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...env,
      PORT: String(port),
      DATA_DIR: dataDir,
      PUBLIC_URL: url,
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const setupUrl = await waitFor(
    'npm start to print the setup link',
    () => {
      if (child.exitCode !== null) throw new Error(`npm start ended early:\n${text}`);
      return /https?:\/\/\S+\/setup\/\S+/.exec(text)?.[0];
    },
    600_000,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`npm start did not come up:\n${text}`, { cause: error });
  });
  const isReady = async () => {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    return answer?.status === 200;
  };
  return {
    pid: child.pid ?? 0,
    url,
    dataDir,
    setupUrl,
    output: () => text,
    ready: async () => void (await waitFor('the product to be ready', isReady, 60_000)),
    async kill(part) {
      const { pid } = await partOf(dataDir, part);
      process.kill(pid, 'SIGKILL');
      await waitFor(
        `${part} to come back`,
        async () => (await partOf(dataDir, part).catch(() => null))?.pid !== pid,
        60_000,
      );
      await waitFor(`the product to be ready after ${part} was killed`, isReady, 60_000);
    },
    async keepDown(...parts) {
      const killed = new Set<number>();
      const killAll = async () => {
        for (const part of parts) {
          const pid = (await partOf(dataDir, part).catch(() => null))?.pid;
          if (pid === undefined || killed.has(pid)) continue;
          killed.add(pid);
          killIfAlive(pid);
        }
      };
      await waitFor('each part to be killed once', async () => {
        await killAll();
        return killed.size >= parts.length;
      });
      let down = true;
      const killing = waitFor(
        'the end of the outage',
        async () => (down ? killAll().then(() => false) : true),
        600_000,
      );
      return async () => {
        down = false;
        await killing;
        // The supervisor's pause has grown with every death.
        await waitFor('the product to be ready after the outage', isReady, 120_000);
      };
    },
    pidOf: async (part) => (await partOf(dataDir, part)).pid,
    databaseUrl: () => superuserUrl(join(dataDir, 'postgres')),
    async stop() {
      await ended(child);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The embedded Postgres as its superuser, read from what it leaves on disk. */
async function superuserUrl(folder: string): Promise<string> {
  const place = existsSync(join(folder, 'LOCATION'))
    ? (await readFile(join(folder, 'LOCATION'), 'utf8')).trim()
    : folder;
  const password = (await readFile(join(folder, 'secrets', 'superuser-password'), 'utf8')).trim();
  const port = (await readFile(join(place, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[3] ?? '';
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/throughline`;
}

async function partOf(dataDir: string, part: string): Promise<{ pid: number }> {
  const list = JSON.parse(await readFile(join(dataDir, 'processes.json'), 'utf8')) as {
    parts: { name: string; pid: number }[];
  };
  // The newest incarnation stands last.
  const found = list.parts.filter((each) => each.name === part).at(-1);
  if (found === undefined) throw new Error(`no ${part} among ${list.parts.map((each) => each.name).join(', ')}`);
  return found;
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await gone;
}
