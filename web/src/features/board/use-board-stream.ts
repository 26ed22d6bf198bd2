import { createSharedComposable } from '@vueuse/core';
import { onScopeDispose } from 'vue';
import { type BoardEventsSubscription, BoardEventsDocument } from '../../graphql/generated/operations.ts';
import { useLive } from '../../lib/use-live.ts';

interface Listener {
  told: (event: BoardEventsSubscription['boardEvents']) => void;
  resumed: () => void;
}

/** Browsers allow six connections to a host over HTTP/1.1: one for all that follow the board, for as long as anything does. */
const useSharedStream = createSharedComposable(() => {
  const listeners = new Set<Listener>();
  const { live, connect } = useLive(
    BoardEventsDocument,
    ({ boardEvents }) => listeners.forEach(({ told }) => told(boardEvents)),
    { variables: () => ({}), onResume: () => listeners.forEach(({ resumed }) => resumed()) },
  );
  void connect();
  return { live, listeners };
});

/** Hears what changes on the board. `resumed`: the connection was lost, and anything may have. Gives whether it is live. */
export function useBoardStream(told: Listener['told'], resumed: Listener['resumed']) {
  const { live, listeners } = useSharedStream();
  const mine = { told, resumed };
  listeners.add(mine);
  onScopeDispose(() => listeners.delete(mine));
  return live;
}
