import type { TypedDocumentNode } from '@urql/core';
import { stringifyDocument } from '@urql/core';
import { serverFetch } from './connection.ts';

/*
 * One GraphQL subscription over server-sent events (graphql-sse's "distinct connections" mode).
 * urql can do this too, but does not tell when a stream ends without an answer and does not see the server's pings, so
 * a half-open connection would look alive for ever. Here silence counts as a lost connection.
 */

/** The server pings every 12 s; two missed pings and some slack mean the other side is gone. */
const SILENCE_MS = 30_000;

export interface StreamProblem {
  code: string;
  message: string;
}

interface Refusal {
  message: string;
  extensions?: { code?: unknown } | undefined;
}

interface Frame {
  data?: unknown;
  errors?: Refusal[];
}

/** The server's refusal of an operation, by its code. */
export const problemOf = ({ message, extensions }: Refusal): StreamProblem => ({
  code: typeof extensions?.code === 'string' ? extensions.code : 'INTERNAL',
  message,
});

/**
 * Runs until the server completes the subscription, the connection is lost or `signal` aborts.
 * Returns null when the stream ended, or the server's refusal. Throws when the connection failed.
 */
export async function readEventStream<D, V>(
  document: TypedDocumentNode<D, V>,
  variables: V,
  onData: (data: D) => void,
  signal: AbortSignal,
  onOpen: () => void = () => undefined,
): Promise<StreamProblem | null> {
  signal.throwIfAborted();
  const silence = new AbortController();
  const stop = () => silence.abort();
  signal.addEventListener('abort', stop);
  let timer = setTimeout(stop, SILENCE_MS);
  try {
    const response = await serverFetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: stringifyDocument(document), variables }),
      signal: silence.signal,
    });
    if (!response.ok || !response.body) return { code: `HTTP_${response.status}`, message: response.statusText };
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return null;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
      buffer += value;
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        const frame = frameOf(block);
        if (frame?.errors?.[0]) return problemOf(frame.errors[0]);
        if (frame?.data) onData(frame.data as D);
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    silence.abort();
  }
}

/** The message of one event block; pings (comment lines) and the closing event carry none. */
export function frameOf(block: string): Frame | null {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');
  return data ? (JSON.parse(data) as Frame) : null;
}
