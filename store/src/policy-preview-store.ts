import type { CommandSpec, Risk } from '@throughline/domain/command';
import type { PolicySubject } from './policy-store.ts';
import type { Tx } from './tenant.ts';

export interface JudgedCommandRow {
  id: string;
  session_number: number;
  spec: CommandSpec;
  risk: Risk;
  risk_why: string;
  proposed_at: Date;
  endpoint_id: string;
  client_id: string;
  group_id: string;
}

/** Commands proposed where a policy holds, since a time, the newest first. Those of clients out of sight are left out. */
export async function commandsUnder(
  tx: Tx,
  mspId: string,
  { level, id }: PolicySubject,
  since: Date,
  limit: number,
): Promise<JudgedCommandRow[]> {
  const { rows } = await tx.query<JudgedCommandRow>(
    `select k.id, s.number as session_number, k.spec, k.risk, k.risk_why, k.proposed_at, s.endpoint_id, s.client_id, c.group_id
     from command k
     join session s on s.msp_id = k.msp_id and s.id = k.session_id
     join client c on c.msp_id = s.msp_id and c.id = s.client_id
     where k.msp_id = $1 and k.proposed_at >= $4
       and case $2 when 'endpoint' then s.endpoint_id when 'client' then s.client_id when 'client_group' then c.group_id else k.msp_id end = $3
     order by k.proposed_at desc, k.id limit $5`,
    [mspId, level, id, since, limit],
  );
  return rows;
}
