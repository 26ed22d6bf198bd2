import { type Changed, mergeBoard } from '@throughline/domain/board-merge';
import { useDocumentVisibility } from '@vueuse/core';
import { type CombinedError, useClientHandle } from '@urql/vue';
import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue';
import {
  type BoardFilter,
  BoardChangesDocument,
  BoardDocument,
  type BoardQuery,
} from '../../graphql/generated/operations.ts';
import { askInPassing } from '../../lib/ask-in-passing.ts';
import { paced } from '../../lib/paced.ts';
import { learnServerTime } from '../../lib/use-now.ts';
import { BoardNews } from './board-news.ts';
import { useBoardStream } from './use-board-stream.ts';

export type BoardData = BoardQuery['board'];
export type BoardGroup = BoardData['groups'][number];
export type BoardRow = BoardGroup['rows'][number];
export type WaitingRequest = BoardData['waiting'][number];

/** How often at most what is on a page is read again for the news. */
const PACE = { gatherMs: 100, apartMs: 1000 };

/**
 * Runs `read` again whenever anything on the board changes or the connection came back: at most once a second, not before the last one is
 * settled, and not while nobody can see the page, but then once when it is seen again.
 */
export function useBoardEvents(read: () => Promise<unknown>) {
  const visibility = useDocumentVisibility();
  let missed = false;
  const pace = paced(read, PACE);
  const heard = () => {
    if (visibility.value === 'hidden') missed = true;
    else pace.ask();
  };
  watch(visibility, () => {
    if (visibility.value === 'hidden' || !missed) return;
    missed = false;
    pace.ask();
  });
  onScopeDispose(pace.stop);
  return useBoardStream(heard, heard);
}

/** The board's rows and counts, kept live: read whole for a filter, after a gap, and where much changed; else what changed, once a second. */
export function useBoard(filter: Ref<BoardFilter>) {
  const { client } = useClientHandle();
  const board = shallowRef<BoardData | null>(null);
  const fetching = ref(false);
  const error = shallowRef<CombinedError>();
  const news = new BoardNews();
  const pace = paced(readNews, PACE);
  /** Goes up with every whole read: what was asked for before it, and is answered after it began, is older than what it brings. */
  let era = 0;

  function show(data: BoardData): void {
    board.value = data;
    learnServerTime(data.at);
  }

  async function readAll(): Promise<void> {
    const mine = (era += 1);
    fetching.value = true;
    news.take();
    const { data, error: failed } = await client
      .query(BoardDocument, { filter: filter.value }, { requestPolicy: 'network-only' })
      .toPromise();
    if (mine !== era) return;
    fetching.value = false;
    error.value = failed;
    if (data) show(data.board);
    else news.addAll();
  }

  async function readChanges(changed: Changed): Promise<void> {
    const mine = era;
    const variables = {
      filter: filter.value,
      sessionIds: [...changed.sessionIds],
      endpointIds: [...changed.endpointIds],
    };
    const { data } = await askInPassing(client, BoardChangesDocument, variables);
    // A whole read that began meanwhile may have looked before or after the change: it is asked for again behind it.
    if (mine !== era || board.value === null) return again(changed);
    if (data) show(mergeBoard(board.value, changed, data.boardChanges));
    else await readAll();
  }

  function again({ sessionIds, endpointIds }: Changed): void {
    for (const sessionId of sessionIds) news.add({ sessionId, endpointId: null });
    for (const endpointId of endpointIds) news.add({ sessionId: null, endpointId });
    pace.ask();
  }

  async function readNews(): Promise<void> {
    // Its answer replaces everything, so whatever changes is put in after it.
    if (fetching.value) return void pace.ask();
    const changed = news.take();
    if (changed === 'all') await readAll();
    else if (changed !== null) await readChanges(changed);
  }

  function readFiltered(): void {
    const known = client.readQuery(BoardDocument, { filter: filter.value })?.data;
    if (known) board.value = known.board;
    void readAll();
  }
  watch(filter, readFiltered, { immediate: true });

  const live = useBoardStream(
    (event) => (news.add(event), pace.ask()),
    () => (news.addAll(), pace.ask()),
  );
  onScopeDispose(() => pace.stop());
  return { board, live, retry: readAll, fetching, error };
}
