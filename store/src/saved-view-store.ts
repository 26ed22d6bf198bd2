import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { Tx } from './tenant.ts';

/** A person's own name for what stands in the board's address. */
export interface SavedViewRow {
  id: string;
  name: string;
  query: string;
}

/** More than anybody finds again in a menu. */
const AT_MOST = 50;

export async function savedViews(tx: Tx, mspId: string, userId: string): Promise<SavedViewRow[]> {
  const { rows } = await tx.query<SavedViewRow>(
    'select id, name, query from saved_view where msp_id = $1 and user_id = $2 order by lower(name), id',
    [mspId, userId],
  );
  return rows;
}

/** Keeps a view under a name. The same name again replaces the earlier one. Errors: TOO_LARGE when there are too many. */
export async function saveView(tx: Tx, mspId: string, userId: string, name: string, query: string): Promise<void> {
  await tx.query('delete from saved_view where msp_id = $1 and user_id = $2 and name = $3', [mspId, userId, name]);
  const { rowCount } = await tx.query(
    `insert into saved_view (msp_id, id, user_id, name, query) select $1, $2, $3, $4, $5
     where (select count(*) from saved_view where msp_id = $1 and user_id = $3) < $6 on conflict do nothing`,
    [mspId, randomUUID(), userId, name, query, AT_MOST],
  );
  if (rowCount === 0) throw new DomainError('TOO_LARGE', `You have ${AT_MOST} views. Remove one first.`);
}

export async function dropView(tx: Tx, mspId: string, userId: string, name: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from saved_view where msp_id = $1 and user_id = $2 and name = $3', [
    mspId,
    userId,
    name,
  ]);
  return rowCount === 1;
}
