import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packedRuntime } from '@throughline/infra/testing/packed-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { ROOT } from './product.ts';

/** A real runtime on this machine, enrolled by the very command that the product shows. */
export interface TestEndpoint {
  dataDir: string;
  output(): string;
  /** Address of its loopback prompt page. */
  promptUrl(): Promise<string>;
  pid(): number | undefined;
  kill(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/**
 * Runs the enrolment that the product shows. Packed: by the one executable that customers have, in place of the `npm run agent --` that
 * the command begins with; as shown: word for word, from the sources.
 */
export async function enrollEndpoint(command: string, form: 'packed' | 'as shown' = 'packed'): Promise<TestEndpoint> {
  const program = form === 'packed' ? await packedRuntime() : null;
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-endpoint-'));
  let text = '';
  let child: ChildProcess;
  const run = (args: string[]) => {
    // No DISPLAY, no stdin: a headless service.
    const env = {
      ...process.env,
      DISPLAY: '',
      THROUGHLINE_AGENT_DATA: dataDir,
      FOO: 'bar',
      MY_API_TOKEN: 'never-shown',
    };
    const [file, words] = program === null ? ['npm', ['run', 'agent', '--', ...args]] : [program, args];
    child = spawn(file, words, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  };
  const end = async (signal: NodeJS.Signals) => {
    const gone =
      child.exitCode !== null || child.signalCode !== null
        ? null
        : new Promise((resolve) => child.once('exit', resolve));
    if (child.pid !== undefined && gone !== null) process.kill(-child.pid, signal);
    await gone;
  };
  run(command.replace(/^npm run agent -- /, '').split(' '));
  return {
    dataDir,
    output: () => text,
    promptUrl: () =>
      waitFor(
        'the prompt page',
        async () => (await readFile(join(dataDir, 'prompt-url'), 'utf8').catch(() => '')).trim(),
        30_000,
      ).catch((error: unknown) => {
        throw new Error(`the endpoint did not come up:\n${text}`, { cause: error });
      }),
    pid: () => child.pid,
    kill: () => end('SIGKILL'),
    start: () => run(['run', '--data', dataDir]),
    async stop() {
      await end('SIGTERM');
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}
