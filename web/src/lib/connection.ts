import { computed, ref } from 'vue';

/* Whether the server answers. Everything that talks to it reports here; the strip on top of the page reads it. */
const lostAt = ref<number | null>(null);
const lastAnswerAt = ref(Date.now());

export const connection = {
  lostAt: computed(() => lostAt.value),
  lastAnswerAt: computed(() => lastAnswerAt.value),
  answered(): void {
    lastAnswerAt.value = Date.now();
    lostAt.value = null;
  },
  failed(): void {
    lostAt.value ??= Date.now();
  },
};

/** Proxies answer 502 to 504 when the server behind them is away: for the reader that is no connection. */
const away = (status: number): boolean => status >= 502 && status <= 504;

/** `fetch` with the header that forged cross-site requests cannot set, reporting whether the server answered. */
export async function serverFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-throughline', '1');
  try {
    const response = await fetch(input, { ...init, headers, credentials: 'same-origin' });
    if (away(response.status)) connection.failed();
    else connection.answered();
    return response;
  } catch (error) {
    // An aborted request says nothing about the server.
    if (!(error instanceof DOMException && error.name === 'AbortError')) connection.failed();
    throw error;
  }
}

/** How long one question to the server may take. */
const PATIENCE_MS = 10_000;

/** Asks the server for a word by the way that queries take. Whether it answers is reported here as well. */
export async function serverAnswers(): Promise<boolean> {
  const question = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  };
  try {
    const { status } = await serverFetch('/graphql', { ...question, signal: AbortSignal.timeout(PATIENCE_MS) });
    return !away(status);
  } catch {
    return false;
  }
}
