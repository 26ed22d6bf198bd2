import { type Envelope, ENVELOPE_LIFETIME_MS, specOf } from '@throughline/domain/envelope';
import { DomainError } from '@throughline/domain/errors';
import { type ApproverPins, type CheckedAssertion, checkAssertion, needsApprover } from '@throughline/domain/passkey';
import type { Prompt } from '@throughline/domain/agent-protocol';
import { runAsText } from '@throughline/domain/command';
import type { ApprovalRecord } from './consent-store.ts';
import { passkeyDeps } from './passkey-signature.ts';

/** Strong mode: whether a named approver's passkey signed this answer to this question, by the keys pinned here. */
export function signedByApprover(
  pins: ApproverPins,
  endpointId: string,
  { approvalId, sessionId, hash, expiresAt }: Prompt,
  { decision, reason, passkey }: Pick<NonNullable<ApprovalRecord['answer']>, 'decision' | 'reason' | 'passkey'>,
): CheckedAssertion {
  if (passkey === undefined) return { ok: false, fault: 'No passkey signed this answer.' };
  const answer = { endpointId, sessionId, approvalId, hash, expiresAt, decision, reason };
  return checkAssertion(passkeyDeps, pins, answer, passkey);
}

/** Whether that yes lets an order start now: signed, and not so long ago that somebody may have kept it for later. */
export function letsStart(
  pins: ApproverPins,
  envelope: Envelope,
  { prompt, answer }: Pick<ApprovalRecord, 'prompt' | 'answer'>,
  now: number,
): boolean {
  if (answer === null || answer.decision !== 'approve' || prompt.kind === 'session') return false;
  // A clock that was set back must not make a yes last longer.
  if (now < answer.at - 60_000 || now > answer.at + ENVELOPE_LIFETIME_MS) return false;
  return signedByApprover(pins, envelope.endpointId, prompt, answer).ok;
}

/** Whether a named approver decides about what is asked: the server says so, or what is pinned here does. */
export function asksApprover(pins: Pick<ApproverPins, 'classes'> | null, prompt: Prompt): boolean {
  const { kind, risk, runAs, input } = prompt;
  if (kind === 'session') return false;
  if (prompt.approver === true) return true;
  if (pins === null) return false;
  const own = runAs === null || runAs === runAsText({ kind: 'runtime' });
  const as = own ? ({ kind: 'runtime' } as const) : ({ kind: 'logged_in_user' } as const);
  return needsApprover(pins, { risk: risk ?? 'destructive', runAs: as, input });
}

/** What is typed later nobody has signed: where an approver decides, no command runs with its input open. */
export function refuseOpenInput(envelope: Envelope): void {
  if (specOf(envelope).input !== undefined)
    throw new DomainError(
      'POLICY_DENIED',
      'A named approver decides about this command, so nothing may be typed into it while it runs: no approver could have signed that. Nothing was run.',
    );
}
