import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import type { Scope, Tx } from './tenant.ts';

export interface IncidentRow {
  id: string;
  title: string;
  opened_by: string;
  opened_at: Date;
}

/** The incidents with sessions that this person may see, newest first. */
export async function incidents(tx: Tx, scope: Scope, limit: number): Promise<IncidentRow[]> {
  const { rows } = await tx.query<IncidentRow>(
    `select i.id, i.title, i.opened_by, i.opened_at from incident i
     where i.msp_id = $1 and exists (select 1 from session s where s.msp_id = i.msp_id and s.incident_id = i.id)
     order by i.opened_at desc, i.id limit $2`,
    [scope.mspId, limit],
  );
  return rows;
}

/**
 * Puts sessions into one new incident. Only the grouping changes: each session goes on and ends for itself. A session that is in another
 * incident already stays there. Errors: CONFLICT when none of them could be put in.
 */
export async function openIncident(
  tx: Tx,
  mspId: string,
  title: string,
  by: string,
  sessionIds: readonly string[],
): Promise<void> {
  const id = randomUUID();
  await tx.query('insert into incident (msp_id, id, title, opened_by) values ($1, $2, $3, $4)', [mspId, id, title, by]);
  const { rowCount } = await tx.query(
    'update session set incident_id = $3 where msp_id = $1 and id = any($2) and incident_id is null',
    [mspId, sessionIds, id],
  );
  if (rowCount === 0) throw new DomainError('CONFLICT', 'These sessions belong to an incident already.');
}
