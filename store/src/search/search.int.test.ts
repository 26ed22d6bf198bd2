import { Meilisearch } from 'meilisearch';
import { describe, it } from 'vitest';
import { searchContract } from '../testing/search-contract.ts';
import { openTestStore } from '../testing/store-fixture.ts';
import { createMeiliSearch } from './meili-search.ts';
import { createPostgresSearch } from './postgres-search.ts';

searchContract('Postgres', async () => {
  const store = await openTestStore();
  return { backend: createPostgresSearch(store.pool), close: () => store.close() };
});

const { MEILI_URL, MEILI_KEY } = process.env;
if (MEILI_URL === undefined || MEILI_URL === '')
  describe('search by Meilisearch', () => {
    it.skip('F100 keeps the same contract (not run: MEILI_URL is not set, so there is no Meilisearch to ask)');
  });
else
  searchContract('Meilisearch', async () => {
    // An index of its own: the one at that address may hold somebody's real records.
    const index = `throughline_test_${process.pid}`;
    const client = new Meilisearch({ host: MEILI_URL, ...(MEILI_KEY === undefined ? {} : { apiKey: MEILI_KEY }) });
    return {
      backend: createMeiliSearch(MEILI_URL, MEILI_KEY, index),
      close: async () => {
        await client.deleteIndex(index).waitTask();
      },
    };
  });
