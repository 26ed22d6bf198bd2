import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useClientHandle } from '@urql/vue';
import { computed, ref, shallowRef, watch } from 'vue';
import { useBoardEvents } from './use-board.ts';
import { useFollowedQuery } from './use-followed-query.ts';

interface Page<Row> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: readonly { node: Row }[];
}

/**
 * A list that is read page by page. The first page follows the board's news; rows already turned past are read again
 * only where the list is `whole`: one that things leave. `filter`: what the list is of, besides the page; another filter begins at the first page.
 */
export function usePagedList<D, V extends AnyVariables, Row extends { id: string }>(
  document: TypedDocumentNode<D, V>,
  filter: () => Omit<V, 'after'>,
  pageOf: (data: D) => Page<Row>,
  { whole = false }: { whole?: boolean } = {},
) {
  const { client } = useClientHandle();
  const after = ref<string | null>(null);
  const earlier = shallowRef<Row[]>([]);
  /** How many pages come before the one that `after` names. */
  let turned = 0;
  const at = (cursor: string | null) => ({ ...filter(), after: cursor }) as unknown as V;
  const query = useFollowedQuery(
    document,
    () => at(after.value),
    () => after.value === null,
  );
  const list = computed(() => (query.data.value ? pageOf(query.data.value) : null));
  const rows = computed(() => {
    const seen = new Set<string>();
    const all = [...earlier.value, ...(list.value?.edges.map((e) => e.node) ?? [])];
    return all.filter(({ id }) => !seen.has(id) && seen.add(id));
  });
  // At once, or the new filter would be asked for a page of the old one first.
  watch(
    () => JSON.stringify(filter()),
    () => {
      after.value = null;
      earlier.value = [];
      turned = 0;
    },
    { flush: 'sync' },
  );
  if (whole) useBoardEvents(rereadAll);
  /** All pages that are shown, from the first one on: where one begins moves with what left the one before it. */
  async function rereadAll(): Promise<void> {
    const [last, of] = [after.value, JSON.stringify(filter())];
    if (last === null) return;
    const before: Row[] = [];
    let cursor: string | null = null;
    let pages = 0;
    for (;;) {
      const { data } = await client.query<D, V>(document, at(cursor), { requestPolicy: 'network-only' }).toPromise();
      // Somebody turned the page meanwhile, or looks at something else.
      if (!data || after.value !== last || JSON.stringify(filter()) !== of) return;
      const { edges, pageInfo } = pageOf(data);
      if (pages === turned || !pageInfo.hasNextPage) break;
      before.push(...edges.map(({ node }) => node));
      cursor = pageInfo.endCursor;
      pages += 1;
    }
    [earlier.value, after.value, turned] = [before, cursor, pages];
  }
  function more(): void {
    // What still shows may be of another filter, whose cursor means nothing in this one. The first page read again for news does not count.
    if (query.fetching.value) return;
    earlier.value = rows.value;
    after.value = list.value?.pageInfo.endCursor ?? null;
    turned += 1;
  }
  return {
    list,
    rows,
    more,
    fetching: query.fetching,
    error: query.error,
    retry: query.retry,
  };
}
