import { type Client, cacheExchange, createClient, fetchExchange } from '@urql/core';
import { describe, expect, it } from 'vitest';
import { SessionEntriesDocument } from '../graphql/generated/operations.ts';
import { askInPassing } from './ask-in-passing.ts';

const keys = new Set<number>();
function clientOf(release: Promise<void>): Client {
  return createClient({
    url: 'http://server.test/graphql',
    preferGetMethod: false,
    exchanges: [cacheExchange, fetchExchange],
    fetch: async (_input, init) => {
      const { variables } = JSON.parse(String(init?.body)) as { variables: { id: string } };
      await release;
      return new Response(JSON.stringify({ data: { session: { id: variables.id } } }));
    },
  });
}
const ask = async (client: Client, id: string): Promise<string | undefined> => {
  const { data, operation } = await askInPassing(client, SessionEntriesDocument, { id, first: 1, after: null });
  keys.add(operation.key);
  return data?.session?.id;
};

describe('questions in passing', () => {
  it('give each its own answer, also at the same time, and the client keeps few of them', async () => {
    let release = (): void => undefined;
    const client = clientOf(new Promise((resolve) => (release = resolve)));
    const both = Promise.all([ask(client, 'S1'), ask(client, 'S2')]);
    release();
    expect(await both).toEqual(['S1', 'S2']);
    for (let n = 3; n < 20; n += 1) expect(await ask(client, `S${n}`)).toBe(`S${n}`);
    expect(keys.size).toBe(2);
  });
});
