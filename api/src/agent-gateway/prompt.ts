import type { Prompt } from '@throughline/domain/agent-protocol';
import { runAsText } from '@throughline/domain/command';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { shownReason } from '@throughline/domain/prompt/prompt-words';
import type { ApprovalRow } from '@throughline/store/approval-store';
import { commandById, reasonsOf } from '@throughline/store/command-store';
import { sessionById } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import type { Member } from './join.ts';

/** A waiting request as the endpoint's page and the approver's are told of it. */
export async function promptOf(
  tx: Tx,
  member: Pick<Member, 'mspId' | 'mspName' | 'endpointId' | 'protocol'>,
  approval: ApprovalRow,
): Promise<Prompt> {
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
  const approver = command?.verdict === 'ask_approver';
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
    ...(approver && member.protocol >= 2 ? { approver: true as const } : {}),
    ...(approval.kind === 'action' && !approver && member.protocol >= 2 ? { scopes: true as const } : {}),
    ...(reasons === undefined ? {} : { reasons }),
    ...(member.protocol >= 2 ? { keepsText: true as const } : {}),
    changes: approval.changes,
    unchanged: approval.unchanged,
    undo: approval.undo,
    code: approval.code,
    requestedAt: approval.requested_at.getTime(),
    expiresAt: approval.expires_at.getTime(),
    // A reminder of a named approver is none of the person at the device.
    nudges: asksApprover(approval.rule) ? 0 : approval.nudges,
  };
}
