import type { Decision, Effect, UnattendedAsk } from '../effect.ts';
import { DomainError } from '../errors.ts';
import type { ApprovalPolicy } from '../policy.ts';
import type { ActorRef, ApprovalKind, OpenApproval, SessionState } from '../session-state.ts';
import { startClock } from '../sla.ts';
import { KEPT } from './kept.ts';

const NUDGE_GAP_MS = 30_000;
const OUT_OF_TIME = 'This request ran out of time, which counted as no. The technician can ask again.';

/** One question, as it is put to whoever must answer it. */
export interface Ask {
  approvalId: string;
  kind: ApprovalKind;
  commandId: string | null;
  hash: string;
  technicianId: string;
  reasonText: string | null;
  policy: ApprovalPolicy;
  at: number;
  unattended?: UnattendedAsk;
  approver?: true;
  clocked?: true;
  asked?: 'approver';
}

export function ask(state: SessionState, question: Ask): Effect {
  const { approvalId, kind, commandId, hash, technicianId, reasonText, at, unattended } = question;
  const expiresAt = at + question.policy.approvalTimeoutMs;
  state.approvals[approvalId] = {
    ...{ kind, commandId, hash, requestedAt: at, expiresAt, nudges: 0, nudgedAt: null },
    ...(unattended && { unattended: true }),
    ...(question.approver && { approver: true }),
    ...(question.clocked && { clock: startClock(at) }),
    ...(question.asked && { asked: question.asked }),
  };
  const asked = { approvalId, kind, commandId, hash, technicianId, reasonText, expiresAt, at };
  return { do: 'ask', ...asked, ...(unattended && { unattended }) };
}

/** The open request of that id. Throws what became of it where it is open no more. */
export function waiting(state: SessionState, approvalId: string): OpenApproval {
  const approval = state.approvals[approvalId];
  if (approval === undefined) throw notWaiting(state, approvalId);
  return approval;
}

export function checkNudge(state: SessionState, approvalId: string, at: number): void {
  const approval = waiting(state, approvalId);
  if (approval.nudgedAt !== null && at - approval.nudgedAt < NUDGE_GAP_MS)
    throw new DomainError('RATE_LIMITED', 'A reminder went out less than 30 seconds ago. Give them a moment, or call.');
}

export function nudge(state: SessionState, approvalId: string, by: ActorRef, at: number): Effect {
  const approval = waiting(state, approvalId);
  approval.nudges += 1;
  approval.nudgedAt = at;
  return { do: 'nudge', approvalId, count: approval.nudges, by, at };
}

/** Why an answer does not count: decided already, out of time, to another question, or not this one's to give. Null: it counts. */
export function lateness(state: SessionState, decision: Decision, at: number): DomainError | null {
  const approval = state.approvals[decision.approvalId];
  if (approval === undefined) return notWaiting(state, decision.approvalId);
  // The timer may come late (a server that was down): the limit counts, not the moment it fires.
  if (approval.expiresAt <= at) return new DomainError('APPROVAL_EXPIRED', OUT_OF_TIME);
  if (approval.hash !== decision.hash)
    return new DomainError(
      'CONFLICT',
      'What was shown is not what was asked, so the answer does not count. Ask again.',
    );
  if (decision.unattended !== undefined && approval.unattended !== true)
    return new DomainError('CONFLICT', 'No policy lets this run unattended: the person at the device is asked.');
  if (approval.approver === true && decision.decision === 'approve' && decision.channel !== 'passkey')
    return new DomainError(
      'FORBIDDEN',
      'A named approver has to allow this with a passkey, so this yes does not count. You can say no, and you can end the session.',
    );
  return null;
}

export function close(
  state: SessionState,
  approvalId: string,
  how: 'approved' | 'denied' | 'expired' | 'withdrawn',
): void {
  delete state.approvals[approvalId];
  state.decidedApprovals.push({ id: approvalId, state: how });
  state.decidedApprovals.splice(0, Math.max(0, state.decidedApprovals.length - KEPT));
}

function notWaiting(state: SessionState, approvalId: string): DomainError {
  const before = state.decidedApprovals.find((decided) => decided.id === approvalId);
  if (before === undefined) return new DomainError('NOT_FOUND', 'There is no such request in this session.');
  if (before.state === 'expired') return new DomainError('APPROVAL_EXPIRED', OUT_OF_TIME);
  if (before.state === 'withdrawn')
    return new DomainError('ALREADY_DECIDED', 'This request was withdrawn. Nothing will run.');
  return new DomainError('ALREADY_DECIDED', `This request was already ${before.state}. The first answer stands.`);
}
