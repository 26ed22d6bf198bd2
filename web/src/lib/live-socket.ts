import type { TypedDocumentNode } from '@urql/core';
import { stringifyDocument } from '@urql/core';
import { type Client, GRAPHQL_TRANSPORT_WS_PROTOCOL, createClient } from 'graphql-ws';
import { connection, serverAnswers } from './connection.ts';
import { type StreamProblem, problemOf } from './event-stream.ts';
import { randomId } from './random-id.ts';

/*
 * All that this tab follows, over one WebSocket (`graphql-transport-ws`). Browsers allow a host six connections over HTTP/1.1, all windows
 * together, and do not count WebSockets among them. It opens with the first thing followed and closes with the last.
 */

/** Until it stands. A proxy may take an upgrade and then pass nothing on. */
const OPENING_MS = 10_000;
/** After so long without a word the server is asked for one; silence after that means that it is gone. */
const PING_MS = 12_000;
const SILENCE_MS = 15_000;
/** The server's word that nobody is signed in. */
const NOT_SIGNED_IN = 4403;

let shared: Client | null = null;
let refusals = Promise.resolve(0);
/** Taken by the next operation. */
let nextId = '';
/** By operation: what to do once the server listens. */
const starting = new Map<string, () => void>();

/**
 * How often in a row it could not be opened while the server answered over HTTP and closed with no code of its own: not the server then,
 * but what lies before it, as a proxy that refuses upgrades, or an api that is older than the page.
 */
export const socketRefusals = (): Promise<number> => refusals;

const address = () => `${location.origin.replace(/^http/, 'ws')}/graphql`;
/** Closed by the server, or by us when nothing was followed any more. */
const meant = (code: number | null): boolean => code !== null && code !== 1006 && code !== 4499;

/** Why an operation ended that the server had not ended: the socket closed with this code, or could not be opened (null). */
export class SocketLost extends Error {
  readonly code: number | null;
  constructor(code: number | null, reason: string) {
    super(`The live socket closed: ${code ?? 'not opened'} ${reason}`);
    this.code = code;
  }
}

/**
 * Runs until the server completes the subscription, the socket is lost or `signal` aborts. `onOpen`: the server listens from now on.
 * Returns null when the subscription ended, or the server's refusal. Throws when the socket is lost or could not be opened.
 */
export function readSocket<D, V extends object>(
  document: TypedDocumentNode<D, V>,
  variables: V,
  onData: (data: D) => void,
  signal: AbortSignal,
  onOpen: () => void = () => undefined,
): Promise<StreamProblem | null> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  const id = (nextId = randomId());
  return new Promise<StreamProblem | null>((resolve, reject) => {
    starting.set(id, onOpen);
    shared ??= openClient();
    const leave = shared.subscribe<D>(
      { query: stringifyDocument(document), variables: { ...variables } as Record<string, unknown> },
      {
        next({ data, errors }) {
          if (signal.aborted) return;
          try {
            if (errors?.[0]) resolve(problemOf(errors[0]));
            else if (data) return onData(data);
          } catch (error) {
            // Of this reader alone: the others on the socket go on.
            reject(error as Error);
          }
          leave();
        },
        error: (error) => endWith(error, resolve, reject),
        complete: () => resolve(null),
      },
    );
    signal.addEventListener('abort', () => {
      leave();
      reject(new DOMException('No longer followed.', 'AbortError'));
    });
  }).finally(() => starting.delete(id));
}

type Refusals = readonly { message: string; extensions?: { code?: string } }[];

function endWith(error: unknown, resolve: (problem: StreamProblem) => void, reject: (error: Error) => void): void {
  if (Array.isArray(error)) {
    const [first] = error as Refusals;
    return resolve(problemOf(first ?? { message: 'Refused without a reason.' }));
  }
  const { code = null, reason = '' } = error as { code?: number; reason?: string };
  if (code === NOT_SIGNED_IN) return resolve({ code: 'UNAUTHENTICATED', message: reason });
  reject(new SocketLost(code, reason));
}

function openClient(): Client {
  let patience: ReturnType<typeof setTimeout> | undefined;
  const within = (ms: number) => {
    clearTimeout(patience);
    patience = setTimeout(() => client.terminate(), ms);
  };
  let phase: 'none' | 'opening' | 'standing' = 'none';
  // A socket that breaks says so twice.
  const ended = (code: number | null) => {
    clearTimeout(patience);
    const before = phase;
    phase = 'none';
    if (before === 'opening' && meant(code)) refusals = Promise.resolve(0);
    if (before === 'none' || meant(code)) return;
    // Whether the server is away is what HTTP says: a socket alone may be refused or cut on the way.
    const answers = serverAnswers();
    if (before === 'opening') refusals = refusals.then(async (count) => ((await answers) ? count + 1 : 0));
  };
  const client = createClient({
    url: address,
    generateID: () => nextId,
    // Each reader comes back by itself, with what it has seen by then.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      connecting() {
        phase = 'opening';
        within(OPENING_MS);
      },
      connected() {
        clearTimeout(patience);
        phase = 'standing';
        refusals = Promise.resolve(0);
        connection.answered();
      },
      ping: (received) => !received && within(SILENCE_MS),
      message(message) {
        clearTimeout(patience);
        if (message.type !== 'pong') return;
        connection.answered();
        const started = message.payload?.['started'];
        if (typeof started === 'string') starting.get(started)?.();
      },
      closed: (event) => ended((event as CloseEvent).code),
      error: () => ended(null),
    },
  });
  // Another network: nothing comes over the old one any more, and nobody says so.
  globalThis.addEventListener('online', () => client.terminate());
  return client;
}

/** Whether one can be opened now. Tries it with one that follows nothing. */
export const socketOpens = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = new WebSocket(address(), GRAPHQL_TRANSPORT_WS_PROTOCOL);
    const end = (opens: boolean) => {
      clearTimeout(patience);
      socket.onclose = null;
      socket.close();
      resolve(opens);
    };
    const patience = setTimeout(() => end(false), OPENING_MS);
    socket.onopen = () => socket.send('{"type":"connection_init"}');
    socket.onmessage = () => end(true);
    socket.onclose = () => end(false);
  });
