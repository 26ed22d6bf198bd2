import type { InputOrder } from '@throughline/domain/input-order';
import type { Tx } from '@throughline/store/tenant';

/** What the signer reads about a command that somebody answers. The command's own order is evidence: the signer signed it. */
export interface InputFacts {
  session_status: string;
  revoked: boolean;
  envelope: Buffer;
  signature: Buffer;
  settled: boolean;
  last_seq: number;
}

/** Null when no such command was ordered. */
export async function inputFacts(tx: Tx, order: InputOrder): Promise<InputFacts | null> {
  const { rows } = await tx.query<InputFacts>(
    `select s.status as session_status, r.revoked_at is not null as revoked, o.envelope, o.signature, o.settled_at is not null as settled,
       (select coalesce(max(i.seq), 0) from command_input i where i.msp_id = o.msp_id and i.command_id = o.command_id) as last_seq
     from command_outbox o
     join session s on s.msp_id = o.msp_id and s.id = o.session_id
     join runtime r on r.msp_id = o.msp_id and r.id = o.runtime_id
     where o.msp_id = $1 and o.session_id = $2 and o.command_id = $3`,
    [order.mspId, order.sessionId, order.commandId],
  );
  return rows[0] ?? null;
}
