import { createPublicKey, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AgentMessage, GatewayMessage } from '@throughline/domain/agent-protocol';
import type { Decision } from '@throughline/domain/effect';
import { isDomainError } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import { shownFault } from '@throughline/domain/prompt/check-shown';
import { decisionBytes, scopeEndBytes } from '@throughline/domain/signed-bytes';
import { keptLink, linkAnswer, linkRefused } from '@throughline/store/approval-link-store';
import { type ApprovalRow, approvalById } from '@throughline/store/approval-store';
import { answerRefused as keepRefusal } from '@throughline/store/approver-store';
import { commandById } from '@throughline/store/command-store';
import { publish } from '@throughline/store/notify';
import { appendEntry, sha256 } from '@throughline/store/record-store';
import { queueReport } from '@throughline/store/report-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import { decideUpdate } from '@throughline/workflows/messages';
import type { Pool } from 'pg';
import type { SessionClient } from '../temporal/session-client.ts';
import type { Member } from './join.ts';

type DecisionMessage = AgentMessage & { type: 'decision' };

/** The prompt came up on the screen: part of what "asked" means. */
export async function shown(tx: Tx, member: Member, approvalId: string, at: number): Promise<void> {
  const approval = await ownApproval(tx, member, approvalId);
  if (approval === null) return;
  const shownAt = new Date(at);
  await tx.query('update approval_request set shown_at = coalesce(shown_at, $3) where msp_id = $1 and id = $2', [
    member.mspId,
    approvalId,
    shownAt,
  ]);
  await appendEntry(tx, member.mspId, approval.session_id, {
    kind: 'approval_shown',
    key: `shown:${approvalId}`,
    actor: { kind: 'endpoint', endpointId: member.endpointId, runtimeId: member.runtimeId },
    origin: 'endpoint',
    at: new Date().toISOString(),
    payload: { approvalId, shownAt: shownAt.toISOString() },
  });
  await publish(tx, { k: 'approval', m: member.mspId, s: approval.session_id, e: member.endpointId, a: approvalId });
}

/**
 * Carries an answer from the prompt page to the workflow and says whether it counted. Null when the workflow could not be reached:
 * the answer is queued, and `prompt_closed` will tell how it went.
 */
export async function decide(
  deps: { pool: Pool; sessions: SessionClient },
  member: Member,
  message: DecisionMessage,
): Promise<(GatewayMessage & { type: 'decided' }) | null> {
  const answer = (counted: boolean, words: string) => ({
    type: 'decided' as const,
    approvalId: message.approvalId,
    counted,
    message: words,
  });
  const {
    approvalId,
    decision,
    reason,
    account,
    at,
    hash,
    scope: covers,
    shown: onPage,
    text,
    passkey,
    link,
  } = message;
  const key = createPublicKey({ key: member.publicKey, format: 'der', type: 'spki' });
  const bytes = decisionBytes({
    approvalId,
    decision,
    reason,
    account,
    at,
    hash,
    scope: covers,
    shown: onPage,
    passkey,
    link,
  });
  const signed = verify(null, bytes, key, Buffer.from(message.signature, 'base64'));
  const scope = { mspId: member.mspId, clients: '*' as const };
  const kept = await withTenant(deps.pool, scope, async (tx) => {
    const approval = await ownApproval(tx, member, approvalId);
    if (approval === null) return null;
    const fault = signed ? await saidFault(tx, member, approval, message) : UNSIGNED;
    if (fault !== null) {
      await ignored(tx, member, approval, message, fault, signed);
      if (link !== undefined) await refuseLink(tx, member, approval, fault);
      return { fault };
    }
    return {
      fault,
      approval,
      reasonText: reason === '' ? null : await keepText(tx, member.mspId, reason),
      textId: text === undefined ? null : await keepText(tx, member.mspId, text),
      passkeyText: passkey === undefined ? null : await keepText(tx, member.mspId, JSON.stringify(passkey)),
      linkText: link === undefined ? null : await keepText(tx, member.mspId, JSON.stringify(link)),
    };
  });
  if (kept === null) return answer(false, 'There is no such request for this computer.');
  if (kept.fault !== null) return answer(false, kept.fault);
  const { session_id } = kept.approval;
  const update: Decision = {
    approvalId,
    decision,
    reasonText: kept.reasonText,
    account,
    channel: passkey !== undefined ? 'passkey' : link !== undefined ? 'link' : 'endpoint_prompt',
    hash,
    signature: message.signature,
    decidedAt: at,
    ...(covers === undefined ? {} : { scope: covers }),
    ...(kept.passkeyText === null ? {} : { passkeyText: kept.passkeyText }),
    ...(kept.linkText === null ? {} : { linkText: kept.linkText }),
    ...(onPage === undefined || kept.textId === null
      ? {}
      : { shown: { ...onPage, textId: kept.textId, heardAt: Date.now() } }),
  };
  try {
    await deps.sessions.update(session_id, decideUpdate, update, `decide:${approvalId}:${decision}:${at}`);
    return answer(true, decision === 'approve' ? 'Your yes counts.' : 'Your no counts. Nothing will run.');
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'UNKNOWN_OUTCOME' || error.code === 'UNAVAILABLE') {
      await withTenant(deps.pool, scope, (tx) =>
        queueReport(tx, member.mspId, session_id, `decision:${approvalId}:${at}`, {
          type: 'decision',
          decision: update,
        }),
      );
      return null;
    }
    if (error.code === 'NOT_FOUND')
      // The session's workflow is closed: nobody is left to refuse the answer, and yet it belongs on the record.
      await withTenant(deps.pool, scope, (tx) =>
        ignored(tx, member, kept.approval, message, 'The session was over.', true),
      );
    if (link !== undefined)
      await withTenant(deps.pool, scope, (tx) => refuseLink(tx, member, kept.approval, error.message));
    return answer(false, error.message);
  }
}

const UNSIGNED = 'The answer was not signed by this computer, so it does not count.';

/** What is wrong with what an answer says of itself; null: nothing is. */
async function saidFault(
  tx: Tx,
  member: Member,
  approval: ApprovalRow,
  message: DecisionMessage,
): Promise<string | null> {
  if (message.link === undefined)
    return message.shown?.channel === 'link_page'
      ? 'The answer says that it was given at a link’s page, and names no link. It does not count.'
      : textFault(tx, member, approval, message);
  const given = await linkAnswer(tx, member.mspId, approval.id);
  const same =
    given !== null &&
    isDeepStrictEqual(keptLink(given), message.link) &&
    [given.decision, given.reason, given.name].join('\0') ===
      [message.decision, message.reason, message.account].join('\0') &&
    message.text === given.shown_text &&
    message.shown?.channel === 'link_page' &&
    message.passkey === undefined &&
    message.scope === undefined;
  if (!same) return 'The answer is not the one that was given by the link. It does not count.';
  return textFault(tx, member, approval, message);
}

/**
 * The text that is said to have been shown must be the one that was signed for, and hold the command that was asked about. A yes must say
 * what was shown, unless a passkey signed it, or the runtime is of version 1 and could not; a no counts in any case.
 */
async function textFault(
  tx: Tx,
  member: Member,
  { command_id }: ApprovalRow,
  { decision, shown: onPage, text, passkey }: DecisionMessage,
): Promise<string | null> {
  const mustSay = decision === 'approve' && member.protocol >= 2 && passkey === undefined;
  if (onPage === undefined && text === undefined && !mustSay) return null;
  const again = 'It does not count. Read the question again, then answer.';
  if (onPage === undefined || text === undefined) return `The answer does not say what was shown. ${again}`;
  const scope = { mspId: member.mspId, clients: '*' as const };
  const script = command_id === null ? null : ((await commandById(tx, scope, command_id))?.spec.script ?? null);
  const fault = shownFault(sha256, { text, textHash: onPage.textHash, script });
  return fault === null ? null : `The answer ${fault} ${again}`;
}

/** Writes down an answer that does not count, and why. Whose it was is known only where this computer signed it. */
async function ignored(
  tx: Tx,
  { mspId, endpointId, runtimeId }: Member,
  approval: ApprovalRow,
  message: DecisionMessage,
  why: string,
  signed: boolean,
): Promise<void> {
  await appendEntry(tx, mspId, approval.session_id, {
    kind: 'approval_ignored',
    key: `ignored:${approval.id}:${message.at}:${message.account}`,
    actor: signed
      ? { kind: 'end_user', account: message.account, endpointId }
      : { kind: 'endpoint', endpointId, runtimeId },
    origin: 'endpoint',
    at: new Date().toISOString(),
    payload: {
      approvalId: approval.id,
      decision: message.decision,
      reason: message.reason,
      account: message.account,
      why,
    },
  });
}

/** The endpoint does not count an approver's answer, or one by a link, and says why: shown to whoever gave it, who may be asked again. */
export async function answerRefused(
  tx: Tx,
  member: Member,
  { approvalId, message }: AgentMessage & { type: 'answer_refused' },
): Promise<void> {
  const approval = await ownApproval(tx, member, approvalId);
  if (approval === null) return;
  await keepRefusal(tx, member.mspId, approvalId, message);
  await refuseLink(tx, member, approval, message);
}

/** An answer by a link came to nothing: told to the page that it was given on, and to the desk. */
async function refuseLink(tx: Tx, member: Member, approval: ApprovalRow, why: string): Promise<void> {
  const { id, session_id, command_id } = approval;
  await linkRefused(tx, member.mspId, id, why);
  const of = { m: member.mspId, s: session_id, e: member.endpointId, a: id };
  await publish(tx, { k: 'approval', ...of, ...(command_id && { c: command_id }) });
}

export async function endSession(
  tx: Tx,
  member: Member,
  message: AgentMessage & { type: 'end_session' },
): Promise<void> {
  const sessionId = await ownSession(tx, member, message.sessionId);
  if (sessionId === null) return;
  await queueReport(tx, member.mspId, sessionId, `ended:${message.at}`, {
    type: 'ended_by_end_user',
    account: message.account,
  });
}

/** What a yes covers beyond its own command is over there already; the desk hears of it. Said again at each connection, so taken once. */
export async function endScope(
  tx: Tx,
  member: Member,
  { approvalId, account, at, signature }: AgentMessage & { type: 'end_scope' },
): Promise<void> {
  const key = createPublicKey({ key: member.publicKey, format: 'der', type: 'spki' });
  if (!verify(null, scopeEndBytes({ approvalId, account, at }), key, Buffer.from(signature, 'base64'))) return;
  const approval = await ownApproval(tx, member, approvalId);
  if (approval === null || approval.kind !== 'action') return;
  await queueReport(tx, member.mspId, approval.session_id, `scope_ended:${approvalId}`, {
    type: 'scope_ended',
    end: { approvalId, account, endedAt: at, signature },
  });
}

export async function say(tx: Tx, member: Member, message: AgentMessage & { type: 'message' }): Promise<void> {
  const sessionId = await ownSession(tx, member, message.sessionId);
  if (sessionId === null) return;
  await appendEntry(tx, member.mspId, sessionId, {
    kind: 'message',
    key: `said:${message.at}:${message.account}`,
    actor: { kind: 'end_user', account: message.account, endpointId: member.endpointId },
    origin: 'endpoint',
    at: new Date().toISOString(),
    payload: { text: message.text, onEntry: null },
  });
}

/** A runtime may speak of requests of its own endpoint only. */
export async function ownApproval(tx: Tx, member: Member, approvalId: string): Promise<ApprovalRow | null> {
  if (!isUuid(approvalId)) return null;
  const approval = await approvalById(tx, { mspId: member.mspId, clients: '*' }, approvalId);
  return approval !== null && (await ownSession(tx, member, approval.session_id)) !== null ? approval : null;
}

async function ownSession(tx: Tx, member: Member, sessionId: string): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from session where msp_id = $1 and id::text = $2 and endpoint_id = $3',
    [member.mspId, sessionId, member.endpointId],
  );
  return rows[0]?.id ?? null;
}
