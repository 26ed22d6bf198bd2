import type { Pool } from 'pg';
import { withTenant, withoutTenant } from './tenant.ts';

/** A draft that nobody published is kept so long: it holds what its reviewer typed. */
export const DRAFT_DAYS = 30;

/** Deletes the content of links that have run out, and drafts that were left, of every organisation. That there was a link, and how often it was seen, stays. */
export async function clearSnapshots(pool: Pool): Promise<number> {
  const msps = await withoutTenant(pool, (tx) => tx.query<{ id: string }>('select id from all_msps()'));
  let gone = 0;
  for (const { id } of msps.rows)
    gone += await withTenant(pool, { mspId: id, clients: '*' }, async (tx) => {
      const expired = await tx.query(
        'update snapshot set document = null where msp_id = $1 and document is not null and expires_at <= now()',
        [id],
      );
      const left = await tx.query(
        'delete from snapshot where msp_id = $1 and published_at is null and created_at < now() - make_interval(days => $2)',
        [id, DRAFT_DAYS],
      );
      return (expired.rowCount ?? 0) + (left.rowCount ?? 0);
    });
  return gone;
}
