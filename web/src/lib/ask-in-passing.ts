import {
  type AnyVariables,
  type Client,
  createRequest,
  type OperationResult,
  type TypedDocumentNode,
} from '@urql/core';

const free: number[] = [];
let keys = 0;

/**
 * Asks the server once, for an answer that nobody asks the client for again. The client keeps one for every key it is asked under, so such
 * questions share a few keys, each by one at a time: it holds no more of them than were ever under way at once.
 */
export async function askInPassing<D, V extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<D, V>,
  variables: V,
): Promise<OperationResult<D, V>> {
  const key = free.pop() ?? (keys += 1);
  try {
    const request = { ...createRequest<D, V>(document, variables), key };
    return await client.executeQuery<D, V>(request, { requestPolicy: 'network-only' }).toPromise();
  } finally {
    free.push(key);
  }
}
