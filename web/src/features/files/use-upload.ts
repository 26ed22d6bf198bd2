import { onScopeDispose, ref, shallowRef } from 'vue';
import { serverFetch } from '../../lib/connection.ts';
import { type Failure, failure } from '../../lib/failure.ts';

/** One request carries no more than the server takes at once. */
const PIECE_BYTES = 1024 * 1024;
const MOST_WAIT_MS = 5_000;

interface Standing {
  id: string;
  bytes: number;
  offset: number;
  sha256: string | null;
}
class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A file on its way to the server, piece by piece. A broken connection costs one piece: it goes on by itself when the server answers. */
export function useUpload(sessionId: () => string) {
  const sent = ref(0);
  const waiting = ref(false);
  const done = shallowRef<Standing | null>(null);
  const failed = shallowRef<Failure | null>(null);
  const busy = ref(false);
  let stop = new AbortController();

  async function start(file: File): Promise<void> {
    cancel();
    const { signal } = stop;
    busy.value = true;
    try {
      const begin = { sessionId: sessionId(), bytes: file.size };
      let standing = await persist(signal, () => call('/api/uploads', signal, begin));
      while (standing.sha256 === null) {
        const { id, offset } = standing;
        const piece = await file.slice(offset, offset + PIECE_BYTES).arrayBuffer();
        standing = await persist(signal, () =>
          call(`/api/uploads/${encodeURIComponent(id)}?offset=${offset}`, signal, piece),
        );
        sent.value = standing.offset;
      }
      done.value = standing;
    } catch (error) {
      if (signal.aborted) return;
      failed.value =
        error instanceof Refused
          ? failure(error.code, error.message)
          : failure('UNREADABLE', 'The browser can no longer read this file. Choose it again.');
    }
    busy.value = false;
  }

  /** Tries until the server answers; a refusal is an answer. */
  async function persist<T>(signal: AbortSignal, work: () => Promise<T | null>): Promise<T> {
    for (let pause = 500; ; pause = Math.min(pause * 2, MOST_WAIT_MS)) {
      const answer = await work();
      signal.throwIfAborted();
      waiting.value = answer === null;
      if (answer !== null) return answer;
      await new Promise((resolve) => setTimeout(resolve, pause));
      signal.throwIfAborted();
    }
  }

  function cancel(): void {
    stop.abort();
    stop = new AbortController();
    [sent.value, waiting.value, busy.value] = [0, false, false];
    [done.value, failed.value] = [null, null];
  }
  onScopeDispose(cancel);

  return { start, cancel, sent, waiting, done, failed, busy };
}

/** Null when there was no answer, or one that says to try again. */
async function call(path: string, signal: AbortSignal, body: object | ArrayBuffer): Promise<Standing | null> {
  const raw = body instanceof ArrayBuffer;
  let response: Response;
  try {
    response = await serverFetch(path, {
      method: raw ? 'PUT' : 'POST',
      headers: { 'content-type': raw ? 'application/octet-stream' : 'application/json' },
      body: raw ? body : JSON.stringify(body),
      signal,
    });
  } catch {
    return null; // No connection: the strip on top of the page says so.
  }
  if (response.status >= 500 || response.status === 429) return null;
  const answer = (await response.json().catch(() => null)) as (Standing & { error?: Refused }) | null;
  if (response.ok && answer) return answer;
  throw new Refused(
    answer?.error?.code ?? 'INVALID_INPUT',
    answer?.error?.message ?? `The server did not take the file (HTTP ${response.status}). Choose it again.`,
  );
}
