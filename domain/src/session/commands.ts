import type { Risk } from '../command.ts';
import type { CommandPlace } from '../command-place.ts';
import type { Effect } from '../effect.ts';
import { ENVELOPE_LIFETIME_MS } from '../envelope.ts';
import { DomainError } from '../errors.ts';
import { type ApprovalPolicy, type PolicyMode, type PolicyVerdict, decide } from '../policy.ts';
import { asksApprover } from '../policy/strong-rule.ts';
import type { ApprovalKind, OpenCommand, SessionState } from '../session-state.ts';
import type { UnattendedRule } from '../unattended.ts';
import { ask } from './approvals.ts';
import { type Doer, checkRights, takeUp } from './assignment.ts';
import { grantFor } from './grants.ts';
import { KEPT } from './kept.ts';
import { settled } from './settled.ts';

const OPEN_COMMANDS = 16;

export interface Proposal {
  commandId: string;
  risk: Risk;
  hash: string;
  otherIdentity: boolean;
  timeoutMs: number;
  /** How long the order may wait for the endpoint before it expires; left out: as long as an order lasts. */
  sendWithinMs?: number;
  policy: ApprovalPolicy;
  /** Where it works, as far as its words tell: for a yes that covers more than its own command. */
  place?: CommandPlace;
  /** Its request, should one be needed, is held against the limits for waiting. Left out: only consent is, as once it was. */
  clocked?: boolean;
  /** Id for the approval, should one be needed: made by the caller, so that a retry asks once. */
  approvalId: string;
  by: Doer;
}

export interface CommandReport {
  commandId: string;
  state: 'accepted' | 'running' | 'finished';
}

export function checkPropose(state: SessionState, proposal: Proposal): void {
  if (knows(state, proposal.commandId)) return;
  checkRights(state, proposal.by);
  const verdict = verdictOn(state, proposal);
  if (verdict.verdict === 'refuse') throw refusal(verdict);
  if (Object.keys(state.commands).length >= OPEN_COMMANDS)
    throw new DomainError(
      'CONFLICT',
      `${OPEN_COMMANDS} commands are open already. Wait for one to end, or cancel one.`,
    );
}

/** Runs it, or asks whoever the policy names; a repeat does nothing. */
export function propose(state: SessionState, proposal: Proposal, at: number): Effect[] {
  if (knows(state, proposal.commandId)) return [];
  takeUp(state, proposal.by.id);
  const { commandId } = proposal;
  const verdict = verdictOn(state, proposal);
  // checkPropose said so already. Should anybody forget to ask it: without consent there is not even a question to the person.
  if (verdict.verdict === 'refuse') return [];
  const policy = recorded(commandId, verdict.verdict, verdict, at);
  if (verdict.verdict === 'run' || verdict.verdict === 'unattended') {
    state.commands[commandId] = opened(proposal, 'dispatched', null);
    const { rule, version, level = 'built_in' } = verdict;
    const by = verdict.verdict === 'unattended' ? { rule, level, version } : undefined;
    return [policy, dispatch(state, commandId, [], at, Infinity, by), ...settled(state, at)];
  }
  // What the person allowed before is no approver's yes.
  const grant = verdict.verdict === 'ask_approver' ? undefined : grantFor(state, proposal, at);
  if (grant !== undefined) {
    const { approvalId, hash, until } = grant;
    state.commands[commandId] = opened(proposal, 'dispatched', approvalId);
    const cite: Effect = { do: 'cite', commandId, approvalId, until, at };
    const approvals = [{ id: approvalId, kind: 'action' as const, hash }];
    return [policy, cite, dispatch(state, commandId, approvals, at, until), ...settled(state, at)];
  }
  state.commands[commandId] = opened(proposal, 'waiting_approval', proposal.approvalId);
  return [policy, askFor(state, proposal, verdict, at), ...settled(state, at)];
}

/** Sends it on the consent and the approvals named; `until`: when an earlier yes it rests on ends. */
export function dispatch(
  state: SessionState,
  commandId: string,
  approvals: { id: string; kind: ApprovalKind; hash: string }[],
  at: number,
  until = Infinity,
  unattended?: UnattendedRule,
): Effect {
  const command = state.commands[commandId] as OpenCommand;
  const { id, hash } = state.consent as { id: string; hash: string };
  const lifetime = Math.min(ENVELOPE_LIFETIME_MS, command.sendWithinMs ?? ENVELOPE_LIFETIME_MS);
  const notAfter = Math.min(at + lifetime, until);
  command.state = 'dispatched';
  command.sendBy = notAfter;
  const named = [{ id, hash, kind: 'session' as const }, ...approvals];
  return { do: 'dispatch', commandId, approvals: named, notAfter, at, ...(unattended && { unattended }) };
}

export function checkCancel(state: SessionState, commandId: string): void {
  if (state.commands[commandId] === undefined)
    throw new DomainError('INVALID_STATE', 'This command has ended already, so there is nothing to cancel.');
}

export function checkInput(state: SessionState, commandId: string, by: Doer): void {
  checkRights(state, by);
  const command = state.commands[commandId];
  if (command === undefined)
    throw new DomainError('INVALID_STATE', 'This command has ended already, so nobody reads an answer.');
  if (command.state === 'waiting_approval')
    throw new DomainError('INVALID_STATE', 'This command waits for an approval. Nothing reads an answer yet.');
}

/** What the endpoint said, by way of the gateway. Repeats and late comers change nothing. */
export function report(state: SessionState, { commandId, state: said }: CommandReport, at: number): Effect[] {
  const command = state.commands[commandId];
  if (command === undefined) return [];
  switch (said) {
    case 'accepted':
      command.sendBy = null;
      return [];
    case 'running':
      command.state = 'running';
      command.sendBy = null;
      return settled(state, at);
    case 'finished':
      forget(state, commandId);
      return state.status === 'completed' ? [] : settled(state, at);
  }
  return [];
}

/** Orders nobody took in time. */
export function expireUnsent(state: SessionState, now: number): Effect[] {
  const effects: Effect[] = [];
  for (const [commandId, command] of Object.entries(state.commands))
    if (command.sendBy !== null && command.sendBy <= now) {
      command.sendBy = null;
      effects.push({ do: 'expire_unsent', commandId, at: now });
    }
  return effects;
}

export function forget(state: SessionState, commandId: string): void {
  delete state.commands[commandId];
  state.finishedCommands.push(commandId);
  state.finishedCommands.splice(0, Math.max(0, state.finishedCommands.length - KEPT));
}

function knows(state: SessionState, commandId: string): boolean {
  return state.commands[commandId] !== undefined || state.finishedCommands.includes(commandId);
}

function verdictOn(state: SessionState, proposal: Proposal): PolicyVerdict {
  return decide(proposal.policy, {
    risk: proposal.risk,
    consent: state.status === 'active' && state.consent !== null,
    otherIdentity: proposal.otherIdentity,
    ...(state.consent?.unattended && { unattended: state.consent.unattended }),
  });
}

function opened(proposal: Proposal, state: OpenCommand['state'], approvalId: string | null): OpenCommand {
  const { hash, timeoutMs, sendWithinMs } = proposal;
  const wait = sendWithinMs === undefined ? {} : { sendWithinMs };
  return { state, approvalId, hash, timeoutMs, ...wait, sendBy: null };
}

function recorded(
  commandId: string,
  verdict: Exclude<PolicyMode, 'refuse'>,
  { rule, version, level, words }: PolicyVerdict,
  at: number,
): Effect {
  const by = { rule, policyVersion: version, ...(level === undefined ? {} : { policyLevel: level }) };
  return { do: 'record_policy', commandId, verdict, ...by, words, at };
}

function askFor(state: SessionState, proposal: Proposal, { verdict, rule }: PolicyVerdict, at: number): Effect {
  const { approvalId, commandId, hash, policy, by } = proposal;
  return ask(state, {
    approvalId,
    kind: proposal.otherIdentity ? 'identity' : 'action',
    commandId,
    hash,
    technicianId: by.id,
    reasonText: null,
    policy,
    at,
    ...(verdict === 'ask_approver' && { approver: true }),
    ...(proposal.clocked && { clocked: true as const }),
    ...(asksApprover(rule) && { asked: 'approver' }),
  });
}

/** Without consent there is something to ask for first; what the policy refuses is refused for good. */
const refusal = ({ rule, version, level, words }: PolicyVerdict): DomainError =>
  new DomainError(rule === 'P-0' ? 'APPROVAL_REQUIRED' : 'POLICY_DENIED', words, {
    rule,
    ...(level === undefined ? {} : { policyLevel: level, policyVersion: version }),
  });
