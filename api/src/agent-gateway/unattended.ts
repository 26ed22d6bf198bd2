import { createPublicKey, verify } from 'node:crypto';
import type { AgentMessage, GatewayMessage } from '@throughline/domain/agent-protocol';
import type { Decision } from '@throughline/domain/effect';
import { isDomainError } from '@throughline/domain/errors';
import { unattendedBytes } from '@throughline/domain/unattended';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import { queueReport } from '@throughline/store/report-store';
import { withTenant } from '@throughline/store/tenant';
import { decideUpdate, withdrawUpdate } from '@throughline/workflows/messages';
import type { Pool } from 'pg';
import type { SessionClient } from '../temporal/session-client.ts';
import { ownApproval } from './end-user.ts';
import type { Member } from './join.ts';

interface Deps {
  pool: Pool;
  sessions: SessionClient;
}

/** Carries the endpoint's statement to the workflow. Null when the workflow could not be reached: it is queued, and `prompt_closed` tells how it went. */
export async function unattendedAllowed(
  { pool, sessions }: Deps,
  member: Member,
  { type: _type, signature, ...statement }: AgentMessage & { type: 'unattended_allowed' },
): Promise<GatewayMessage | null> {
  const { approvalId, hash, at, rule, level, version, classes, fileHash } = statement;
  const answer = (counted: boolean, message: string): GatewayMessage => ({
    type: 'decided',
    approvalId,
    counted,
    message,
  });
  const key = createPublicKey({ key: member.publicKey, format: 'der', type: 'spki' });
  if (!verify(null, unattendedBytes(statement), key, Buffer.from(signature, 'base64')))
    return answer(false, 'The statement was not signed by this computer, so it does not count.');
  const scope = { mspId: member.mspId, clients: '*' as const };
  const approval = await withTenant(pool, scope, (tx) => ownApproval(tx, member, approvalId));
  if (approval === null) return answer(false, 'There is no such request for this computer.');
  const asked = approval.unattended;
  if (asked?.rule !== rule || asked.level !== level || asked.version !== version)
    return answer(false, 'This computer was not asked about that rule, so its statement does not count.');
  const decision: Decision = {
    ...{ approvalId, decision: 'approve', reasonText: null, account: '', channel: 'policy', hash, signature },
    decidedAt: at,
    unattended: { rule, level, version, classes, fileHash },
  };
  try {
    await sessions.update(approval.session_id, decideUpdate, decision, `unattended:${approvalId}:${at}`);
    return answer(true, 'The session runs unattended.');
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code !== 'UNKNOWN_OUTCOME' && error.code !== 'UNAVAILABLE') return answer(false, error.message);
    await withTenant(pool, scope, (tx) =>
      queueReport(tx, member.mspId, approval.session_id, `unattended:${approvalId}:${at}`, {
        type: 'decision',
        decision,
      }),
    );
    return null;
  }
}

/** The owner's file does not allow it: noted, and the person there is asked. Where nobody may be asked now, the request ends. */
export async function unattendedRefused(
  { pool, sessions }: Deps,
  member: Member,
  { approvalId, message }: AgentMessage & { type: 'unattended_refused' },
): Promise<void> {
  const approval = await withTenant(pool, { mspId: member.mspId, clients: '*' }, async (tx) => {
    const own = await ownApproval(tx, member, approvalId);
    if (own?.unattended == null || own.state !== 'waiting') return null;
    const { mspId, endpointId, runtimeId } = member;
    await tx.query(
      'update approval_request set unattended_refused = coalesce(unattended_refused, $3) where msp_id = $1 and id = $2',
      [mspId, approvalId, message],
    );
    await appendEntry(tx, mspId, own.session_id, {
      kind: 'unattended_refused',
      key: `unattended_refused:${approvalId}`,
      actor: { kind: 'endpoint', endpointId, runtimeId },
      origin: 'endpoint',
      at: new Date().toISOString(),
      payload: { approvalId, words: message },
    });
    // Said again as a plain question, where it is one.
    await publish(tx, { k: 'approval', m: mspId, s: own.session_id, e: endpointId, a: approvalId });
    return own;
  });
  if (approval === null || approval.unattended?.orAsk !== false) return;
  const withdrawn = { approvalId, by: { kind: 'system' as const } };
  await sessions
    .update(approval.session_id, withdrawUpdate, withdrawn, `unattended_refused:${approvalId}`)
    // Whatever keeps it from ending now, it ends by its own time limit.
    .catch((error: unknown) => {
      if (!isDomainError(error)) throw error;
    });
}
