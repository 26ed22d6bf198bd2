import { type SessionFilter, sessionCount, sessionPage } from '@throughline/store/session-list-store';
import { type Context, reading } from './context.ts';
import { numberCursor, pageSize, toConnection } from './page.ts';

/** A page of sessions, newest first. How many there are in all is counted when the query asks for it. */
export async function listSessions(
  context: Context,
  filter: SessionFilter,
  { first, after }: { first?: number | null; after?: string | null },
) {
  const size = pageSize(first);
  const rows = await reading(context, (tx, scope) => sessionPage(tx, scope, filter, numberCursor(after), size + 1));
  return {
    ...toConnection(rows, size, after != null, (row) => String(row.number)),
    totalCount: () => reading(context, (tx, scope) => sessionCount(tx, scope, filter)),
  };
}
