import type { Scope, Tx } from './tenant.ts';

export interface Participant {
  name: string;
  kind: string;
  role: string | null;
  first_at: Date;
  last_at: Date;
}

/** Kinds by which a person takes part in the work. Watching, assigning and nudging from the board is not taking part. */
const WORK = ['started', 'command_proposed', 'message', 'completed', 'approval_decided'];

export async function participantsOf(tx: Tx, scope: Scope, sessionId: string): Promise<Participant[]> {
  const { rows } = await tx.query<Participant>(
    `with acts as (
       select convert_from(e.header, 'UTF8')::jsonb->'actor' as actor, e.at
       from transcript_entry e join session s on s.msp_id = e.msp_id and s.id = e.session_id
       where e.msp_id = $1 and e.session_id = $2 and e.kind = any($3))
     select coalesce(actor->>'name', actor->>'account') as name, actor->>'kind' as kind, actor->>'role' as role,
       min(at) as first_at, max(at) as last_at
     from acts where actor->>'kind' in ('user', 'end_user')
     group by 1, 2, 3 order by first_at`,
    [scope.mspId, sessionId, WORK],
  );
  return rows;
}
