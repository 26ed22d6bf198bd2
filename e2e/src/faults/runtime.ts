import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packedRuntime } from '@throughline/infra/testing/packed-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';

const PACKED = await packedRuntime();

interface Question {
  approvalId: string;
  textHash: string;
  expiresAt: number;
}

/** A real endpoint runtime, supervised by nobody but the test, with a person at its prompt page who says yes to everything. */
export class FaultRuntime {
  readonly data: string;
  readonly name: string;
  output = '';
  /** Whether the person at its page is there. */
  approves = true;
  #child: ChildProcess | null = null;
  #approver: NodeJS.Timeout | null = null;
  readonly #env: NodeJS.ProcessEnv;

  constructor(name: string, data: string, env: NodeJS.ProcessEnv = {}) {
    this.name = name;
    this.data = data;
    this.#env = env;
  }

  /** Enrols a new one with a token. It does not run yet. */
  static async enrol(parts: {
    name: string;
    server: string;
    token: string;
    data?: string;
    env?: NodeJS.ProcessEnv;
  }): Promise<FaultRuntime> {
    const data = parts.data ?? (await mkdtemp(join(tmpdir(), 'throughline-fault-')));
    const runtime = new FaultRuntime(parts.name, data, parts.env);
    const { code, text } = await runtime.cli(
      ...['enroll', '--server', parts.server, '--token', parts.token, '--name', parts.name, '--no-run'],
    );
    if (code !== 0) throw new Error(`${parts.name} could not be enrolled:\n${text}`);
    return runtime;
  }

  /** Runs a subcommand to its end. */
  async cli(...args: string[]): Promise<{ code: number | null; text: string }> {
    const child = this.#spawn(args);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (text += part.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, text };
  }

  /** Starts it; `online` tells when it is connected. */
  start(): void {
    const child = this.#spawn(['run']);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (part: Buffer) => (this.output = (this.output + part.toString()).slice(-20_000)));
    this.#approver ??= setInterval(() => void this.#approveAll(), 40);
  }

  get alive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** Whether it says itself that it is connected. */
  online(): boolean {
    try {
      const status = JSON.parse(readFileSync(join(this.data, 'status.json'), 'utf8')) as {
        pid: number;
        online: boolean;
      };
      return status.online && status.pid === this.#child?.pid;
    } catch {
      // Not written yet.
      return false;
    }
  }
  untilOnline(withinMs = 40_000): Promise<unknown> {
    return waitFor(
      `${this.name} to be online`,
      () => {
        if (!this.alive) throw new Error(`${this.name} ended with ${this.exitCode}:\n${this.output}`);
        return this.online();
      },
      withinMs,
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || !this.alive) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** The runner of one command, by its own file. */
  runnerPid(commandId: string): number {
    const file = join(this.data, 'commands', commandId, 'runner.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
  }

  async stop(): Promise<void> {
    if (this.#approver !== null) clearInterval(this.#approver);
    await this.kill('SIGTERM');
    await rm(this.data, { recursive: true, force: true, maxRetries: 20 });
  }

  /** What its prompt page asks just now. */
  async questions(): Promise<{ approvalId: string; textHash: string; text: string; expiresAt: number }[]> {
    const state = (await (await this.#fetch('state?locale=en')).json()) as { questions: Question[] };
    return state.questions.map((question) => ({
      approvalId: question.approvalId,
      textHash: question.textHash,
      text: JSON.stringify(question),
      expiresAt: question.expiresAt,
    }));
  }

  /** Answers at its prompt page, as another tab may have done already. `textHash`: of what the page showed; left out: nobody looked. */
  async answer(approvalId: string, decision: 'approve' | 'deny', textHash?: string): Promise<void> {
    await this.#fetch('decide', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1' },
      body: JSON.stringify({
        ...{ approvalId, decision, reason: decision === 'deny' ? 'not now' : '' },
        ...(textHash === undefined ? {} : { page: { locale: 'en', textHash } }),
      }),
    });
  }

  /** Its server may close a connection that was kept open just as it is used again: nothing was heard, so it is asked once more. */
  #fetch(what: string, init?: RequestInit): Promise<Response> {
    const ask = () => fetch(`${readFileSync(join(this.data, 'prompt-url'), 'utf8').trim()}/${what}`, init);
    return ask().catch(ask);
  }

  async #approveAll(): Promise<void> {
    if (!this.approves) return;
    try {
      for (const { approvalId, textHash } of await this.questions()) await this.answer(approvalId, 'approve', textHash);
    } catch {
      // It is down just now; the next look finds what waits.
    }
  }

  #spawn(args: string[]): ChildProcess {
    return spawn(PACKED, [...args, '--data', this.data], {
      env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
