import { cleanup } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import SearchPage from './SearchPage.vue';

describe('the search page', () => {
  afterEach(cleanup);

  it.each([
    [{ total: 1, backend: 'postgres' }, '1 hit', 'found by Postgres'],
    [{ total: 999, backend: 'postgres' }, '999 hits', 'found by Postgres'],
    [{ total: 1000, backend: 'postgres' }, 'The best of the newest 1,000 hits', 'found by Postgres'],
    [{ total: 2345, backend: 'meilisearch' }, '2,345 hits', 'found by Meilisearch'],
  ])('F099 says how many there are, and where only the newest were looked at: %j', async (found, count, by) => {
    const hits: unknown[] = [];
    const { findByText, getByText } = await show(SearchPage, {
      path: '/search?q=dns',
      answers: {
        SearchChoices: { clients: [], assignable: [] },
        SearchTranscripts: { searchTranscripts: { ...found, hits, catchingUp: false, nextCursor: null } },
      },
    });
    expect(await findByText(count)).toBeTruthy();
    expect(getByText(by)).toBeTruthy();
  });
});
