import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import type { EntryPayload } from '@throughline/domain/entry';
import type { Tx } from './tenant.ts';

/** What is told so shortly before counts as captured for the entry. */
const FRESH_MS = 60_000;

export interface EndpointFactsRow {
  facts: EndpointFacts | null;
  facts_at: Date | null;
  clock_skew_ms: number | null;
  online: boolean;
  runtime_id: string | null;
  runtime_label: string | null;
  /** Of the runtime; 1 where there is none. */
  protocol: number;
}

/** What an endpoint last said of itself, and whether it can be asked again. */
export async function endpointFacts(tx: Tx, mspId: string, endpointId: string): Promise<EndpointFactsRow | null> {
  const { rows } = await tx.query<EndpointFactsRow>(
    `select e.facts, e.facts_at, e.clock_skew_ms, e.online, r.id as runtime_id, r.label as runtime_label,
       coalesce(r.protocol, 1) as protocol
     from endpoint e left join runtime r on r.msp_id = e.msp_id and r.id = e.runtime_id
     where e.msp_id = $1 and e.id = $2`,
    [mspId, endpointId],
  );
  return rows[0] ?? null;
}

/** The entry "Endpoint state", null where the endpoint never said anything. */
export function factsPayload(row: EndpointFactsRow, at: Date): EntryPayload<'endpoint_facts'> | null {
  if (row.facts === null || row.runtime_id === null) return null;
  const { facts, facts_at, clock_skew_ms } = row;
  return {
    facts,
    runtimeId: row.runtime_id,
    runtimeLabel: row.runtime_label ?? '',
    ...(facts_at === null
      ? {}
      : { fresh: at.getTime() - facts_at.getTime() <= FRESH_MS, capturedAt: facts_at.toISOString() }),
    clockSkewMs: clock_skew_ms,
  };
}
