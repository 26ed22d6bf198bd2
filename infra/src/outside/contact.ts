import { createConnection } from 'node:net';

/** Long enough for another continent, short enough to wait for. */
export const CONTACT_MS = 5_000;

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up at present',
  ETIMEDOUT: `no answer in ${CONTACT_MS / 1_000} s`,
};

/** Why a server could not be reached, in words; null when the error is of another kind. */
export function whyNoContact(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const words = WORDS[(error as NodeJS.ErrnoException).code ?? ''];
  if (words) return words;
  // Of a name with several addresses each is tried; a client may wrap what the socket said.
  const inner = [...(error instanceof AggregateError ? (error.errors as unknown[]) : []), error.cause];
  return inner.map(whyNoContact).find((found) => found !== null) ?? null;
}

/** Connects to a TCP port and leaves again. Rejects with what the system says. */
export function knock(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port });
    const late = setTimeout(
      () => socket.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      CONTACT_MS,
    );
    socket.once('connect', () => socket.destroy());
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
  });
}
