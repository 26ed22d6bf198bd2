import type { TypedDocumentNode } from '@urql/core';
import { computed, ref } from 'vue';
import { type StreamProblem, readEventStream } from './event-stream.ts';
import { SocketLost, readSocket, socketOpens, socketRefusals } from './live-socket.ts';

/** So many openings in a row that are refused while HTTP works: streams from then on. */
const MOST_REFUSALS = 3;
/** How long until the socket is tried again. */
const STREAMS_MS = 5 * 60_000;

/** What this tab follows comes by streams for now, as behind a proxy that refuses upgrades. */
const refused = ref(typeof WebSocket === 'undefined');
/** Aborts when the socket can be had again. */
let streams = new AbortController();

/** Whether what the page follows shares one socket; else each thing followed is one of the few connections a browser allows. */
export const sharesOneSocket = computed(() => !refused.value);

function takeStreams(): void {
  if (refused.value) return;
  refused.value = true;
  setTimeout(() => void trySocket(), STREAMS_MS);
}

/** Streams go on until one stands: who follows by them sees nothing of a try that fails. */
async function trySocket(): Promise<void> {
  if (!(await socketOpens())) return void setTimeout(() => void trySocket(), STREAMS_MS);
  refused.value = false;
  streams.abort();
  streams = new AbortController();
}

/**
 * Follows a subscription over the tab's socket; over server-sent events for as long as there can be none.
 * Returns null when it ended, or the server's refusal. Throws when the connection failed.
 */
export async function followStream<D, V extends object>(
  document: TypedDocumentNode<D, V>,
  variables: V,
  onData: (data: D) => void,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<StreamProblem | null> {
  if (!refused.value) {
    try {
      return await readSocket(document, variables, onData, signal, onOpen);
    } catch (error) {
      if (!(error instanceof SocketLost) || (await socketRefusals()) < MOST_REFUSALS) throw error;
      takeStreams();
    }
  }
  return readEventStream(document, variables, onData, AbortSignal.any([signal, streams.signal]), onOpen);
}
