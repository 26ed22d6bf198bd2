import type { AgentMessage, EndpointFacts } from '@throughline/domain/agent-protocol';
import { publish } from '@throughline/store/notify';
import type { Tx } from '@throughline/store/tenant';

interface Place {
  mspId: string;
  endpointId: string;
}

/** What the computer is like now, and how far its clock is off; told at each connect and when asked. */
export async function keepFacts(tx: Tx, place: Place, facts: EndpointFacts, clockSkewMs: number): Promise<void> {
  await tx.query(
    `update endpoint set last_seen_at = now(), facts = $3, facts_at = now(), os = $4, arch = $5, clock_skew_ms = $6
     where msp_id = $1 and id = $2`,
    [place.mspId, place.endpointId, facts, `${facts.os} ${facts.osVersion}`.trim(), facts.arch, clockSkewMs],
  );
}

/** The answer to a question (sessions/facts.ts): kept, and whoever asked is told. */
export async function factsTold(
  tx: Tx,
  place: Place,
  message: AgentMessage & { type: 'facts' },
  clockSkewMs: number,
): Promise<void> {
  await keepFacts(tx, place, message.facts, clockSkewMs);
  await publish(tx, { k: 'facts', m: place.mspId, e: place.endpointId, a: message.requestId });
  await publish(tx, { k: 'endpoint', m: place.mspId, e: place.endpointId });
}
