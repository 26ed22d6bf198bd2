import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import type { Scope, Tx } from './tenant.ts';

export interface EndpointRow {
  id: string;
  client_id: string;
  name: string;
  os: string;
  arch: string;
  simulated: boolean;
  /** Left out where many are read at once: some KB each. */
  facts?: EndpointFacts | null;
  online: boolean;
  last_seen_at: Date | null;
  clock_skew_ms: number | null;
  created_at: Date;
  retired_at: Date | null;
  runtime_label: string | null;
  agent_version: string | null;
  open_session_id: string | null;
}

const BRIEF = `e.id, e.client_id, e.name, e.os, e.arch, e.simulated, e.online, e.last_seen_at, e.clock_skew_ms, e.created_at,
  e.retired_at, r.label as runtime_label, r.agent_version,
  (select s.id from session s where s.msp_id = e.msp_id and s.endpoint_id = e.id and s.status <> 'completed'
   order by s.opened_at desc limit 1) as open_session_id`;
const COLUMNS = `${BRIEF}, e.facts`;
const FROM = 'from endpoint e left join runtime r on r.msp_id = e.msp_id and r.id = e.runtime_id';

export async function endpointsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<EndpointRow[]> {
  const { rows } = await tx.query<EndpointRow>(`select ${COLUMNS} ${FROM} where e.msp_id = $1 and e.id = any($2)`, [
    scope.mspId,
    ids,
  ]);
  return rows;
}

export interface EndpointFilter {
  search?: string | null;
  clientId?: string | null;
  retired: boolean;
}

/** By name; `after` is the last name and id of the page before. */
export async function endpointPage(
  tx: Tx,
  scope: Scope,
  filter: EndpointFilter,
  after: { name: string; id: string } | null,
  limit: number,
): Promise<{ rows: EndpointRow[]; total: number }> {
  const where = `e.msp_id = $1 and (e.retired_at is not null) = $2 and ($3::uuid is null or e.client_id = $3)
    and ($4::text is null or position(lower($4) in lower(e.name)) > 0)`;
  const values = [scope.mspId, filter.retired, filter.clientId ?? null, filter.search ?? null];
  const { rows } = await tx.query<EndpointRow>(
    `select ${COLUMNS} ${FROM} where ${where} and ($5::text is null or (lower(e.name), e.id) > (lower($5), $6::uuid))
     order by lower(e.name), e.id limit $7`,
    [...values, after?.name ?? null, after?.id ?? null, limit],
  );
  const total = await tx.query<{ count: number }>(
    `select count(*)::int as count from endpoint e where ${where}`,
    values,
  );
  return { rows, total: total.rows[0]?.count ?? 0 };
}

/** The endpoints in use, or those of these that are, without facts, for the board. In no order. */
export async function activeEndpoints(tx: Tx, scope: Scope, ids: readonly string[] | null): Promise<EndpointRow[]> {
  const some = ids === null ? '' : 'and e.id = any($2)';
  const { rows } = await tx.query<EndpointRow>(
    `select ${BRIEF} ${FROM} where e.msp_id = $1 and e.retired_at is null ${some}`,
    ids === null ? [scope.mspId] : [scope.mspId, ids],
  );
  return rows;
}

/** A runtime that an endpoint has or had: a machine that is replaced leaves its own behind. */
export interface RuntimeRow {
  id: string;
  label: string;
  agent_version: string;
  created_at: Date;
  revoked_at: Date | null;
}

export async function runtimesOfEndpoint(tx: Tx, scope: Scope, endpointId: string): Promise<RuntimeRow[]> {
  const { rows } = await tx.query<RuntimeRow>(
    `select id, label, agent_version, created_at, revoked_at from runtime
     where msp_id = $1 and endpoint_id = $2 order by created_at desc, id`,
    [scope.mspId, endpointId],
  );
  return rows;
}
