import type { SessionRow } from './session-store.ts';
import type { Scope, Tx } from './tenant.ts';

/** How many of the endpoints in use are there, and how many are not. */
export async function presenceCounts(tx: Tx, scope: Scope): Promise<{ online: number; offline: number }> {
  const { rows } = await tx.query<{ online: number; offline: number }>(
    `select count(*) filter (where e.online)::int as online, count(*) filter (where not e.online)::int as offline
     from endpoint e where e.msp_id = $1 and e.retired_at is null`,
    [scope.mspId],
  );
  return rows[0] ?? { online: 0, offline: 0 };
}

/** The clocks of every session that is open on an endpoint in use. */
export async function openClocks(tx: Tx, scope: Scope): Promise<Pick<SessionRow, 'priority' | 'clocks'>[]> {
  const { rows } = await tx.query<Pick<SessionRow, 'priority' | 'clocks'>>(
    `select s.priority, s.clocks from session s join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
     where s.msp_id = $1 and s.status <> 'completed' and e.retired_at is null`,
    [scope.mspId],
  );
  return rows;
}
