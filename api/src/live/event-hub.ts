import { type Listener, type StoreEvent, listen } from '@throughline/store/notify';

/** Between looking somebody up and listening on their behalf less passes by far. */
const SIGN_INS_KEPT_MS = 10 * 60_000;

type Hear = (event: StoreEvent | 'gap') => void;

/**
 * Hands the store's events to whoever in this process waits for them. 'gap' means that events may have been missed: whoever keeps a
 * position reads on from it.
 */
export class EventHub {
  private readonly ears = new Set<Hear>();
  /** When somebody's sign-ins last changed, by person; and when events may have been missed. On the clock of performance.now(). */
  private readonly signIns = new Map<string, number>();
  private gapAt = 0;
  private readonly listener: Listener;

  constructor(databaseUrl: string, trouble: (error: Error) => void) {
    this.listener = listen(databaseUrl, { event: (event) => this.tell(event), gap: () => this.tell('gap'), trouble });
  }

  on(hear: Hear): () => void {
    this.ears.add(hear);
    return () => this.ears.delete(hear);
  }

  /**
   * Whether a sign-in of this person may have ended after that moment (performance.now()): for who listens from now on and was looked up
   * before.
   */
  signInsChanged(userId: string, since: number): boolean {
    return Math.max(this.gapAt, this.signIns.get(userId) ?? 0) >= since;
  }

  /** Resolves at the next event that fits, or after `ms` without one: for answering with the state after a step. */
  next(fits: (event: StoreEvent) => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        off();
        resolve();
      };
      const off = this.on((event) => {
        if (event !== 'gap' && fits(event)) finish();
      });
      const timer = setTimeout(finish, ms);
    });
  }

  /**
   * Ticks whenever something that fits may have happened; several at once make one tick. Ends when `signal` aborts. The first
   * tick comes at once, so that the reader starts by catching up. With `beatMs` it also ticks that often while nothing happens, as
   * 'beat'.
   */
  async *ticks(
    fits: (event: StoreEvent) => boolean,
    signal: AbortSignal,
    beatMs?: number,
  ): AsyncGenerator<'news' | 'beat'> {
    let pending = true;
    let beat = false;
    let wake: () => void = () => undefined;
    const off = this.on((event) => {
      if (event !== 'gap' && !fits(event)) return;
      pending = true;
      wake();
    });
    const stop = () => wake();
    const beats =
      beatMs === undefined
        ? undefined
        : setInterval(() => {
            beat = true;
            wake();
          }, beatMs);
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        if (!pending && !beat) await new Promise<void>((resolve) => (wake = resolve));
        if (signal.aborted) return;
        if (!pending && !beat) continue;
        const tick = pending ? 'news' : 'beat';
        pending = false;
        beat = false;
        yield tick;
      }
    } finally {
      off();
      clearInterval(beats);
      signal.removeEventListener('abort', stop);
    }
  }

  private tell(event: StoreEvent | 'gap'): void {
    if (event === 'gap') this.gapAt = performance.now();
    else if (event.k === 'sign_in' && event.u !== undefined) this.noteSignIn(event.u);
    for (const hear of this.ears) hear(event);
  }

  private noteSignIn(userId: string): void {
    const now = performance.now();
    this.signIns.set(userId, now);
    for (const [id, at] of this.signIns) if (now - at > SIGN_INS_KEPT_MS) this.signIns.delete(id);
  }

  stop(): Promise<void> {
    return this.listener.stop();
  }
}
