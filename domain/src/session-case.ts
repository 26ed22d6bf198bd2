import type { RightsReason } from './command-rights.ts';
import type { Decision, Effect, OpenSession, ScopeEnd, UnattendedAsk } from './effect.ts';
import type { Outcome } from './entry.ts';
import { DomainError } from './errors.ts';
import type { ApprovalPolicy } from './policy.ts';
import { ask, checkNudge, close, lateness, nudge, waiting } from './session/approvals.ts';
import {
  type Doer,
  assign,
  checkAssign,
  checkAwaiting,
  checkDoer,
  checkGiveRights,
  checkOpen,
  moveRights,
  putBack,
  takeUp,
} from './session/assignment.ts';
import { isNewer, marksDue, meet, reachMarks } from './session/clocks.ts';
import {
  type CommandReport,
  type Proposal,
  checkCancel,
  checkInput,
  checkPropose,
  dispatch,
  expireUnsent,
  forget,
  propose,
  report,
} from './session/commands.ts';
import { endApproval, finish, unproven } from './session/ending.ts';
import { endScope, keepGrant } from './session/grants.ts';
import { settled } from './session/settled.ts';
import type { ActorRef, OpenApproval, SessionState } from './session-state.ts';
import { type Priority, type SlaPolicy, startClock } from './sla.ts';
import { policyDifference } from './sla/words.ts';

export type { CommandReport, Doer, Proposal };

/**
 * One session's rules: the door to `session/`, where each part of them stands. A plain class over plain state: `check…` may
 * be called any time and only throws, the other methods change the state and return the effects that the store must apply.
 * Time comes in as an argument.
 */
export class SessionCase {
  readonly state: SessionState;
  constructor(state: SessionState) {
    this.state = state;
  }

  static open(
    ids: { mspId: string; sessionId: string },
    open: OpenSession,
    sla: SlaPolicy,
    online: boolean,
    at: number,
  ) {
    const session = new SessionCase({
      ...ids,
      clientId: open.clientId,
      endpointId: open.endpointId,
      status: 'unstarted',
      outcome: null,
      priority: open.priority,
      escalated: false,
      assigneeId: null,
      endpointOnline: online,
      consent: null,
      approvals: {},
      commands: {},
      decidedApprovals: [],
      finishedCommands: [],
      clocks: { response: startClock(at), resolution: startClock(at) },
      sla,
    });
    return {
      session,
      effects: [
        { do: 'open', open, at, ...(sla.versions && { slaVersions: sla.versions }) } satisfies Effect,
        ...settled(session.state, at),
      ],
    };
  }

  // --- who works on it -------------------------------------------------------------------------------------------

  checkOpen(): void {
    checkOpen(this.state);
  }

  checkAssign(expected: number | undefined): void {
    checkAssign(this.state, expected);
  }

  assign(to: string, by: ActorRef, reasonText: string | null, at: number): Effect[] {
    return [...assign(this.state, to, by, reasonText, at), ...settled(this.state, at)];
  }

  checkAwaiting(by: Doer): void {
    checkAwaiting(this.state, by);
  }

  accept(by: ActorRef, at: number): Effect[] {
    delete this.state.awaiting;
    return [{ do: 'accept', by, at }, ...settled(this.state, at)];
  }

  decline(by: ActorRef, reasonText: string, at: number): Effect[] {
    return [...putBack(this.state, 'declined', reasonText, by, at), ...settled(this.state, at)];
  }

  /** `urgent`: what is escalated is urgent from then on. Absent in messages of older servers. */
  escalate(to: string, by: ActorRef, reasonText: string, at: number, urgent = false): Effect[] {
    this.state.escalated = true;
    const raised = urgent && this.state.priority !== 'urgent' ? this.setPriority('urgent', by, reasonText, at) : [];
    const moved = this.state.assigneeId === to ? [] : this.assign(to, by, reasonText, at);
    return [{ do: 'escalate', to, by, reasonText, at }, ...raised, ...moved, ...settled(this.state, at)];
  }

  checkGiveRights(from: string): void {
    checkGiveRights(this.state, from);
  }

  giveRights(to: string, why: RightsReason, by: ActorRef, at: number): Effect[] {
    return [...moveRights(this.state, to, why, by, at), ...settled(this.state, at)];
  }

  checkDoer(by: Doer): void {
    checkDoer(this.state, by);
  }

  // --- what it is promised, and what it waits for ----------------------------------------------------------------

  setPriority(priority: Priority, by: ActorRef, reasonText: string | null, at: number): Effect[] {
    const from = this.state.priority;
    if (from === priority) return settled(this.state, at);
    this.state.priority = priority;
    return [{ do: 'set_priority', from, to: priority, by, reasonText, at }, ...settled(this.state, at)];
  }

  /** The promise changed while it runs. Marks that were reached stay: they were true when they were written. */
  setSla(sla: SlaPolicy, by: ActorRef, at: number): Effect[] {
    const { versions } = sla;
    if (versions === undefined || this.state.status === 'completed' || !isNewer(versions, this.state.sla.versions))
      return [];
    const changes = policyDifference(this.state.sla, sla);
    this.state.sla = sla;
    if (changes.length === 0) return [];
    return [{ do: 'set_sla', versions, changes, by, at }, ...settled(this.state, at)];
  }

  presence(online: boolean, at: number): Effect[] {
    if (this.state.endpointOnline === online || this.state.status === 'completed') return [];
    this.state.endpointOnline = online;
    // An endpoint coming and going before anybody works on it is news for the board, not for the record.
    const entry: Effect[] = this.state.status === 'unstarted' ? [] : [{ do: 'presence', online, at }];
    return [...entry, ...settled(this.state, at)];
  }

  /** Waits for the client from here on, or no more. */
  hold(held: boolean, by: ActorRef, reasonText: string | null, at: number): Effect[] {
    if ((this.state.onHold !== undefined) === held) return settled(this.state, at);
    if (held) this.state.onHold = { since: at };
    else delete this.state.onHold;
    return [{ do: 'hold', held, reasonText, by, at }, ...settled(this.state, at)];
  }

  // --- consent ---------------------------------------------------------------------------------------------------

  checkStart(by: Doer): void {
    // Work nobody has yet may be taken by whoever starts it.
    if (this.state.assigneeId !== null) checkDoer(this.state, by);
    checkOpen(this.state);
    if (this.state.status !== 'unstarted')
      throw new DomainError('INVALID_STATE', 'This session was started already. Reload to see where it stands.');
  }

  start(
    by: Doer,
    approvalId: string,
    hash: string,
    reasonText: string,
    policy: ApprovalPolicy,
    at: number,
    unattended?: UnattendedAsk,
  ): Effect[] {
    const actor: ActorRef = { kind: 'user', id: by.id };
    const taken = this.state.assigneeId === null ? this.assign(by.id, actor, null, at) : [];
    takeUp(this.state, by.id);
    // The person at the device is asked for whoever starts, so that is who commands.
    const rights = moveRights(this.state, by.id, 'started', actor, at);
    this.state.status = 'pending_approval';
    const met = meet(this.state, 'response', at);
    this.state.clocks.consent_wait = startClock(at);
    const asked = ask(this.state, {
      approvalId,
      kind: 'session',
      commandId: null,
      hash,
      technicianId: by.id,
      reasonText,
      policy,
      at,
      ...(unattended && { unattended }),
    });
    return [...taken, { do: 'start', by: actor, reasonText, at }, ...rights, ...met, asked, ...settled(this.state, at)];
  }

  checkNudge(approvalId: string, at: number): void {
    checkOpen(this.state);
    checkNudge(this.state, approvalId, at);
  }

  nudge(approvalId: string, by: ActorRef, at: number): Effect[] {
    return [nudge(this.state, approvalId, by, at), ...settled(this.state, at)];
  }

  checkWithdraw(approvalId: string): void {
    waiting(this.state, approvalId);
  }

  withdraw(approvalId: string, by: ActorRef, at: number): Effect[] {
    return endApproval(this.state, approvalId, 'withdrawn', by, 'The request was withdrawn.', at);
  }

  checkDecision(decision: Decision, at: number): void {
    const late = lateness(this.state, decision, at);
    if (late !== null) throw late;
  }

  /** Takes the first valid answer; every later or ill-fitting one is recorded and has no effect. */
  decide(decision: Decision, at: number): Effect[] {
    const { approvalId } = decision;
    const late = lateness(this.state, decision, at);
    if (late !== null) return [{ do: 'ignore_decision', approvalId, decision, why: late.message, at }];
    const approval = waiting(this.state, approvalId);
    const { kind, commandId, requestedAt } = approval;
    close(this.state, approvalId, decision.decision === 'approve' ? 'approved' : 'denied');
    const decided: Effect = { do: 'decide', approvalId, kind, commandId, decision, requestedAt, at };
    const next =
      kind === 'session'
        ? this.consentAnswered(decision, approval, at)
        : this.actionAnswered(commandId, decision, approval, at);
    return [decided, ...next, ...settled(this.state, at)];
  }

  endScope(end: ScopeEnd, at: number): Effect[] {
    return endScope(this.state, end, at);
  }

  /** The person took the consent back at the endpoint: every waiting request and running command of the session ends. */
  endByEndUser(account: string, at: number): Effect[] {
    if (this.state.status === 'completed') return [];
    const by: ActorRef = { kind: 'end_user', account };
    const words = 'Ended by the person at the device.';
    return finish(this.state, { outcome: 'cancelled', by, ...unproven, words }, at);
  }

  // --- commands --------------------------------------------------------------------------------------------------

  checkPropose(proposal: Proposal): void {
    checkPropose(this.state, proposal);
  }

  propose(proposal: Proposal, at: number): Effect[] {
    return propose(this.state, proposal, at);
  }

  checkCancel(commandId: string): void {
    checkCancel(this.state, commandId);
  }

  cancel(commandId: string, by: ActorRef, at: number): Effect[] {
    const command = this.state.commands[commandId];
    if (command === undefined) return [];
    const effects: Effect[] = [{ do: 'cancel', commandId, by, at }, ...settled(this.state, at)];
    if (command.state !== 'waiting_approval' || command.approvalId === null) return effects;
    const why = 'The command was cancelled.';
    return [...effects, ...endApproval(this.state, command.approvalId, 'withdrawn', by, why, at)];
  }

  checkInput(commandId: string, by: Doer): void {
    checkInput(this.state, commandId, by);
  }

  /** An answer for a running command. Whether the command still reads it, its computer says. */
  input(answer: { inputId: string; commandId: string; inputText: string; end: boolean }, by: ActorRef, at: number) {
    const { inputId, commandId, inputText, end } = answer;
    if (this.state.commands[commandId] === undefined) return [];
    return [{ do: 'send_input', inputId, commandId, inputText, end, by, at } satisfies Effect];
  }

  report(said: CommandReport, at: number): Effect[] {
    return report(this.state, said, at);
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  checkComplete(by: Doer): void {
    checkDoer(this.state, by);
    const running = Object.values(this.state.commands).filter((command) => command.state !== 'waiting_approval').length;
    if (running > 0)
      throw new DomainError(
        'INVALID_STATE',
        'A command is still running. Wait for it or cancel it, then complete the session.',
      );
  }

  complete(
    outcome: Outcome,
    by: ActorRef,
    noteText: string,
    verification: number[],
    notVerifiedText: string | null,
    at: number,
  ): Effect[] {
    return finish(this.state, { outcome, by, noteText, words: '', verification, notVerifiedText }, at);
  }

  // --- time ------------------------------------------------------------------------------------------------------

  /** The next instant at which something is due, or null when nothing is. */
  nextWake(): number | null {
    const { approvals, commands, awaiting } = this.state;
    const due = [
      ...Object.values(approvals).map((approval) => approval.expiresAt),
      ...Object.values(commands).flatMap((command) => command.sendBy ?? []),
      ...marksDue(this.state),
      ...(awaiting?.until == null ? [] : [awaiting.until]),
    ];
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Everything that is due by `now`: silence counted as no, SLA marks, orders nobody took. */
  wake(now: number): Effect[] {
    const system: ActorRef = { kind: 'system' };
    const effects = reachMarks(this.state, now);
    const until = this.state.awaiting?.until ?? null;
    if (until !== null && until <= now && this.state.status !== 'completed')
      effects.push(...putBack(this.state, 'not_taken_up', null, system, now));
    const silence = 'No answer in time, which counts as no.';
    for (const [approvalId, approval] of Object.entries(this.state.approvals))
      if (approval.expiresAt <= now)
        effects.push(...endApproval(this.state, approvalId, 'expired', system, silence, now));
    effects.push(...expireUnsent(this.state, now));
    return effects.length === 0 ? [] : [...effects, ...settled(this.state, now)];
  }

  // --- inside ----------------------------------------------------------------------------------------------------

  private consentAnswered(decision: Decision, approval: OpenApproval, at: number): Effect[] {
    const met = meet(this.state, 'consent_wait', at);
    if (decision.decision === 'approve') {
      this.state.status = 'active';
      const { unattended } = decision;
      this.state.consent = {
        ...{ id: decision.approvalId, hash: approval.hash },
        ...(unattended && { unattended: unattended.classes }),
      };
      return met;
    }
    const by: ActorRef = { kind: 'end_user', account: decision.account };
    const words = 'The person at the device said no to the session.';
    const ending = { outcome: 'denied', by, ...unproven, noteText: decision.reasonText, words } as const;
    return [...met, ...finish(this.state, ending, at)];
  }

  private actionAnswered(commandId: string | null, decision: Decision, approval: OpenApproval, at: number): Effect[] {
    if (commandId === null || this.state.commands[commandId] === undefined) return [];
    if (decision.decision === 'deny') {
      forget(this.state, commandId);
      const where = decision.channel === 'passkey' ? 'by a named approver' : 'at the device';
      return [{ do: 'end_command', commandId, state: 'denied', words: `Denied ${where}. It never started.`, at }];
    }
    const { kind, hash } = approval;
    keepGrant(this.state, decision, approval, at);
    return [dispatch(this.state, commandId, [{ id: decision.approvalId, kind, hash }], at)];
  }
}
