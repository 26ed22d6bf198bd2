import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consentHash } from '@throughline/domain/action';
import { packedRuntime } from '@throughline/infra/testing/packed-runtime';
import type { Prompt } from '@throughline/domain/agent-protocol';
import { sha256 } from '../sha256.ts';
import { taggedProcesses } from '../runner/process-tree.ts';
import type { FakeGateway, Order } from './fake-gateway.ts';
import { until } from './until.ts';

const PACKED = await packedRuntime();

/** A real runtime process with its own data folder, enrolled with a gateway. */
export class TestEndpoint {
  readonly data = mkdtempSync(join(tmpdir(), 'throughline-endpoint-'));
  readonly gateway: FakeGateway;
  process: ChildProcess | null = null;
  output = '';
  environment: NodeJS.ProcessEnv = {};
  /** Where the server is for this endpoint, when that is not the gateway's own address. */
  server: string | null = null;
  /** The words that start the runtime. */
  program = [PACKED];
  #asked = 0;

  constructor(gateway: FakeGateway) {
    this.gateway = gateway;
  }

  /** Runs a subcommand to its end. */
  async cli(...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = this.#spawn(args);
    let output = '';
    child.stdout?.on('data', (part: Buffer) => (output += part.toString()));
    child.stderr?.on('data', (part: Buffer) => (output += part.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  }

  enroll(...more: string[]): Promise<{ code: number | null; output: string }> {
    return this.cli(
      'enroll',
      '--server',
      this.server ?? this.gateway.url,
      '--token',
      'a-good-token-1234',
      '--name',
      'HARB-WS-07',
      '--no-run',
      ...more,
    );
  }

  async start(): Promise<void> {
    const child = this.#spawn(['run']);
    this.process = child;
    child.stdout?.on('data', (part: Buffer) => (this.output += part.toString()));
    child.stderr?.on('data', (part: Buffer) => (this.output += part.toString()));
    await until(() => this.gateway.online || child.exitCode !== null, 30_000);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const closed = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const code = await closed;
    await until(() => !this.gateway.online);
    return code;
  }

  /** The owner's policy file. */
  policy(policy: Record<string, unknown>): void {
    writeFileSync(join(this.data, 'policy.json'), JSON.stringify(policy));
  }

  get promptUrl(): string {
    return readFileSync(join(this.data, 'prompt-url'), 'utf8').trim();
  }

  /** What the page's buttons do. */
  async press(
    action: string,
    body: unknown,
  ): Promise<{ status: number; body: { error?: { code: string; message: string } } }> {
    const response = await fetch(`${this.promptUrl}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { error?: { code: string; message: string } } };
  }

  /** How the page of that locale shows a question: what its buttons send with the answer. */
  async page(approvalId: string, locale: string): Promise<{ locale: string; textHash: string }> {
    const response = await fetch(`${this.promptUrl}/state?locale=${locale}`);
    const { questions } = (await response.json()) as { questions: { approvalId: string; textHash: string }[] };
    const textHash = questions.find((question) => question.approvalId === approvalId)?.textHash;
    if (textHash === undefined) throw new Error(`the page does not ask ${approvalId}`);
    return { locale, textHash };
  }

  async knows(approvalId: string): Promise<void> {
    const consent = join(this.data, 'consent.ndjson');
    await until(() => existsSync(consent) && readFileSync(consent, 'utf8').includes(`"${approvalId}"`));
  }

  /** Asks for consent to the gateway's session and presses Approve at the page. */
  async consent(): Promise<void> {
    const prompt = this.gateway.prompt();
    if (prompt.hash !== consentHash(sha256, prompt.sessionId, this.gateway.ids.endpointId))
      throw new Error('wrong hash');
    await this.approve(prompt);
  }

  /** Shows a prompt and presses Approve at the page. */
  async approve(prompt: Prompt): Promise<void> {
    this.gateway.ask(prompt);
    await this.knows(prompt.approvalId);
    await this.press('decide', { approvalId: prompt.approvalId, decision: 'approve', reason: '' });
  }

  /** Has exactly this command allowed at the page, and says how to order it: what changes something runs in no other way. */
  async allowed(order: Order): Promise<Order> {
    const { gateway } = this;
    const risk = order.risk ?? 'change';
    const prompt = gateway.actionPrompt(`allowed-${++this.#asked}`, gateway.specOf(order), { risk });
    await this.approve(prompt);
    const session = { id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() };
    return { ...order, risk, approvals: [session, { id: prompt.approvalId, kind: 'action', hash: prompt.hash }] };
  }

  /** Ends everything this endpoint started and removes its folder. */
  async remove(): Promise<void> {
    await this.kill('SIGKILL');
    for (const commandId of this.gateway.commands.keys()) {
      for (const pid of taggedProcesses(commandId)) end(pid);
    }
    // Runners, also one that was only just starting and would make its folder again behind our back.
    for (const pid of this.#left()) end(pid);
    await until(() => this.#left().length === 0);
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Processes that were started on this endpoint's folder. */
  #left(): number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => commandLineOf(pid).includes(this.data));
  }

  #spawn(args: string[]): ChildProcess {
    const [file = '', ...words] = this.program;
    return spawn(file, [...words, ...args, '--data', this.data], {
      env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // Ended between the listing and the look.
    return '';
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
