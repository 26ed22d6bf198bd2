import { useDocumentVisibility, useEventListener } from '@vueuse/core';
import type { TypedDocumentNode } from '@urql/core';
import { getCurrentScope, onScopeDispose, ref, watch } from 'vue';
import { followStream } from './live-stream.ts';

interface LiveOptions<V> {
  /** Asked before every connect, so that it starts after the newest thing already seen. Null: nothing to follow now. */
  variables: () => V | null;
  /** After a pause (lost connection, hidden tab): what has no `after` of its own must be read again. */
  onResume?: () => void;
  /** How long the tab may be hidden until the connection is let go; shorter where going on later costs little. A minute without it. */
  hiddenMs?: number;
}

const HIDDEN_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * Follows a subscription for as long as the component lives: comes back with back-off from the newest `after`, and lets go when the tab
 * has been hidden for a while.
 */
export function useLive<D, V extends object>(
  document: TypedDocumentNode<D, V>,
  onData: (data: D) => void,
  options: LiveOptions<V>,
) {
  const live = ref(false);
  let controller: AbortController | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hide: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  let opened = 0;

  async function connect(): Promise<void> {
    disconnect();
    const variables = options.variables();
    if (variables === null) return;
    const mine = (controller = new AbortController());
    try {
      const problem = await followStream(document, variables, onData, mine.signal, () => {
        live.value = true;
        wait = FIRST_WAIT_MS;
        if (opened++ > 0) options.onResume?.();
      });
      // Refused for good: asking again would only be refused again.
      if (problem && ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'].includes(problem.code)) return;
    } catch (error) {
      if (mine.signal.aborted) return;
      console.info('A live stream was lost and will be opened again.', error);
    }
    if (mine.signal.aborted) return;
    live.value = false;
    retry = setTimeout(() => void connect(), wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function disconnect(): void {
    clearTimeout(retry);
    controller?.abort();
    controller = null;
    live.value = false;
  }

  const visibility = useDocumentVisibility();
  watch(visibility, (state) => {
    clearTimeout(hide);
    if (state === 'hidden') hide = setTimeout(disconnect, options.hiddenMs ?? HIDDEN_MS);
    else if (controller === null) void connect();
  });
  useEventListener(globalThis.window, 'online', () => void connect());
  if (getCurrentScope()) onScopeDispose(() => (clearTimeout(hide), disconnect()));

  return { live, connect, disconnect };
}
