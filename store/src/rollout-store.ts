import { randomUUID } from 'node:crypto';
import type { Rollout } from '@throughline/domain/rollout';
import type { Tx } from './tenant.ts';

interface RolloutRow {
  version: string;
  client_id: string | null;
  endpoint_id: string | null;
  percent: number | null;
}

/** What is offered now, and to whom. */
export async function openRollouts(tx: Tx, mspId: string): Promise<Rollout[]> {
  const { rows } = await tx.query<RolloutRow>(
    `select version, client_id, endpoint_id, percent from release_offer
     where msp_id = $1 and stopped_at is null order by offered_at`,
    [mspId],
  );
  return rows.map((row) => ({
    version: row.version,
    clientId: row.client_id,
    endpointId: row.endpoint_id,
    percent: row.percent,
  }));
}

export async function addRollout(tx: Tx, mspId: string, rollout: Rollout): Promise<void> {
  await tx.query(
    'insert into release_offer (msp_id, id, version, client_id, endpoint_id, percent) values ($1, $2, $3, $4, $5, $6)',
    [mspId, randomUUID(), rollout.version, rollout.clientId, rollout.endpointId, rollout.percent],
  );
}

/** How many offers of this version stood. */
export async function stopRollouts(tx: Tx, mspId: string, version: string): Promise<number> {
  const { rowCount } = await tx.query(
    'update release_offer set stopped_at = now() where msp_id = $1 and version = $2 and stopped_at is null',
    [mspId, version],
  );
  return rowCount ?? 0;
}

/** An endpoint in use whose runtime takes offers (protocol 2), and the version it runs. */
export interface Updatable {
  id: string;
  clientId: string;
  name: string;
  version: string;
  online: boolean;
}

export async function updatableEndpoints(tx: Tx, mspId: string): Promise<Updatable[]> {
  const { rows } = await tx.query<Updatable>(
    `select e.id, e.client_id as "clientId", e.name, r.agent_version as version, e.online
     from endpoint e join runtime r on r.msp_id = e.msp_id and r.id = e.runtime_id
     where e.msp_id = $1 and e.retired_at is null and r.revoked_at is null and r.protocol >= 2`,
    [mspId],
  );
  return rows;
}
