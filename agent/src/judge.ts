import type { ChildProcess } from 'node:child_process';
import type { Risk, Shell } from '@throughline/domain/command';
import { forkJudge } from './own-program.ts';
import { type Question, zVerdict } from './judge/messages.ts';
import type { Log } from './log.ts';

/** What this computer itself says of a script. `why`: one plain sentence. */
export interface Judgement {
  risk: Risk;
  why: string;
  /** Nobody judged it: that says nothing of the script. */
  unjudged?: true;
}

/** A loaded machine may take long to start a program; a parse is bounded, and takes milliseconds. */
const LIMITS = { startMs: 30_000, giveUpMs: 5 * 60_000, answerMs: 5_000, stayMs: 3 * 60_000, againMs: 10_000 };

/** Never `read_only`: what nobody judged, the person is asked about. */
const UNJUDGED: Judgement = {
  risk: 'change',
  why: 'It could not be judged on this computer, so it counts as a change.',
  unjudged: true,
};

export interface JudgeParts {
  log: Pick<Log, 'warn'>;
  /** Whether something is open for which a script may come. */
  needed: () => boolean;
  /** Other limits, and another program, than the real ones. */
  limits?: Partial<typeof LIMITS>;
  fork?: typeof forkJudge;
}

interface Process {
  child: ChildProcess;
  startedAt: number;
  ready: Promise<boolean>;
  /** Whether it got ready, or never will. The first word counts. */
  settle: (ready: boolean) => void;
  open: Map<number, (judged: Judgement) => void>;
}

/** Has scripts judged by a process of their own, which lives while a session does. Denies by default: without an answer in time it is a change. */
export class Judge {
  #process: Process | null = null;
  #last = 0;
  #asked = 0;
  /** Questions under way. */
  #asking = 0;
  /** When a process did not get ready; for `againMs` no other is tried, so that not every script waits for one in vain. */
  #failedAt = -Infinity;
  readonly #parts: JudgeParts & { limits: typeof LIMITS };
  readonly #look: NodeJS.Timeout;

  constructor(parts: JudgeParts) {
    this.#parts = { ...parts, limits: { ...LIMITS, ...parts.limits } };
    this.#look = setInterval(() => this.#rest(), Math.min(this.#parts.limits.stayMs, 20_000));
    this.#look.unref();
    this.prepare();
  }

  /** The process's id, while there is one. */
  get pid(): number | undefined {
    return this.#process?.child.pid;
  }

  /** Starts the process where a script may come soon, so that none waits for it. */
  prepare(): void {
    if (!this.#parts.needed()) return;
    this.#last = performance.now();
    this.#running();
  }

  /** Never throws. */
  async judge(shell: Shell, script: string): Promise<Judgement> {
    this.#asking++;
    try {
      return await this.#ask(shell, script);
    } finally {
      this.#asking--;
      this.#last = performance.now();
    }
  }

  async #ask(shell: Shell, script: string): Promise<Judgement> {
    const process = this.#running();
    if (process === null || !(await this.#readyInTime(process))) return UNJUDGED;
    const { child, open } = process;
    const question: Question = { id: ++this.#asked, shell, script };
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#give(process, 'gave no answer in time'), this.#parts.limits.answerMs);
      open.set(question.id, (judged) => {
        clearTimeout(timer);
        open.delete(question.id);
        resolve(judged);
      });
      // It went between two questions: its exit may not have been heard yet.
      if (!child.connected) return this.#give(process, 'is gone');
      child.send(question, (error) => error && this.#give(process, 'could not be asked'));
    });
  }

  /**
   * Whether it is there within `startMs` of its start. A slow one is not ended for that: the next would be no faster, and one after the other
   * they would take the computer's processor for as long as a session is open. It judges what comes once it is there.
   */
  async #readyInTime({ ready, startedAt }: Process): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), startedAt + this.#parts.limits.startMs - performance.now());
    });
    const is = await Promise.race([ready, late]);
    clearTimeout(timer);
    if (is === null)
      this.#parts.log.warn('The process that judges scripts is slow to start. This script counts as a change.');
    return is ?? false;
  }

  close(): void {
    clearInterval(this.#look);
    this.#end();
  }

  #running(): Process | null {
    if (performance.now() < this.#failedAt + this.#parts.limits.againMs) return null;
    try {
      return (this.#process ??= this.#start());
    } catch (error) {
      this.#parts.log.warn(`The process that judges scripts could not be started: ${String(error)}`);
      return null;
    }
  }

  #start(): Process {
    const child = (this.#parts.fork ?? forkJudge)({ cwd: '/', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.unref();
    child.channel?.unref();
    const open: Process['open'] = new Map();
    let settled: (ready: boolean) => void = () => undefined;
    const ready = new Promise<boolean>((resolve) => (settled = resolve));
    const timer = setTimeout(() => this.#give(process, 'did not start in time'), this.#parts.limits.giveUpMs);
    const settle = (is: boolean) => (clearTimeout(timer), settled(is));
    void ready.then((is) => !is && (this.#failedAt = performance.now()));
    const process: Process = { child, startedAt: performance.now(), ready, settle, open };
    // A program that cannot be started tells so by an error alone: it never exits.
    child.on('error', () => this.#give(process, 'could not be started'));
    child.once('exit', () => this.#give(process, 'ended'));
    child.on('message', (message: unknown) => {
      const said = zVerdict.safeParse(message);
      if (!said.success) return this.#give(process, 'answered what is no verdict');
      if (said.data.type === 'ready') return settle(true);
      open.get(said.data.id)?.({ risk: said.data.risk, why: said.data.why });
    });
    return process;
  }

  /** Nothing more is asked of that process: the next question gets another. */
  #give(process: Process, why: string): void {
    const current = this.#process === process;
    if (current) this.#process = null;
    process.settle(false);
    process.child.kill('SIGKILL');
    if (current || process.open.size > 0)
      this.#parts.log.warn(`The process that judges scripts ${why}. What it was asked counts as a change.`);
    for (const answer of [...process.open.values()]) answer(UNJUDGED);
  }

  #rest(): void {
    if (this.#parts.needed()) this.prepare();
    else if (this.#process && this.#asking === 0 && performance.now() - this.#last > this.#parts.limits.stayMs)
      this.#end();
  }

  #end(): void {
    const process = this.#process;
    this.#process = null;
    if (process?.child.connected) process.child.disconnect();
  }
}
