import type { GatewayMessage, Prompt } from '@throughline/domain/agent-protocol';
import { runAsText } from '@throughline/domain/command';
import { parseEnvelope } from '@throughline/domain/envelope';
import { shownReason } from '@throughline/domain/prompt/prompt-words';
import { type ApprovalRow, approvalById, waitingApprovals } from '@throughline/store/approval-store';
import { openInputs } from '@throughline/store/command-input-store';
import { commandById, reasonsOf } from '@throughline/store/command-store';
import { sessionById } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import type { SecretDesk } from '../sessions/secret-desk.ts';
import type { Member } from './join.ts';

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

/** The questions that wait for this endpoint's person. */
export async function pendingPrompts(tx: Tx, member: Member): Promise<OutMessage[]> {
  const scope = { mspId: member.mspId, clients: '*' as const };
  const waiting = await waitingApprovals(tx, scope, member.endpointId);
  const prompts = [];
  for (const approval of waiting)
    prompts.push({ type: 'prompt' as const, prompt: await promptOf(tx, member, approval) });
  return prompts;
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
  for (const { id } of approvals.rows) {
    const news = await approvalNews(tx, member, id);
    if (news !== null) closed.push(news);
  }
  for (const { id, outcome } of sessions.rows) closed.push({ type: 'session_closed', sessionId: id, outcome });
  return closed;
}

/** What the runtime must hear of one request: the question while it waits, its end afterwards. */
export async function approvalNews(tx: Tx, member: Member, approvalId: string): Promise<OutMessage | null> {
  const approval = await approvalById(tx, { mspId: member.mspId, clients: '*' }, approvalId);
  if (approval === null) return null;
  if (approval.state === 'waiting') return { type: 'prompt', prompt: await promptOf(tx, member, approval) };
  const words = {
    approved: 'Approved.',
    denied: 'Denied.',
    expired: 'No answer in time, which counted as no.',
    withdrawn: 'Taken back.',
  };
  const { session_id, state } = approval;
  return { type: 'prompt_closed', approvalId, sessionId: session_id, state, message: words[state] };
}

async function promptOf(tx: Tx, member: Member, approval: ApprovalRow): Promise<Prompt> {
  const scope = { mspId: member.mspId, clients: '*' as const };
  const session = await sessionById(tx, scope, approval.session_id);
  if (session === null) throw new Error(`approval ${approval.id} has no session`);
  const command = approval.command_id === null ? null : await commandById(tx, scope, approval.command_id);
  const reasons = command === null || member.protocol < 2 ? undefined : await reasonsOf(tx, member.mspId, command);
  const { rows } = await tx.query<{ name: string; role: string; client_name: string; endpoint_name: string }>(
    `select u.name, u.role, c.name as client_name, e.name as endpoint_name
     from app_user u, endpoint e join client c on c.msp_id = e.msp_id and c.id = e.client_id
     where u.msp_id = $1 and u.id = $2 and e.msp_id = $1 and e.id = $3`,
    [member.mspId, approval.technician_id, member.endpointId],
  );
  const names = rows[0];
  if (names === undefined) throw new Error(`approval ${approval.id} names nobody`);
  return {
    approvalId: approval.id,
    sessionId: approval.session_id,
    sessionNumber: session.number,
    kind: approval.kind,
    hash: approval.hash,
    mspName: member.mspName,
    clientName: names.client_name,
    endpointName: names.endpoint_name,
    technician: { name: names.name, role: names.role },
    title: approval.title,
    reason: shownReason(approval.reason),
    command: command?.spec.script ?? null,
    shell: command?.spec.shell ?? null,
    cwd: command?.spec.cwd ?? null,
    runAs: command === null ? null : runAsText(command.spec.runAs),
    risk: command?.risk ?? null,
    ...(command?.spec.input === true ? { input: true } : {}),
    ...(command?.spec.file === undefined ? {} : { file: true }),
    ...(approval.kind === 'action' && member.protocol >= 2 ? { scopes: true as const } : {}),
    ...(reasons === undefined ? {} : { reasons }),
    ...(member.protocol >= 2 ? { keepsText: true as const } : {}),
    changes: approval.changes,
    unchanged: approval.unchanged,
    undo: approval.undo,
    code: approval.code,
    requestedAt: approval.requested_at.getTime(),
    expiresAt: approval.expires_at.getTime(),
    nudges: approval.nudges,
  };
}
