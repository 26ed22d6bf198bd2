import type { TypedDocumentNode } from '@urql/core';
import { computed, ref } from 'vue';
import { type StreamProblem, readEventStream } from './event-stream.ts';
import { SocketLost, readSocket, socketStood } from './live-socket.ts';

/** Its first socket could not be opened, as behind a proxy that refuses upgrades. Tried again when the page is loaded again. */
const refused = ref(typeof WebSocket === 'undefined');

/** Whether what the page follows shares one socket; else each thing followed is one of the few connections a browser allows. */
export const sharesOneSocket = computed(() => !refused.value);

/** Closed by the server itself, with a code of its own. */
const byServer = (code: number | null): boolean => code !== null && code !== 1006 && code !== 4499;

/**
 * Follows a subscription over the tab's socket; over server-sent events where there can be none.
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
      if (!(error instanceof SocketLost) || socketStood() || byServer(error.code)) throw error;
      refused.value = true;
    }
  }
  return readEventStream(document, variables, onData, signal, onOpen);
}
