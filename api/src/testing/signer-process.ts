import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SignerClient } from '@throughline/activities/signer/signer-client';
import { waitFor } from '@throughline/infra/testing/wait-for';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The signer as the product runs it: a process of its own, with its own connection to the database. */
export class SignerProcess {
  readonly socket: string;
  /** Its log, as lines of JSON. */
  readonly logged: Record<string, unknown>[] = [];
  private readonly env: Record<string, string>;
  private child: ChildProcess | null = null;

  constructor(env: { DATABASE_URL: string; DATA_DIR: string; SIGNER_SOCKET: string }) {
    this.env = env;
    this.socket = env.SIGNER_SOCKET;
  }

  /** Resolves once it can sign. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'activities/src/signer/main.ts'], {
      cwd: ROOT,
      env: { ...process.env, ...this.env, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.logged.push(JSON.parse(line) as Record<string, unknown>),
    );
    const client = new SignerClient(this.socket);
    const answers = () =>
      client.ping().then(
        () => true,
        () => {
          if (child.exitCode !== null) throw new Error(`the signer ended: ${JSON.stringify(this.logged)}`);
          return false;
        },
      );
    await waitFor('the signer to answer', answers, 30_000).finally(() => client.close());
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}
