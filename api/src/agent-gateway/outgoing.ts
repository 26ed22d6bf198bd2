import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { toHex, utf8 } from '@throughline/domain/bytes';
import { parseEnvelope } from '@throughline/domain/envelope';
import { type ApprovalRow, approvalById, waitingApprovals } from '@throughline/store/approval-store';
import { keptLink, linkAnswer } from '@throughline/store/approval-link-store';
import { answersTo } from '@throughline/store/approver-store';
import { openInputs } from '@throughline/store/command-input-store';
import { sha256 } from '@throughline/store/record-store';
import type { Tx } from '@throughline/store/tenant';
import type { SecretDesk } from '../sessions/secret-desk.ts';
import { ownApproval } from './end-user.ts';
import type { Member } from './join.ts';
import { promptOf } from './prompt.ts';

type OutMessage = GatewayMessage;

/** Orders this runtime has not taken yet and may still start, oldest first. */
export async function pendingOrders(tx: Tx, member: Member, commandId: string | null): Promise<OutMessage[]> {
  const { rows } = await tx.query<{ command_id: string; envelope: Buffer; signature: Buffer }>(
    `select command_id, envelope, signature from command_outbox
     where msp_id = $1 and runtime_id = $2 and settled_at is null and accepted_at is null and not_after > now()
       and ($3::uuid is null or command_id = $3)
     order by counter`,
    [member.mspId, member.runtimeId, commandId],
  );
  // An older runtime could only refuse what it cannot read: such an order waits for its update, or expires unsent.
  const readable = rows.filter((row) => parseEnvelope(row.envelope).v <= member.protocol);
  return readable.map((row) => ({
    type: 'command',
    commandId: row.command_id,
    envelope: row.envelope.toString('base64'),
    signature: row.signature.toString('base64'),
  }));
}

/** Commands that somebody asked to stop and that have not ended. */
export async function pendingCancels(tx: Tx, member: Member, commandId: string | null): Promise<OutMessage[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select c.id from command c join command_outbox o on o.msp_id = c.msp_id and o.command_id = c.id
     where c.msp_id = $1 and o.runtime_id = $2 and c.cancel_requested_at is not null and o.settled_at is null
       and ($3::uuid is null or c.id = $3)`,
    [member.mspId, member.runtimeId, commandId],
  );
  return rows.map((row) => ({ type: 'cancel', commandId: row.id }));
}

/** What was typed into running commands and is not known to have reached them. */
export async function pendingInputs(
  tx: Tx,
  member: Member,
  secrets: SecretDesk,
  commandId: string | null,
): Promise<OutMessage[]> {
  const rows = await openInputs(tx, member.mspId, member.runtimeId, commandId);
  return rows.map((row) => ({
    type: 'input',
    commandId: row.command_id,
    order: row.input_order.toString('base64'),
    signature: row.signature.toString('base64'),
    secrets: secrets.of(row.id),
  }));
}

/** The questions that wait for this endpoint's person, each with what a named approver answered. */
export async function pendingPrompts(tx: Tx, member: Member): Promise<OutMessage[]> {
  const scope = { mspId: member.mspId, clients: '*' as const };
  const waiting = await waitingApprovals(tx, scope, [member.endpointId]);
  const prompts: OutMessage[] = [];
  for (const approval of waiting) prompts.push(...(await question(tx, member, approval)));
  return prompts;
}

/** A question that waits: first whether it need be put to anybody, then the question itself, unless nobody is to be asked now. */
async function question(tx: Tx, member: Member, approval: ApprovalRow): Promise<OutMessage[]> {
  const { unattended, unattended_refused: refused } = approval;
  const prompt = await promptOf(tx, member, approval);
  const answers = [
    ...(await approverAnswer(tx, member, approval.id)),
    ...(await answerByLink(tx, member, approval.id)),
  ];
  const asked: OutMessage[] = [{ type: 'prompt', prompt }, ...answers];
  if (unattended === null) return asked;
  if (refused !== null) return unattended.orAsk ? asked : [];
  const { rule, level, version, orAsk } = unattended;
  return [{ type: 'unattended', rule, level, version, prompt }, ...(orAsk ? asked : [])];
}

/** Requests and sessions of this endpoint that ended lately: a runtime that was away must not go on showing them as open. */
export async function recentClosings(tx: Tx, member: Member): Promise<OutMessage[]> {
  const approvals = await tx.query<{ id: string }>(
    `select a.id from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
     where a.msp_id = $1 and s.endpoint_id = $2 and a.state <> 'waiting' and a.decided_at > now() - interval '1 day'
     order by a.decided_at desc limit 100`,
    [member.mspId, member.endpointId],
  );
  const sessions = await tx.query<{ id: string; outcome: string }>(
    `select id, outcome from session
     where msp_id = $1 and endpoint_id = $2 and status = 'completed' and completed_at > now() - interval '1 day'
     order by completed_at desc limit 100`,
    [member.mspId, member.endpointId],
  );
  const closed: OutMessage[] = [];
  for (const { id } of approvals.rows) closed.push(...(await approvalNews(tx, member, id)));
  for (const { id, outcome } of sessions.rows) closed.push({ type: 'session_closed', sessionId: id, outcome });
  return closed;
}

/** A named approver's answer that the endpoint has not judged yet. */
async function approverAnswer(tx: Tx, member: Member, approvalId: string): Promise<OutMessage[]> {
  const answer = (await answersTo(tx, member.mspId, [approvalId])).get(approvalId);
  if (answer === undefined || answer.refused_why !== null) return [];
  const { decision, reason, passkey } = answer;
  return [{ type: 'approver_answer', approvalId, decision, reason, passkey }];
}

/** What the person answered by a mailed link, and the endpoint has not judged yet. */
async function answerByLink(tx: Tx, member: Member, approvalId: string): Promise<OutMessage[]> {
  const answer = await linkAnswer(tx, member.mspId, approvalId);
  if (answer === null) return [];
  const { decision, reason, language, shown_text: text } = answer;
  const page = { language, textHash: toHex(sha256(utf8(text))) };
  return [{ type: 'link_answer', approvalId, decision, reason, page, text, link: keptLink(answer) }];
}

/** The same of a request that a runtime named: nothing where it is another computer's. */
export const ownApprovalNews = async (tx: Tx, member: Member, approvalId: string): Promise<OutMessage[]> =>
  (await ownApproval(tx, member, approvalId)) === null ? [] : approvalNews(tx, member, approvalId);

/** What the runtime must hear of one request: the question and an approver's answer while it waits, its end afterwards. */
export async function approvalNews(tx: Tx, member: Member, approvalId: string): Promise<OutMessage[]> {
  const approval = await approvalById(tx, { mspId: member.mspId, clients: '*' }, approvalId);
  if (approval === null) return [];
  if (approval.state === 'waiting') return question(tx, member, approval);
  const words = {
    approved: 'Approved.',
    denied: 'Denied.',
    expired: 'No answer in time, which counted as no.',
    withdrawn: 'Taken back.',
  };
  const { session_id, state } = approval;
  return [{ type: 'prompt_closed', approvalId, sessionId: session_id, state, message: words[state] }];
}
