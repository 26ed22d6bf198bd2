import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';

/** After so long without Temporal the worker's own next attempt may be seconds away: its pauses double, up to 10 s. */
const LONG_AWAY_MS = 2_000;
/** Who answers slowly has enough to do without a worker that begins anew, and counts as away only after this. */
const LONG_SILENT_MS = 30_000;
/** Between two new workers: each one replays the sessions that it is asked about. */
const LEAST_GAP_MS = 15_000;
const LOOK_EVERY_MS = 1_000;
const LOOK_AGAIN_MS = 250;

export interface KeepPollingOptions {
  /** A new worker on a connection of its own. */
  open(): Promise<{ worker: Worker; connection: NativeConnection }>;
  /** How Temporal is, decided within seconds: `gone` cannot be reached, `silent` did not answer in time. */
  look(): Promise<'there' | 'gone' | 'silent'>;
  log: Logger;
}

/** A Temporal worker that is at its queue again as soon as Temporal is. */
export interface Polling {
  /** It takes work, as far as it knows. */
  runs(): boolean;
  /** Takes no more work and lets what is under way end. */
  stop(): void;
  /** Resolves once it is stopped; rejects when the worker cannot go on. */
  readonly ended: Promise<void>;
}

/**
 * Runs a worker, and another in its place when Temporal was away for longer: the SDK pauses up to 10 s between its attempts to reach the
 * queue and has no setting for it, and an SLA mark that fell due meanwhile may be 5 s late (fault test T13).
 */
export async function keepPolling(options: KeepPollingOptions): Promise<Polling> {
  const over = new AbortController();
  let current = await take(options, over);
  const before = new Set<Promise<void>>();
  let replacedAt = -LEAST_GAP_MS;
  const renew = async (awayMs: number): Promise<void> => {
    const next = await replace(current, options, over, awayMs);
    if (next === current) return;
    const ending = current.gone.catch((err: unknown) =>
      options.log.warn({ err }, 'the worker from before Temporal was away ended badly'),
    );
    before.add(ending);
    void ending.then(() => before.delete(ending));
    current = next;
    replacedAt = performance.now();
  };
  const watch = async (): Promise<void> => {
    let awaySince: number | null = null;
    let gone = false;
    while (!over.signal.aborted) {
      const found = await options.look();
      if (found !== 'there') {
        awaySince ??= performance.now();
        gone ||= found === 'gone';
      } else if (awaySince !== null) {
        const awayMs = performance.now() - awaySince;
        const long = awayMs > (gone ? LONG_AWAY_MS : LONG_SILENT_MS);
        awaySince = null;
        gone = false;
        if (long && performance.now() - replacedAt > LEAST_GAP_MS && !over.signal.aborted) await renew(awayMs);
      }
      await pause(found === 'there' ? LOOK_EVERY_MS : LOOK_AGAIN_MS, over.signal);
    }
    stop(current.worker);
    await Promise.all([current.gone, ...before]);
  };
  return {
    runs: () => current.worker.getState() === 'RUNNING',
    stop: () => over.abort(),
    ended: watch(),
  };
}

type Running = Awaited<ReturnType<typeof take>>;

/** A worker at its queue. One that ends without having been replaced ends everything: rejected if it could not go on. */
async function take({ open }: KeepPollingOptions, over: AbortController) {
  const { worker, connection } = await open();
  const running = { worker, replaced: false, gone: worker.run().finally(() => connection.close()) };
  const ended = () => {
    if (!running.replaced) over.abort();
  };
  running.gone.then(ended, ended);
  return running;
}

/** The next one is at the queue before this one is told to end, and what this one has under way ends with it. */
async function replace(
  before: Running,
  options: KeepPollingOptions,
  over: AbortController,
  awayMs: number,
): Promise<Running> {
  options.log.info({ awayMs: Math.round(awayMs) }, 'Temporal is back; a new worker asks it for work at once');
  try {
    const next = await take(options, over);
    before.replaced = true;
    stop(before.worker);
    return next;
  } catch (err) {
    // Gone again: this one goes on asking, and a new one is tried when it is back.
    options.log.warn({ err }, 'no new worker could be started; the one there is goes on');
    return before;
  }
}

function stop(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
