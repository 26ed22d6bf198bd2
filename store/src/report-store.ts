import type { CommandReport } from '@throughline/domain/session-case';
import type { Decision, ScopeEnd } from '@throughline/domain/effect';
import type { Proposal } from '@throughline/domain/session-case';
import type { ActorRef } from '@throughline/domain/session-state';
import type { SlaPolicy } from '@throughline/domain/sla';
import { publish } from './notify.ts';
import type { Tx } from './tenant.ts';

/** What a session's workflow must hear, whatever is down just now. */
export type Report =
  | { type: 'command'; report: CommandReport }
  | { type: 'presence'; online: boolean }
  | { type: 'decision'; decision: Decision }
  | { type: 'ended_by_end_user'; account: string }
  | { type: 'scope_ended'; end: ScopeEnd }
  /** A proposal whose Update nobody knows the fate of: sent again under the same id until it is known. */
  | { type: 'propose'; proposal: Proposal }
  /** What its client is promised has changed. */
  | { type: 'sla'; sla: SlaPolicy; by: ActorRef };

/** Queues a report once per key. Sent by the report pump, oldest first, until the workflow has it. */
export async function queueReport(
  tx: Tx,
  mspId: string,
  sessionId: string,
  key: string,
  report: Report,
): Promise<void> {
  await tx.query(
    `insert into report_outbox (msp_id, session_id, key, body) values ($1, $2, $3, $4) on conflict do nothing`,
    [mspId, sessionId, key, report],
  );
  // A proposal is only sent by the pump when whoever wrote it down did not come to it: nobody need look now.
  if (report.type !== 'propose') await publish(tx, { k: 'report', m: mspId, s: sessionId });
}

export interface QueuedReport {
  id: number;
  session_id: string;
  body: Report;
}

/** The oldest reports not yet delivered, locked for this transaction; other pumps skip them. */
export async function claimReports(tx: Tx, mspId: string, limit: number): Promise<QueuedReport[]> {
  const { rows } = await tx.query<QueuedReport>(
    `select id, session_id, body from report_outbox
     where msp_id = $1 and done_at is null and (body->>'type' <> 'propose' or created_at < now() - interval '5 seconds')
     order by id limit $2 for update skip locked`,
    [mspId, limit],
  );
  return rows;
}

export async function reportDone(tx: Tx, mspId: string, id: number, gaveUp: string | null): Promise<void> {
  await tx.query('update report_outbox set done_at = now(), gave_up = $3 where msp_id = $1 and id = $2', [
    mspId,
    id,
    gaveUp,
  ]);
}

export async function reportDoneByKey(tx: Tx, mspId: string, sessionId: string, key: string): Promise<void> {
  await tx.query(
    'update report_outbox set done_at = now() where msp_id = $1 and session_id = $2 and key = $3 and done_at is null',
    [mspId, sessionId, key],
  );
}
