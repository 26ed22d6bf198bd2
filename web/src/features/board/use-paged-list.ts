import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { computed, ref, shallowRef, watch } from 'vue';
import { useFollowedQuery } from './use-followed-query.ts';

interface Page<Row> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: readonly { node: Row }[];
}

/**
 * A list that is read page by page. The first page follows the board's news; rows already turned past are not read again. `filter`: what
 * the list is of, besides the page; another filter begins at the first page.
 */
export function usePagedList<D, V extends AnyVariables, Row extends { id: string }>(
  document: TypedDocumentNode<D, V>,
  filter: () => Omit<V, 'after'>,
  pageOf: (data: D) => Page<Row>,
) {
  const after = ref<string | null>(null);
  const earlier = shallowRef<Row[]>([]);
  const query = useFollowedQuery(
    document,
    () => ({ ...filter(), after: after.value }) as unknown as V,
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
    },
    { flush: 'sync' },
  );
  function more(): void {
    // What still shows may be of another filter, whose cursor means nothing in this one. The first page read again for news does not count.
    if (query.fetching.value) return;
    earlier.value = rows.value;
    after.value = list.value?.pageInfo.endCursor ?? null;
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
