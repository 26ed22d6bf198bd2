import { useDebounceFn } from '@vueuse/core';
import { useQuery } from '@urql/vue';
import { computed, type Ref, watch } from 'vue';
import {
  type BoardFilter,
  BoardDocument,
  BoardEventsDocument,
  type BoardQuery,
} from '../../graphql/generated/operations.ts';
import { oneAtATime } from '../../lib/one-at-a-time.ts';
import { useLive } from '../../lib/use-live.ts';
import { learnServerTime } from '../../lib/use-now.ts';

export type BoardData = BoardQuery['board'];
export type BoardGroup = BoardData['groups'][number];
export type BoardRow = BoardGroup['rows'][number];
export type WaitingRequest = BoardData['waiting'][number];

/**
 * Runs `read` again, at most four times a second, whenever anything on the board changes or the connection came back. Where it gives a
 * promise, not before that is settled.
 */
export function useBoardEvents(read: () => unknown) {
  const soon = useDebounceFn(oneAtATime(read), 250, { maxWait: 1000 });
  const { live, connect } = useLive(BoardEventsDocument, () => void soon(), {
    variables: () => ({}),
    onResume: () => void soon(),
  });
  void connect();
  return live;
}

/** The board's rows and counts, kept live. */
export function useBoard(filter: Ref<BoardFilter>) {
  const query = useQuery({ query: BoardDocument, variables: computed(() => ({ filter: filter.value })) });
  const retry = () => query.executeQuery({ requestPolicy: 'network-only' });
  const live = useBoardEvents(retry);
  watch(
    () => query.data.value?.board.at,
    (at) => at && !query.stale.value && learnServerTime(at),
  );
  const board = computed(() => query.data.value?.board ?? null);
  return { board, live, retry, fetching: query.fetching, error: query.error };
}
