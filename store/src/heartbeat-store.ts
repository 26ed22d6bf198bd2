import type { Pool } from 'pg';
import { withoutTenant } from './tenant.ts';

/** How often a worker says that it runs, and after how long without it counts as gone. */
export const HEARTBEAT_EVERY_MS = 5_000;
const GONE_AFTER_SECONDS = 15;

/** Says that this worker runs, and forgets those long gone. */
export async function beat(pool: Pool, id: string, queue: string): Promise<void> {
  await withoutTenant(pool, async (tx) => {
    await tx.query(
      `insert into worker_heartbeat (id, queue) values ($1, $2) on conflict (id) do update set at = now(), queue = excluded.queue`,
      [id, queue],
    );
    await tx.query(`delete from worker_heartbeat where at < now() - interval '1 hour'`);
  });
}

/** Takes this worker off the list: an orderly stop is known at once. */
export async function lastBeat(pool: Pool, id: string): Promise<void> {
  await withoutTenant(pool, (tx) => tx.query('delete from worker_heartbeat where id = $1', [id]));
}

/** How many workers of a queue were heard of lately. */
export async function liveWorkers(pool: Pool, queue: string): Promise<number> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ count: number }>(
      `select count(*)::int as count from worker_heartbeat where queue = $1 and at > now() - make_interval(secs => $2)`,
      [queue, GONE_AFTER_SECONDS],
    );
    return rows[0]?.count ?? 0;
  });
}
