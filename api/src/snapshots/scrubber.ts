import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DomainError } from '@throughline/domain/errors';
import type { KnownName, ScrubEdit } from '@throughline/domain/scrub/scrub';
import type { PlainDocument } from '@throughline/domain/snapshot';
import type { ScrubbedDocument } from '@throughline/domain/snapshot-scrub';
import pLimit from 'p-limit';

export interface ScrubJob {
  plain: PlainDocument;
  known: readonly KnownName[];
  edits: readonly ScrubEdit[];
}
export type ScrubAnswer = { scrubbed: ScrubbedDocument } | { failed: string };

/** Longer than any copy takes on a busy machine, in ms. */
const WITHIN_MS = 60_000;
/** Whoever would wait behind more than these, or behind more of their own organisation, is told to come back: each may take its minute. */
const MOST_WAITING = 4;
const MOST_WAITING_OF_ONE = 2;
/** A reviewer makes edits one after the other; after so long without one the process ends, in ms. */
const IDLE_MS = 60_000;

/** Who waits for a copy. */
export interface ScrubAsker {
  mspId: string;
  /** Aborts when they have gone away: their place is free then. */
  gone?: AbortSignal;
}

/** Scrubs copies, one after the other, in a process that begins with the first and ends when nobody needs it. */
export class Scrubber {
  readonly #one = pLimit(1);
  readonly #waiting = new Set<ScrubAsker>();
  #child: ChildProcess | null = null;
  #idle: NodeJS.Timeout | undefined;

  /** Errors: UNAVAILABLE where it fails or takes too long; never anything unscrubbed. */
  async scrub(job: ScrubJob, { mspId, gone }: ScrubAsker): Promise<ScrubbedDocument> {
    const waiting = [...this.#waiting].filter((each) => !each.gone?.aborted);
    const ours = waiting.filter((each) => each.mspId === mspId);
    if (waiting.length >= MOST_WAITING || ours.length >= MOST_WAITING_OF_ONE)
      throw new DomainError('UNAVAILABLE', 'Many snapshots are being made just now. Try again in a minute.');
    const mine = { mspId, ...(gone && { gone }) };
    this.#waiting.add(mine);
    const answer = await this.#one(() => {
      this.#waiting.delete(mine);
      return gone?.aborted ? { failed: 'nobody waits for it any more' } : this.#ask(job);
    });
    if ('scrubbed' in answer) return answer.scrubbed;
    throw new DomainError(
      'UNAVAILABLE',
      `The copy could not be scrubbed (${answer.failed}), so there is none. Try again.`,
    );
  }

  stop(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  async #ask(job: ScrubJob): Promise<ScrubAnswer> {
    clearTimeout(this.#idle);
    const child = (this.#child ??= begun());
    let settle: (answer: ScrubAnswer) => void = () => undefined;
    const answered = new Promise<ScrubAnswer>((resolve) => (settle = resolve));
    const ended = () => settle({ failed: 'it ended' });
    const late = setTimeout(() => settle({ failed: 'it took too long' }), WITHIN_MS);
    child.once('message', settle).once('exit', ended);
    child.send(job, (error) => error && ended());
    const answer = await answered;
    clearTimeout(late);
    child.off('message', settle).off('exit', ended);
    // It may still be at work, or half gone: the next copy gets a fresh one.
    if ('failed' in answer) this.stop();
    else this.#idle = setTimeout(() => this.stop(), IDLE_MS).unref();
    return answer;
  }
}

/** Found from here: the api may have been started in any folder. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Under tsx as the api itself is, with nothing of its environment: no key, no password. */
function begun(): ChildProcess {
  const underTsx = process.execArgv.some((arg) => arg.includes('tsx'));
  const child = fork(fileURLToPath(new URL('./scrub-process.ts', import.meta.url)), {
    execArgv: underTsx ? process.execArgv : ['--import', TSX],
    env: {},
    serialization: 'advanced',
  });
  child.unref();
  child.channel?.unref();
  // Whoever waits hears of it as its end; without a listener an error would end the api.
  child.on('error', () => undefined);
  return child;
}
