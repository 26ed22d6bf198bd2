import type { Pool } from 'pg';
import { createMeiliSearch } from './meili-search.ts';
import { createPostgresSearch } from './postgres-search.ts';
import type { SearchBackend } from './search-backend.ts';

/** The search server where an address is given, else Postgres' own search. */
export function openSearch(
  pool: Pool,
  env: { MEILI_URL?: string | undefined; MEILI_KEY?: string | undefined },
): SearchBackend {
  return env.MEILI_URL === undefined || env.MEILI_URL === ''
    ? createPostgresSearch(pool)
    : createMeiliSearch(env.MEILI_URL, env.MEILI_KEY);
}
