import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { payloadSchema, zEntryHeader } from '@throughline/domain/entry';
import type { Tx } from '@throughline/store/tenant';
import type { Member } from './join.ts';

/** Told again after a reconnect; more than a person reads is not. */
const MOST_SAID = 50;

/** What people at the desk wrote to the person at this computer in sessions that are under way, oldest first; `seq`: that entry alone. */
export async function saidNews(
  tx: Tx,
  member: Member,
  sessionId: string | null,
  seq: number | null,
): Promise<GatewayMessage[]> {
  if (member.protocol < 2) return [];
  const { rows } = await tx.query<{ session_id: string; seq: number; at: Date; header: Buffer; payload: Buffer }>(
    `select e.session_id, e.seq, e.at, e.header, p.payload from transcript_entry e
     join session s on s.msp_id = e.msp_id and s.id = e.session_id
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and s.endpoint_id = $2 and s.status in ('pending_approval', 'active')
       and e.kind = 'message'
       and ($3::uuid is null or e.session_id = $3) and ($4::int is null or e.seq = $4)
     order by e.at desc, e.seq desc limit $5`,
    [member.mspId, member.endpointId, sessionId, seq, MOST_SAID],
  );
  return rows.reverse().flatMap((row): GatewayMessage[] => {
    const { text, toPerson } = payloadSchema('message').parse(JSON.parse(row.payload.toString('utf8')));
    const { actor } = zEntryHeader.parse(JSON.parse(row.header.toString('utf8')));
    if (toPerson !== true || actor.kind !== 'user') return [];
    const { session_id: inSession, seq: number, at } = row;
    return [{ type: 'said', sessionId: inSession, seq: number, name: actor.name, text, at: at.getTime() }];
  });
}
