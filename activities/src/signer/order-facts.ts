import type { Envelope } from '@throughline/domain/envelope';
import type { ApprovalKind } from '@throughline/domain/session-state';
import type { Tx } from '@throughline/store/tenant';

/** What the signer reads of an order's surroundings: committed rows only, and only those of the organisation the order names. */
export interface OrderFacts {
  session_endpoint: string;
  session_status: string;
  /** The endpoint's present runtime. */
  runtime_id: string | null;
  endpoint_retired: boolean;
  revoked: boolean | null;
  command_counter: number | null;
  command_session: string | null;
  command_risk: string | null;
  command_hash: string | null;
  /** What the policy made of it. */
  command_verdict: string | null;
  /** The keys this runtime has and had (SPKI DER, base64): what an older one signed still counts. */
  keys: string[];
  approvals: {
    id: string;
    kind: ApprovalKind;
    hash: string;
    state: string;
    commandId: string | null;
    /** The person ended what it covers beyond its own command. */
    scopeEnded: boolean;
    expiresAt: number;
  }[];
  /** The passkeys that may allow something at the session's client: SPKI DER, base64. */
  passkeys: string[];
}

/** Null when there is no such session. */
export async function orderFacts(tx: Tx, envelope: Envelope): Promise<OrderFacts | null> {
  const { mspId, sessionId, runtimeId, commandId, approvals } = envelope;
  const { rows } = await tx.query<OrderFacts>(
    `select s.endpoint_id as session_endpoint, s.status as session_status, e.runtime_id, e.retired_at is not null as endpoint_retired,
       r.revoked_at is not null as revoked, r.command_counter,
       c.session_id as command_session, c.risk as command_risk, c.action_hash as command_hash, c.verdict as command_verdict,
       array(select encode(k.public_key, 'base64') from
         (select r.public_key union select o.public_key from runtime_key o where o.msp_id = s.msp_id and o.runtime_id = r.id) k
         where k.public_key is not null) as keys,
       (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'hash', a.hash, 'state', a.state, 'commandId', a.command_id,
         'scopeEnded', a.scope_ended_at is not null, 'expiresAt', round(extract(epoch from a.expires_at) * 1000))), '[]')
         from approval_request a where a.msp_id = s.msp_id and a.session_id = s.id and a.id = any($5)) as approvals,
       array(select translate(encode(p.public_key, 'base64'), E'\\n', '') from approver p where p.msp_id = s.msp_id and p.client_id = s.client_id
         and p.revoked_at is null and p.public_key is not null) as passkeys
     from session s
     join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
     left join runtime r on r.msp_id = s.msp_id and r.id = $3 and r.endpoint_id = s.endpoint_id
     left join command c on c.msp_id = s.msp_id and c.id = $4
     where s.msp_id = $1 and s.id = $2`,
    [mspId, sessionId, runtimeId, commandId, approvals.map((approval) => approval.id)],
  );
  return rows[0] ?? null;
}
