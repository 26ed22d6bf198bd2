import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import type { Scope, Tx } from './tenant.ts';

export interface IncidentRow {
  id: string;
  title: string;
  opened_by: string;
  opened_at: Date;
  closed_at: Date | null;
}

const COLUMNS = 'i.id, i.title, i.opened_by, i.opened_at, i.closed_at';

/** The incidents with sessions that this person may see, newest first: open ones, or closed ones. */
export async function incidents(
  tx: Tx,
  scope: Scope,
  { closed, limit }: { closed: boolean; limit: number },
): Promise<IncidentRow[]> {
  const { rows } = await tx.query<IncidentRow>(
    `select ${COLUMNS} from incident i
     where i.msp_id = $1 and (i.closed_at is not null) = $2
       and exists (select 1 from session s where s.msp_id = i.msp_id and s.incident_id = i.id)
     order by i.opened_at desc, i.id limit $3`,
    [scope.mspId, closed, limit],
  );
  return rows;
}

export async function incidentsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<IncidentRow[]> {
  const { rows } = await tx.query<IncidentRow>(
    `select ${COLUMNS} from incident i where i.msp_id = $1 and i.id = any($2)`,
    [scope.mspId, ids],
  );
  return rows;
}

/**
 * Puts sessions into one new incident and returns its id. Only the grouping changes: each session goes on and ends for itself. A session
 * that is in another incident already stays there. Errors: CONFLICT when none of them could be put in.
 */
export async function openIncident(
  tx: Tx,
  mspId: string,
  title: string,
  by: string,
  sessionIds: readonly string[],
): Promise<string> {
  const id = randomUUID();
  await tx.query('insert into incident (msp_id, id, title, opened_by) values ($1, $2, $3, $4)', [mspId, id, title, by]);
  if ((await putIn(tx, mspId, id, sessionIds)) === 0)
    throw new DomainError('CONFLICT', 'These sessions belong to an incident already.');
  return id;
}

/** Puts sessions into an open incident. Errors: NOT_FOUND, INVALID_STATE when it is closed, CONFLICT as of opening one. */
export async function addToIncident(
  tx: Tx,
  scope: Scope,
  incidentId: string,
  sessionIds: readonly string[],
): Promise<void> {
  await openOne(tx, scope, incidentId);
  if ((await putIn(tx, scope.mspId, incidentId, sessionIds)) === 0)
    throw new DomainError('CONFLICT', 'These sessions belong to an incident already.');
}

/** Takes sessions out again. Errors: as of adding; CONFLICT when none of them is in it. */
export async function takeFromIncident(
  tx: Tx,
  scope: Scope,
  incidentId: string,
  sessionIds: readonly string[],
): Promise<void> {
  await openOne(tx, scope, incidentId);
  const { rowCount } = await tx.query(
    'update session set incident_id = null where msp_id = $1 and id = any($2) and incident_id = $3',
    [scope.mspId, sessionIds, incidentId],
  );
  if (rowCount === 0) throw new DomainError('CONFLICT', 'None of these sessions is in this incident.');
}

/** The trouble is over. Its sessions stay as they are. Errors: NOT_FOUND, INVALID_STATE when it is closed already. */
export async function closeIncident(tx: Tx, scope: Scope, incidentId: string): Promise<IncidentRow> {
  const incident = await openOne(tx, scope, incidentId);
  await tx.query('update incident set closed_at = now() where msp_id = $1 and id = $2', [scope.mspId, incidentId]);
  return incident;
}

async function openOne(tx: Tx, scope: Scope, id: string): Promise<IncidentRow> {
  const [incident] = await incidentsByIds(tx, scope, [id]);
  if (incident === undefined) throw notFound('Incident');
  if (incident.closed_at !== null)
    throw new DomainError('INVALID_STATE', 'This incident is closed. Open a new one for what came after.');
  return incident;
}

async function putIn(tx: Tx, mspId: string, id: string, sessionIds: readonly string[]): Promise<number> {
  const { rowCount } = await tx.query(
    'update session set incident_id = $3 where msp_id = $1 and id = any($2) and incident_id is null',
    [mspId, sessionIds, id],
  );
  return rowCount ?? 0;
}
