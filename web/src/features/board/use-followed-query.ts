import type { AnyVariables, OperationResult, TypedDocumentNode } from '@urql/core';
import { useClientHandle, useQuery } from '@urql/vue';
import { computed } from 'vue';
import { useBoardEvents } from './use-board.ts';

/**
 * A query whose answer follows the board's news, for as long as `follows` says so. What is read again for the news is asked beside the
 * query: its answer comes even if the query goes on to other variables meanwhile, and nothing says that the page is being read.
 */
export function useFollowedQuery<D, V extends AnyVariables>(
  document: TypedDocumentNode<D, V>,
  variables: () => V,
  follows: () => boolean = () => true,
) {
  const { client } = useClientHandle();
  const { data, fetching, error, executeQuery } = useQuery<D, V>({
    query: document,
    variables: computed(variables),
  } as Parameters<typeof useQuery<D, V>>[0]);
  const reread = (): Promise<OperationResult<D, V>> =>
    client.query<D, V>(document, variables(), { requestPolicy: 'network-only' }).toPromise();
  useBoardEvents(async () => {
    if (follows()) await reread();
  });
  return {
    data,
    fetching,
    error,
    /** Reads again because somebody asked for it. */
    retry: () => void executeQuery({ requestPolicy: 'network-only' }),
    /** Reads again because something was changed. */
    reread: () => void reread(),
  };
}
