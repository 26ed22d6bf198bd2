import { zEntryHeader } from '@throughline/domain/entry';
import type { Scope, Tx } from './tenant.ts';

/** A message that was written under an entry, without its words. */
export interface Reply {
  onEntry: number;
  /** Whose it is; null: no user's. */
  userId: string | null;
}

/** A payload is canonical JSON, its members in the order of their names: where a message hangs stands first. */
const ON_ENTRY = /^\{"onEntry":(\d{1,9}),/;

/** Every message of a session that was written under an entry, in order. Of long messages no more is read than that. */
export async function repliesOf(tx: Tx, scope: Scope, sessionId: string): Promise<Reply[]> {
  const { rows } = await tx.query<{ header: Buffer; start: Buffer }>(
    `select e.header, substring(p.payload from 1 for 24) as start from transcript_entry e
     join session s on s.msp_id = e.msp_id and s.id = e.session_id
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.kind = 'message' order by e.seq`,
    [scope.mspId, sessionId],
  );
  return rows.flatMap(({ header, start }): Reply[] => {
    const onEntry = ON_ENTRY.exec(start.toString('utf8'))?.[1];
    if (onEntry === undefined) return [];
    const { actor } = zEntryHeader.parse(JSON.parse(header.toString('utf8')));
    return [{ onEntry: Number(onEntry), userId: actor.kind === 'user' ? actor.id : null }];
  });
}
