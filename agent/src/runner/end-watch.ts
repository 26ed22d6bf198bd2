import { existsSync } from 'node:fs';
import type { ProcessTree } from './process-tree.ts';

export type StopReason = 'timeout' | 'cancel' | 'limit';

export interface LadderTimes {
  /** Between SIGTERM and SIGKILL. */
  killAfterMs: number;
  cancelKillAfterMs: number;
}

/** Watches for the time limit (monotonic clock, so it holds offline and over clock changes) and for a cancel, and walks the kill ladder. */
export class EndWatch {
  reason: StopReason | null = null;
  readonly #tree: ProcessTree;
  readonly #times: LadderTimes;
  readonly #look: () => void;
  readonly #timer: NodeJS.Timeout;
  #killer: NodeJS.Timeout | null = null;
  #over = false;

  constructor(parts: { tree: ProcessTree; cancelFile: string; timeoutMs: number; began: number; times: LadderTimes }) {
    this.#tree = parts.tree;
    this.#times = parts.times;
    this.#look = () => {
      if (existsSync(parts.cancelFile)) this.stop('cancel');
      else if (performance.now() - parts.began >= parts.timeoutMs) this.stop('timeout');
    };
    this.#timer = setInterval(this.#look, 200);
    // The runtime nudges after it wrote the cancel file; the interval is for a nudge that got lost.
    process.on('SIGUSR2', this.#look);
    this.#look();
  }

  /** The child itself has ended: there is nothing left to stop but what it left behind, and that is not ours to stop. */
  childEnded(): void {
    this.#over = true;
    this.#tree.leader = null;
  }

  /** Idempotent: the first reason counts. */
  stop(why: StopReason): void {
    if (this.reason || this.#over) return;
    this.reason = why;
    this.#tree.signal('SIGTERM');
    const wait = why === 'timeout' ? this.#times.killAfterMs : this.#times.cancelKillAfterMs;
    this.#killer = setTimeout(() => void this.#tree.end(), wait);
  }

  /**
   * After the pipes are closed or given up. What survived the first signal and hid is ended with the command: it was to stop as a whole.
   * Resolves with what could not be ended.
   */
  async done(): Promise<number[]> {
    clearInterval(this.#timer);
    if (this.#killer) clearTimeout(this.#killer);
    process.off('SIGUSR2', this.#look);
    return this.reason ? this.#tree.end() : [];
  }
}
