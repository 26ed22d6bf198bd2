import type { Tx } from '@throughline/store/tenant';
import type { Member } from './join.ts';

/** A command as this runtime was given it: anything else it may say about commands is not listened to. */
export interface GivenCommand {
  commandId: string;
  sessionId: string;
  settled: boolean;
}

export async function givenCommand(tx: Tx, member: Member, commandId: string): Promise<GivenCommand | null> {
  const { rows } = await tx.query<{ command_id: string; session_id: string; settled: boolean }>(
    `select command_id, session_id, settled_at is not null as settled
     from command_outbox where msp_id = $1 and command_id = $2::uuid and runtime_id = $3`,
    [member.mspId, commandId, member.runtimeId],
  );
  const row = rows[0];
  return row === undefined ? null : { commandId: row.command_id, sessionId: row.session_id, settled: row.settled };
}
