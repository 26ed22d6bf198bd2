import type { Prompt } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import {
  type ApproverPins,
  type PasskeyAnswer,
  checkAssertion,
  fingerprintOf,
  zAssertion,
} from '@throughline/domain/passkey';
import type { PolicyMode } from '@throughline/domain/policy';
import { type ApprovalRow, approvalById } from '@throughline/store/approval-store';
import { type LinkHolder, answersTo, keepAnswer } from '@throughline/store/approver-store';
import { publish } from '@throughline/store/notify';
import { passkeyDeps } from '@throughline/store/passkey-deps';
import { policyOfEndpoint } from '@throughline/store/policy-store';
import { sha256 } from '@throughline/store/record-store';
import type { Tx } from '@throughline/store/tenant';
import { z } from 'zod';
import { promptOf } from '../agent-gateway/prompt.ts';

export const zApproverAnswer = z.strictObject({
  approvalId: z.uuid(),
  decision: z.enum(['approve', 'deny']),
  reason: z
    .string()
    .max(500, 'A reason has at most 500 characters.')
    .refine((text) => !text.includes('\0'), 'The reason holds a NUL character. Remove it.'),
  passkey: zAssertion,
});

interface Waiting extends ApprovalRow {
  endpoint_id: string;
}

/** What waits for this approver, and what became of the last answers: everything the approver's page shows. */
export async function deskOf(tx: Tx, holder: LinkHolder, site: Pick<ApproverPins, 'rpId'>) {
  const waiting = await approverQuestions(tx, holder);
  const answers = await answersTo(
    tx,
    holder.msp_id,
    waiting.map(({ id }) => id),
  );
  const questions = [];
  for (const approval of waiting) {
    const prompt = await promptFor(tx, holder, approval);
    const given = answers.get(approval.id);
    questions.push({
      endpointId: approval.endpoint_id,
      prompt,
      reminded: approval.nudged_at === null ? null : { times: approval.nudges, at: approval.nudged_at.getTime() },
      answer: given === undefined ? null : { decision: given.decision, refusedWhy: given.refused_why },
    });
  }
  return {
    mspName: holder.msp_name,
    clientName: holder.client_name,
    name: holder.name,
    rpId: site.rpId,
    credentialId: holder.credential_id,
    fingerprint: fingerprintOf(sha256, (holder.public_key ?? Buffer.alloc(0)).toString('base64')),
    questions,
    answered: await answered(tx, holder),
  };
}

/** An answer given, with what its question's title follows from in any language. */
interface AnsweredRow {
  kind: ApprovalRow['kind'];
  risk: Prompt['risk'];
  /** A transfer's own text; null: a command, or a session. */
  file: string | null;
  technician: string;
  decision: string;
  state: string;
  endpoint: string;
  at: Date;
}

async function answered(tx: Tx, holder: LinkHolder) {
  const { rows } = await tx.query<AnsweredRow>(
    `select a.kind, c.risk, case when c.spec ? 'file' then c.spec->>'script' end as file, u.name as technician,
       w.decision, a.state, e.name as endpoint, w.at
     from approver_answer w join approval_request a on a.msp_id = w.msp_id and a.id = w.approval_id
     join app_user u on u.msp_id = a.msp_id and u.id = a.technician_id
     left join command c on c.msp_id = a.msp_id and c.id = a.command_id
     join session s on s.msp_id = a.msp_id and s.id = a.session_id
     join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
     where w.msp_id = $1 and w.approver_id = $2 and a.state <> 'waiting' order by w.at desc limit 10`,
    [holder.msp_id, holder.id],
  );
  return rows.map(({ at, ...row }) => ({ ...row, at: at.getTime() }));
}

/** On one page at once; the next come as these are answered. */
const MOST_SHOWN = 50;

/** Questions about commands of this client's endpoints that wait for a named approver, oldest first; `only` that one, where it is one of them. */
async function approverQuestions(tx: Tx, holder: LinkHolder, only: string | null = null): Promise<Waiting[]> {
  const { rows } = await tx.query<{ id: string; endpoint_id: string; verdict: PolicyMode | null }>(
    `select a.id, s.endpoint_id, c.verdict from approval_request a join session s on s.msp_id = a.msp_id and s.id = a.session_id
     join command c on c.msp_id = a.msp_id and c.id = a.command_id
     where a.msp_id = $1 and s.client_id = $2 and a.state = 'waiting' and a.kind <> 'session' and a.expires_at > now()
       and ($3::uuid is null or a.id = $3)
     order by a.requested_at, a.id`,
    [holder.msp_id, holder.client_id, only],
  );
  const strong = new Map<string, boolean>();
  const found: Waiting[] = [];
  for (const { id, endpoint_id, verdict } of rows) {
    // Not in the query: those that the person there is asked would take the places.
    if (found.length === MOST_SHOWN) break;
    if (!strong.has(endpoint_id))
      strong.set(endpoint_id, (await policyOfEndpoint(tx, holder.msp_id, endpoint_id)).strong !== null);
    if (verdict !== 'ask_approver' && strong.get(endpoint_id) !== true) continue;
    const approval = await approvalById(tx, { mspId: holder.msp_id, clients: '*' }, id);
    if (approval !== null) found.push({ ...approval, endpoint_id });
  }
  return found;
}

const promptFor = (tx: Tx, holder: LinkHolder, { endpoint_id, ...approval }: Waiting): Promise<Prompt> =>
  promptOf(tx, { mspId: holder.msp_id, mspName: holder.msp_name, endpointId: endpoint_id, protocol: 2 }, approval);

/**
 * Takes an approver's answer and has it carried to the endpoint. Looked at here only so that its giver hears at once what would not count:
 * the endpoint looks again, by the keys it has pinned. Errors: INVALID_STATE, ALREADY_DECIDED, FORBIDDEN.
 */
export async function takeAnswer(
  tx: Tx,
  holder: LinkHolder,
  site: Pick<ApproverPins, 'rpId' | 'origin'>,
  answer: z.infer<typeof zApproverAnswer>,
): Promise<void> {
  const { approvalId, decision, reason, passkey } = answer;
  const [approval] = await approverQuestions(tx, holder, approvalId);
  if (approval === undefined)
    throw new DomainError('ALREADY_DECIDED', 'This question does not wait any more. Reload the page to see what does.');
  if (holder.credential_id === null || holder.public_key === null)
    throw new DomainError(
      'INVALID_STATE',
      'You have no passkey here yet. Ask your IT provider for a link to make one.',
    );
  const own = {
    name: holder.name,
    credentialId: holder.credential_id,
    publicKey: holder.public_key.toString('base64'),
  };
  const { session_id, hash, expires_at, endpoint_id } = approval;
  const said: PasskeyAnswer = {
    ...{ endpointId: endpoint_id, sessionId: session_id, approvalId, hash, expiresAt: expires_at.getTime() },
    ...{ decision, reason },
  };
  // The same check as the endpoint's, which is the one that counts.
  const checked = checkAssertion(passkeyDeps, { ...site, approvers: [own] }, said, passkey);
  if (!checked.ok) throw new DomainError('FORBIDDEN', `${checked.fault} Nothing was sent. Try again.`);
  const kept = await keepAnswer(tx, holder.msp_id, {
    approval_id: approvalId,
    approver_id: holder.id,
    ...{ decision, reason, passkey },
  });
  if (!kept)
    throw new DomainError('ALREADY_DECIDED', 'An answer to this question is on its way to the computer already.');
  await publish(tx, { k: 'prompt', m: holder.msp_id, s: session_id, e: endpoint_id, a: approvalId });
}
