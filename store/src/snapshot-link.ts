import { DomainError } from '@throughline/domain/errors';
import type { Pool } from 'pg';
import { hashToken } from './secret-token.ts';
import { snapshotState } from './snapshot-store.ts';
import { type Tx, withTenant } from './tenant.ts';
import { organisationOf } from './token-route.ts';

/** What whoever has a link may know of it. `document` as it was published, JSON. */
export type OpenedSnapshot =
  { state: 'published'; document: string; publishedAt: Date; expiresAt: Date } | { state: 'over' };

/** One answer for every link that never was, whatever the reason: it tells nothing to who guesses. */
const noSuchLink = () =>
  new DomainError('NOT_FOUND', 'There is no snapshot at this address. Check that the link is whole.');

/** Whether a link works, without opening it. Errors: NOT_FOUND for one that never did. */
export const snapshotLink = (pool: Pool, token: string): Promise<'published' | 'over'> =>
  withLink(pool, token, async (_tx, _mspId, row) => row.state);

/** The copy that a link leads to; counts a view. One that has expired loses its content here. Errors: NOT_FOUND for a link that never worked. */
export const openSnapshot = (pool: Pool, token: string): Promise<OpenedSnapshot> =>
  withLink(pool, token, async (tx, mspId, row): Promise<OpenedSnapshot> => {
    if (row.state === 'over') {
      await tx.query('update snapshot set document = null where msp_id = $1 and id = $2 and document is not null', [
        mspId,
        row.id,
      ]);
      return { state: 'over' };
    }
    const { rows } = await tx.query<{ document: string; published_at: Date; expires_at: Date }>(
      `update snapshot set views = views + 1, last_view_at = now()
       where msp_id = $1 and id = $2 and document is not null returning document, published_at, expires_at`,
      [mspId, row.id],
    );
    const opened = rows[0];
    if (opened === undefined) return { state: 'over' };
    const { document, published_at, expires_at } = opened;
    return { state: 'published', document, publishedAt: published_at, expiresAt: expires_at };
  });

async function withLink<T>(
  pool: Pool,
  token: string,
  work: (tx: Tx, mspId: string, row: { id: string; state: 'published' | 'over' }) => Promise<T>,
): Promise<T> {
  const hash = hashToken(token);
  const mspId = await organisationOf(pool, 'route_snapshot', hash);
  if (mspId === null) throw noSuchLink();
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<{ id: string; published_at: Date; expires_at: Date; revoked_at: Date | null }>(
      'select id, published_at, expires_at, revoked_at from snapshot where msp_id = $1 and token_hash = $2',
      [mspId, hash],
    );
    const row = rows[0];
    if (row === undefined) throw noSuchLink();
    return work(tx, mspId, { id: row.id, state: snapshotState(row) === 'published' ? 'published' : 'over' });
  });
}
