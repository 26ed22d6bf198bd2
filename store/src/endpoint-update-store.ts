import { OPEN_STATES, type ToldState, type UpdateState } from '@throughline/domain/update-state';
import type { Scope, Tx } from './tenant.ts';

export interface EndpointUpdateRow {
  endpoint_id: string;
  version: string;
  from_version: string;
  state: UpdateState;
  /** In plain words; empty where the state says it all. */
  reason: string;
  offered_at: Date;
  at: Date;
}
const COLUMNS = 'u.endpoint_id, u.version, u.from_version, u.state, u.reason, u.offered_at, u.at';

export async function updatesOfEndpoint(tx: Tx, mspId: string, endpointId: string): Promise<EndpointUpdateRow[]> {
  const { rows } = await tx.query<EndpointUpdateRow>(
    `select ${COLUMNS} from endpoint_update u where u.msp_id = $1 and u.endpoint_id = $2`,
    [mspId, endpointId],
  );
  return rows;
}

/** What happened last, of each endpoint that the scope sees. */
export async function lastUpdates(
  tx: Tx,
  scope: Scope,
  endpointIds: readonly string[],
): Promise<ReadonlyMap<string, EndpointUpdateRow>> {
  const { rows } = await tx.query<EndpointUpdateRow>(
    `select distinct on (u.endpoint_id) ${COLUMNS}
     from endpoint_update u join endpoint e on e.msp_id = u.msp_id and e.id = u.endpoint_id
     where u.msp_id = $1 and u.endpoint_id = any($2::uuid[]) order by u.endpoint_id, u.at desc`,
    [scope.mspId, endpointIds],
  );
  return new Map(rows.map((row) => [row.endpoint_id, row]));
}

/** How many endpoints stand how, by version. */
export async function updateCounts(
  tx: Tx,
  mspId: string,
): Promise<{ version: string; state: UpdateState; count: number }[]> {
  const { rows } = await tx.query<{ version: string; state: UpdateState; count: number }>(
    `select version, state, count(*)::int as count from endpoint_update where msp_id = $1 group by version, state
     order by version, state`,
    [mspId],
  );
  return rows;
}

/** Writes down that an endpoint is offered a version that it does not run. What was withdrawn, or done and undone since, begins anew; else it stays as it stands. */
export async function noteOffer(
  tx: Tx,
  mspId: string,
  endpointId: string,
  offer: { version: string; from: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into endpoint_update as u (msp_id, endpoint_id, version, from_version, state) values ($1, $2, $3, $4, 'offered')
     on conflict (msp_id, endpoint_id, version)
     do update set state = 'offered', reason = '', from_version = excluded.from_version, at = now(), offered_at = now()
     where u.state in ('withdrawn', 'switched', 'updated')`,
    [mspId, endpointId, offer.version, offer.from],
  );
  return rowCount === 1;
}

/** False when it stood so already, or this version was never offered there. What was withdrawn can only turn out to have been done. */
export async function noteState(
  tx: Tx,
  mspId: string,
  endpointId: string,
  update: { version: string; state: ToldState | 'updated' | 'withdrawn'; reason: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update endpoint_update set state = $4, reason = $5, at = now()
     where msp_id = $1 and endpoint_id = $2 and version = $3 and (state, reason) is distinct from ($4, $5)
       and (state <> 'withdrawn' or $4 <> all($6))`,
    [mspId, endpointId, update.version, update.state, update.reason, OPEN_STATES],
  );
  return rowCount === 1;
}

/** Takes back what was not carried out yet; returns the endpoints. */
export async function withdrawUpdates(tx: Tx, mspId: string, version: string): Promise<string[]> {
  const { rows } = await tx.query<{ endpoint_id: string }>(
    `update endpoint_update set state = 'withdrawn', reason = '', at = now()
     where msp_id = $1 and version = $2 and state = any($3) returning endpoint_id`,
    [mspId, version, OPEN_STATES],
  );
  return rows.map((row) => row.endpoint_id);
}

/** The size of a program that this endpoint may fetch now; null when it was not offered it. */
export async function offeredProgram(
  tx: Tx,
  mspId: string,
  endpointId: string,
  sha256: string,
): Promise<{ bytes: number } | null> {
  const { rows } = await tx.query<{ bytes: number }>(
    `select r.bytes from endpoint_update u join release r on r.msp_id = u.msp_id and r.version = u.version
     where u.msp_id = $1 and u.endpoint_id = $2 and r.sha256 = decode($3, 'hex') and r.removed_at is null and u.state = any($4) limit 1`,
    [mspId, endpointId, sha256, OPEN_STATES],
  );
  return rows[0] ?? null;
}
