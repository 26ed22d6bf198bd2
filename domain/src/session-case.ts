import { covers, scopeEnd } from './approval-scope.ts';
import type { Risk } from './command.ts';
import type { CommandPlace } from './command-place.ts';
import type { RightsReason } from './command-rights.ts';
import type { Decision, Effect, OpenSession, ScopeEnd, UnattendedAsk } from './effect.ts';
import type { Outcome } from './entry.ts';
import { ENVELOPE_LIFETIME_MS } from './envelope.ts';
import { DomainError } from './errors.ts';
import { type ApprovalPolicy, type PolicyVerdict, decide } from './policy.ts';
import { NUDGES_NO_APPROVER, asksApprover } from './policy/strong-rule.ts';
import {
  type ActorRef,
  type ApprovalKind,
  type Grant,
  type OpenApproval,
  type OpenCommand,
  type SessionState,
  commandHolder,
  ofApprover,
  waitingOn,
} from './session-state.ts';
import {
  CLOCKS,
  PAUSED_CLOCKS,
  SLA_LEVELS,
  type ClockName,
  type PauseReason,
  type Priority,
  type SlaClock,
  type SlaMark,
  type SlaPolicy,
  type SlaVersions,
  clockRan,
  nextMark,
  openPause,
  pausedSince,
  showClock,
  startClock,
} from './sla.ts';
import { policyDifference } from './sla/words.ts';
import type { UnattendedRule } from './unattended.ts';

const KEPT = 500;
const OPEN_COMMANDS = 16;
/** More than anybody needs at once in one session. */
const GRANTS = 50;
const NUDGE_GAP_MS = 30_000;
const OUT_OF_TIME = 'This request ran out of time, which counted as no. The technician can ask again.';

/** Who asks for something that only the assignee may do; `any` is a senior, who may do it in every session. */
export interface Doer {
  id: string;
  any: boolean;
}

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

/**
 * One session's rules. A plain class over plain state: `check…` may be called any time and only throws, the other methods
 * change the state and return the effects that the store must apply. Time comes in as an argument.
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
        ...session.settled(at),
      ],
    };
  }

  // --- who works on it -------------------------------------------------------------------------------------------

  checkOpen(): void {
    if (this.state.status === 'completed')
      throw new DomainError('INVALID_STATE', 'This session is completed. Open a follow-up session to go on.');
  }

  assign(to: string, by: ActorRef, reasonText: string | null, at: number): Effect[] {
    if (this.state.assigneeId === to) return this.settled(at);
    const from = this.state.assigneeId;
    this.handTo(to, by, at);
    return [{ do: 'assign', from, to, by, reasonText, at }, ...this.settled(at)];
  }

  /** Refuses an assignment by somebody who saw an older one: of two at once the first counts. */
  checkAssign(expected: number | undefined): void {
    this.checkOpen();
    if (expected === undefined || expected === (this.state.assignments ?? 0)) return;
    const { assigneeId, assignedBy } = this.state;
    throw new DomainError('CONFLICT', 'Somebody else assigned this session a moment ago. Look at it again.', {
      ...(assigneeId !== null && { assigneeId }),
      ...(assignedBy?.kind === 'user' && { assignedBy: assignedBy.id }),
    });
  }

  checkAwaiting(by: Doer): void {
    this.checkOpen();
    if (this.state.assigneeId !== by.id)
      throw new DomainError('FORBIDDEN', 'Only whoever the session was given to can accept or decline it.');
    if (this.state.awaiting === undefined)
      throw new DomainError(
        'INVALID_STATE',
        'You have taken this session up already. Ask the dispatcher to reassign it.',
      );
  }

  accept(by: ActorRef, at: number): Effect[] {
    delete this.state.awaiting;
    return [{ do: 'accept', by, at }, ...this.settled(at)];
  }

  decline(by: ActorRef, reasonText: string, at: number): Effect[] {
    return [...this.putBack('declined', reasonText, by, at), ...this.settled(at)];
  }

  /** `urgent`: what is escalated is urgent from then on. Absent in messages of older servers. */
  escalate(to: string, by: ActorRef, reasonText: string, at: number, urgent = false): Effect[] {
    this.state.escalated = true;
    const raised = urgent && this.state.priority !== 'urgent' ? this.setPriority('urgent', by, reasonText, at) : [];
    const moved = this.state.assigneeId === to ? [] : this.assign(to, by, reasonText, at);
    return [{ do: 'escalate', to, by, reasonText, at }, ...raised, ...moved, ...this.settled(at)];
  }

  setPriority(priority: Priority, by: ActorRef, reasonText: string | null, at: number): Effect[] {
    const from = this.state.priority;
    if (from === priority) return this.settled(at);
    this.state.priority = priority;
    return [{ do: 'set_priority', from, to: priority, by, reasonText, at }, ...this.settled(at)];
  }

  /** The promise changed while it runs. Marks that were reached stay: they were true when they were written. */
  setSla(sla: SlaPolicy, by: ActorRef, at: number): Effect[] {
    const { versions } = sla;
    if (versions === undefined || this.state.status === 'completed' || !isNewer(versions, this.state.sla.versions))
      return [];
    const changes = policyDifference(this.state.sla, sla);
    this.state.sla = sla;
    if (changes.length === 0) return [];
    return [{ do: 'set_sla', versions, changes, by, at }, ...this.settled(at)];
  }

  presence(online: boolean, at: number): Effect[] {
    if (this.state.endpointOnline === online || this.state.status === 'completed') return [];
    this.state.endpointOnline = online;
    // An endpoint coming and going before anybody works on it is news for the board, not for the record.
    const entry: Effect[] = this.state.status === 'unstarted' ? [] : [{ do: 'presence', online, at }];
    return [...entry, ...this.settled(at)];
  }

  /** Waits for the client from here on, or no more. */
  hold(held: boolean, by: ActorRef, reasonText: string | null, at: number): Effect[] {
    if ((this.state.onHold !== undefined) === held) return this.settled(at);
    if (held) this.state.onHold = { since: at };
    else delete this.state.onHold;
    return [{ do: 'hold', held, reasonText, by, at }, ...this.settled(at)];
  }

  // --- command rights --------------------------------------------------------------------------------------------

  /** Only one person sends commands at a time. A senior's step is to take the rights over first, so that the other one knows. */
  private checkRights(by: Doer): void {
    this.checkOpen();
    if (commandHolder(this.state) === by.id) return;
    this.checkDoer(by);
    throw new DomainError(
      'CONFLICT',
      'Somebody else has command rights in this session, so nothing was sent. Take them over or ask for them, then send it again.',
    );
  }

  /** `from`: whom the asker saw holding them; of two who take them at once the first gets them. */
  checkGiveRights(from: string): void {
    this.checkOpen();
    const holder = commandHolder(this.state);
    if (holder === null)
      throw new DomainError(
        'INVALID_STATE',
        'Nobody works on this session yet. Assign it, and who gets it may command.',
      );
    if (holder !== from)
      throw new DomainError('CONFLICT', 'Command rights went to somebody else a moment ago. Look who has them now.', {
        holderId: holder,
      });
  }

  giveRights(to: string, why: RightsReason, by: ActorRef, at: number): Effect[] {
    return [...this.moveRights(to, why, by, at), ...this.settled(at)];
  }

  private moveRights(to: string, why: RightsReason, by: ActorRef, at: number): Effect[] {
    const from = commandHolder(this.state);
    if (from === to) return [];
    if (to === this.state.assigneeId) delete this.state.holderId;
    else this.state.holderId = to;
    return [{ do: 'command_rights', from, to, why, by, at }];
  }

  // --- consent ---------------------------------------------------------------------------------------------------

  checkDoer(by: Doer): void {
    this.checkOpen();
    if (!by.any && this.state.assigneeId !== by.id && commandHolder(this.state) !== by.id)
      throw new DomainError(
        'FORBIDDEN',
        'This session is assigned to somebody else. Ask the dispatcher to reassign it to you.',
      );
  }

  checkStart(by: Doer): void {
    // Work nobody has yet may be taken by whoever starts it.
    if (this.state.assigneeId !== null) this.checkDoer(by);
    this.checkOpen();
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
    this.takeUp(by.id);
    // The person at the device is asked for whoever starts, so that is who commands.
    const rights = this.moveRights(by.id, 'started', actor, at);
    this.state.status = 'pending_approval';
    const met = this.meet('response', at);
    this.state.clocks.consent_wait = startClock(at);
    const ask = this.ask({
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
    return [...taken, { do: 'start', by: actor, reasonText, at }, ...rights, ...met, ask, ...this.settled(at)];
  }

  checkNudge(approvalId: string, at: number): void {
    this.checkOpen();
    const approval = this.waiting(approvalId);
    if (ofApprover(approval)) throw new DomainError('INVALID_STATE', NUDGES_NO_APPROVER);
    if (approval.nudgedAt !== null && at - approval.nudgedAt < NUDGE_GAP_MS)
      throw new DomainError(
        'RATE_LIMITED',
        'A reminder went out less than 30 seconds ago. Give the person a moment, or call.',
      );
  }

  nudge(approvalId: string, by: ActorRef, at: number): Effect[] {
    const approval = this.waiting(approvalId);
    approval.nudges += 1;
    approval.nudgedAt = at;
    return [{ do: 'nudge', approvalId, count: approval.nudges, by, at }, ...this.settled(at)];
  }

  checkWithdraw(approvalId: string): void {
    this.waiting(approvalId);
  }

  withdraw(approvalId: string, by: ActorRef, at: number): Effect[] {
    return this.endApproval(approvalId, 'withdrawn', by, 'The request was withdrawn.', at);
  }

  checkDecision(decision: Decision, at: number): void {
    const late = this.lateness(decision, at);
    if (late !== null) throw late;
  }

  /** Takes the first valid answer; every later or ill-fitting one is recorded and has no effect. */
  decide(decision: Decision, at: number): Effect[] {
    const late = this.lateness(decision, at);
    if (late !== null)
      return [{ do: 'ignore_decision', approvalId: decision.approvalId, decision, why: late.message, at }];
    const approval = this.waiting(decision.approvalId);
    const { kind, commandId, requestedAt } = approval;
    this.close(decision.approvalId, decision.decision === 'approve' ? 'approved' : 'denied');
    const decided: Effect = {
      do: 'decide',
      approvalId: decision.approvalId,
      kind,
      commandId,
      decision,
      requestedAt,
      at,
    };
    const next =
      kind === 'session'
        ? this.consentAnswered(decision, approval, at)
        : this.actionAnswered(commandId, decision, approval, at);
    return [decided, ...next, ...this.settled(at)];
  }

  /** The person ended at the endpoint what an earlier yes covers: later commands ask again. What was sent on it, the endpoint refuses unless it runs. */
  endScope(end: ScopeEnd, at: number): Effect[] {
    const { endedScopes = [], grants = [], status } = this.state;
    if (status === 'completed' || endedScopes.includes(end.approvalId)) return [];
    this.state.endedScopes = [...endedScopes, end.approvalId].slice(-KEPT);
    this.state.grants = grants.filter((grant) => grant.approvalId !== end.approvalId);
    return [{ do: 'end_scope', ...end, at }];
  }

  /** The person took the consent back at the endpoint: every waiting request and running command of the session ends. */
  endByEndUser(account: string, at: number): Effect[] {
    if (this.state.status === 'completed') return [];
    return this.finish(
      'cancelled',
      { kind: 'end_user', account },
      null,
      'Ended by the person at the device.',
      [],
      null,
      at,
    );
  }

  // --- commands --------------------------------------------------------------------------------------------------

  checkPropose(proposal: Proposal): void {
    if (this.knows(proposal.commandId)) return;
    this.checkRights(proposal.by);
    const verdict = this.verdict(proposal);
    if (verdict.verdict === 'refuse') throw refusal(verdict);
    if (Object.keys(this.state.commands).length >= OPEN_COMMANDS)
      throw new DomainError(
        'CONFLICT',
        `${OPEN_COMMANDS} commands are open already. Wait for one to end, or cancel one.`,
      );
  }

  propose(proposal: Proposal, at: number): Effect[] {
    if (this.knows(proposal.commandId)) return [];
    this.takeUp(proposal.by.id);
    const { commandId, hash, timeoutMs } = proposal;
    const wait = proposal.sendWithinMs === undefined ? {} : { sendWithinMs: proposal.sendWithinMs };
    const verdict = this.verdict(proposal);
    // checkPropose said so already. Should anybody forget to ask it: without consent there is not even a question to the person.
    if (verdict.verdict === 'refuse') return [];
    const policy: Effect = {
      do: 'record_policy',
      commandId,
      verdict: verdict.verdict,
      rule: verdict.rule,
      policyVersion: verdict.version,
      ...(verdict.level === undefined ? {} : { policyLevel: verdict.level }),
      words: verdict.words,
      at,
    };
    if (verdict.verdict === 'run' || verdict.verdict === 'unattended') {
      this.state.commands[commandId] = {
        state: 'dispatched',
        approvalId: null,
        hash,
        timeoutMs,
        ...wait,
        sendBy: null,
      };
      const { rule, version, level = 'built_in' } = verdict;
      const by = verdict.verdict === 'unattended' ? { rule, level, version } : undefined;
      return [policy, ...this.dispatch(commandId, [], at, Infinity, by), ...this.settled(at)];
    }
    const approver = verdict.verdict === 'ask_approver';
    // What the person allowed before is no approver's yes.
    const grant = approver ? undefined : this.grantFor(proposal, at);
    if (grant !== undefined) {
      const { approvalId, hash: granted, until } = grant;
      this.state.commands[commandId] = { state: 'dispatched', approvalId, hash, timeoutMs, ...wait, sendBy: null };
      const cite: Effect = { do: 'cite', commandId, approvalId, until, at };
      const approvals = [{ id: approvalId, kind: 'action' as const, hash: granted }];
      return [policy, cite, ...this.dispatch(commandId, approvals, at, until), ...this.settled(at)];
    }
    const { approvalId } = proposal;
    this.state.commands[commandId] = { state: 'waiting_approval', approvalId, hash, timeoutMs, ...wait, sendBy: null };
    const kind: ApprovalKind = proposal.otherIdentity ? 'identity' : 'action';
    const ask = this.ask({
      approvalId,
      kind,
      commandId,
      hash,
      technicianId: proposal.by.id,
      reasonText: null,
      policy: proposal.policy,
      at,
      ...(approver && { approver }),
      ...(proposal.clocked && { clocked: true as const }),
      ...(asksApprover(verdict.rule) && { asked: 'approver' }),
    });
    return [policy, ask, ...this.settled(at)];
  }

  checkCancel(commandId: string): void {
    if (this.state.commands[commandId] === undefined)
      throw new DomainError('INVALID_STATE', 'This command has ended already, so there is nothing to cancel.');
  }

  cancel(commandId: string, by: ActorRef, at: number): Effect[] {
    const command = this.state.commands[commandId];
    if (command === undefined) return [];
    const effects: Effect[] = [{ do: 'cancel', commandId, by, at }, ...this.settled(at)];
    if (command.state !== 'waiting_approval') return effects;
    const ended =
      command.approvalId === null
        ? []
        : this.endApproval(command.approvalId, 'withdrawn', by, 'The command was cancelled.', at);
    return [...effects, ...ended];
  }

  checkInput(commandId: string, by: Doer): void {
    this.checkRights(by);
    const command = this.state.commands[commandId];
    if (command === undefined)
      throw new DomainError('INVALID_STATE', 'This command has ended already, so nobody reads an answer.');
    if (command.state === 'waiting_approval')
      throw new DomainError('INVALID_STATE', 'This command waits for an approval. Nothing reads an answer yet.');
  }

  /** An answer for a running command. Whether the command still reads it, its computer says. */
  input(answer: { inputId: string; commandId: string; inputText: string; end: boolean }, by: ActorRef, at: number) {
    const { inputId, commandId, inputText, end } = answer;
    if (this.state.commands[commandId] === undefined) return [];
    return [{ do: 'send_input', inputId, commandId, inputText, end, by, at } satisfies Effect];
  }

  /** What the endpoint said, by way of the gateway. Repeats and late comers change nothing. */
  report(report: CommandReport, at: number): Effect[] {
    const command = this.state.commands[report.commandId];
    if (command === undefined) return [];
    switch (report.state) {
      case 'accepted':
        command.sendBy = null;
        return [];
      case 'running':
        command.state = 'running';
        command.sendBy = null;
        return this.settled(at);
      case 'finished':
        this.forget(report.commandId);
        return this.state.status === 'completed' ? [] : this.settled(at);
    }
    return [];
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  checkComplete(by: Doer): void {
    this.checkDoer(by);
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
    return this.finish(outcome, by, noteText, '', verification, notVerifiedText, at);
  }

  // --- time ------------------------------------------------------------------------------------------------------

  /** The next instant at which something is due, or null when nothing is. */
  nextWake(): number | null {
    const due = [
      ...Object.values(this.state.approvals).map((approval) => approval.expiresAt),
      ...Object.values(this.state.commands).flatMap((command) => (command.sendBy === null ? [] : [command.sendBy])),
      ...this.marks().map((mark) => mark.dueAt),
      ...this.waitMarks().map(({ mark }) => mark.dueAt),
      ...(this.state.awaiting?.until == null ? [] : [this.state.awaiting.until]),
    ];
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Everything that is due by `now`: silence counted as no, SLA marks, orders nobody took. */
  wake(now: number): Effect[] {
    const effects: Effect[] = [];
    for (const mark of this.marks().filter((m) => m.dueAt <= now)) {
      const clock = this.state.clocks[mark.clock];
      if (clock !== undefined) effects.push(reach(clock, mark, now));
    }
    for (const { id, commandId, clock, mark } of this.waitMarks())
      if (mark.dueAt <= now) effects.push({ ...reach(clock, mark, now), approval: { id, commandId } });
    const until = this.state.awaiting?.until ?? null;
    if (until !== null && until <= now && this.state.status !== 'completed')
      effects.push(...this.putBack('not_taken_up', null, { kind: 'system' }, now));
    for (const [approvalId, approval] of Object.entries(this.state.approvals))
      if (approval.expiresAt <= now)
        effects.push(
          ...this.endApproval(approvalId, 'expired', { kind: 'system' }, 'No answer in time, which counts as no.', now),
        );
    for (const [commandId, command] of Object.entries(this.state.commands))
      if (command.sendBy !== null && command.sendBy <= now) {
        command.sendBy = null;
        effects.push({ do: 'expire_unsent', commandId, at: now });
      }
    return effects.length === 0 ? [] : [...effects, ...this.settled(now)];
  }

  // --- inside ----------------------------------------------------------------------------------------------------

  private handTo(to: string | null, by: ActorRef, at: number): void {
    const { acceptMs, hours } = this.state.sla;
    this.state.assigneeId = to;
    this.state.assignments = (this.state.assignments ?? 0) + 1;
    this.state.assignedBy = by;
    // What the one before had handed on does not bind the next.
    delete this.state.holderId;
    delete this.state.awaiting;
    if (to === null || (by.kind === 'user' && by.id === to)) return;
    this.state.awaiting = { until: acceptMs === undefined ? null : clockRan(startClock(at), acceptMs, hours) };
  }

  private takeUp(by: string): void {
    if (this.state.assigneeId === by) delete this.state.awaiting;
  }

  private putBack(why: 'declined' | 'not_taken_up', reasonText: string | null, by: ActorRef, at: number): Effect[] {
    const from = this.state.assigneeId;
    this.handTo(null, by, at);
    return from === null ? [] : [{ do: 'unassign', from, why, reasonText, by, at }];
  }

  private verdict(proposal: Proposal): PolicyVerdict {
    return decide(proposal.policy, {
      risk: proposal.risk,
      consent: this.state.status === 'active' && this.state.consent !== null,
      otherIdentity: proposal.otherIdentity,
      ...(this.state.consent?.unattended && { unattended: this.state.consent.unattended }),
    });
  }

  private knows(commandId: string): boolean {
    return this.state.commands[commandId] !== undefined || this.state.finishedCommands.includes(commandId);
  }

  private waiting(approvalId: string): OpenApproval {
    const approval = this.state.approvals[approvalId];
    if (approval === undefined) throw this.notWaiting(approvalId);
    return approval;
  }

  private notWaiting(approvalId: string): DomainError {
    const before = this.state.decidedApprovals.find((decided) => decided.id === approvalId);
    if (before === undefined) return new DomainError('NOT_FOUND', 'There is no such request in this session.');
    if (before.state === 'expired') return new DomainError('APPROVAL_EXPIRED', OUT_OF_TIME);
    if (before.state === 'withdrawn')
      return new DomainError('ALREADY_DECIDED', 'This request was withdrawn. Nothing will run.');
    return new DomainError('ALREADY_DECIDED', `This request was already ${before.state}. The first answer stands.`);
  }

  private lateness(decision: Decision, at: number): DomainError | null {
    const approval = this.state.approvals[decision.approvalId];
    if (approval === undefined) return this.notWaiting(decision.approvalId);
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

  private ask(ask: {
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
  }): Effect {
    const { approvalId, kind, commandId, hash, technicianId, reasonText, at, unattended } = ask;
    const expiresAt = at + ask.policy.approvalTimeoutMs;
    this.state.approvals[approvalId] = {
      ...{ kind, commandId, hash, requestedAt: at, expiresAt, nudges: 0, nudgedAt: null },
      ...(unattended && { unattended: true }),
      ...(ask.approver && { approver: true }),
      ...(ask.clocked && { clock: startClock(at) }),
      ...(ask.asked && { asked: ask.asked }),
    };
    const asked = { approvalId, kind, commandId, hash, technicianId, reasonText, expiresAt, at };
    return { do: 'ask', ...asked, ...(unattended && { unattended }) };
  }

  private consentAnswered(decision: Decision, approval: OpenApproval, at: number): Effect[] {
    const met = this.meet('consent_wait', at);
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
    return [
      ...met,
      ...this.finish(
        'denied',
        by,
        decision.reasonText,
        'The person at the device said no to the session.',
        [],
        null,
        at,
      ),
    ];
  }

  private actionAnswered(commandId: string | null, decision: Decision, approval: OpenApproval, at: number): Effect[] {
    if (commandId === null || this.state.commands[commandId] === undefined) return [];
    if (decision.decision === 'deny') {
      this.forget(commandId);
      const where = decision.channel === 'passkey' ? 'by a named approver' : 'at the device';
      return [{ do: 'end_command', commandId, state: 'denied', words: `Denied ${where}. It never started.`, at }];
    }
    const { kind, hash } = approval;
    this.keepGrant(decision, approval, at);
    return this.dispatch(commandId, [{ id: decision.approvalId, kind, hash }], at);
  }

  private keepGrant({ approvalId, scope, decidedAt }: Decision, { kind, hash }: OpenApproval, at: number): void {
    // Another identity is asked for each time.
    if (scope === undefined || kind !== 'action' || this.state.endedScopes?.includes(approvalId) === true) return;
    // By whichever clock is behind: the endpoint judges by its own and would refuse what came late by that.
    const until = scopeEnd(scope, Math.min(decidedAt, at));
    this.state.grants = [...(this.state.grants ?? []), { approvalId, hash, scope, until }].slice(-GRANTS);
  }

  private grantFor({ hash, risk, place, otherIdentity }: Proposal, at: number): Grant | undefined {
    if (otherIdentity) return undefined;
    return this.state.grants?.find(
      (grant) => at < grant.until && covers(grant.scope, grant.hash, { hash, risk, place: place ?? null }),
    );
  }

  private dispatch(
    commandId: string,
    approvals: { id: string; kind: ApprovalKind; hash: string }[],
    at: number,
    until = Infinity,
    unattended?: UnattendedRule,
  ): Effect[] {
    const command = this.state.commands[commandId] as OpenCommand;
    const { id, hash } = this.state.consent as { id: string; hash: string };
    const lifetime = Math.min(ENVELOPE_LIFETIME_MS, command.sendWithinMs ?? ENVELOPE_LIFETIME_MS);
    const notAfter = Math.min(at + lifetime, until);
    command.state = 'dispatched';
    command.sendBy = notAfter;
    const named = [{ id, hash, kind: 'session' as const }, ...approvals];
    return [{ do: 'dispatch', commandId, approvals: named, notAfter, at, ...(unattended && { unattended }) }];
  }

  private endApproval(
    approvalId: string,
    state: 'expired' | 'withdrawn',
    by: ActorRef,
    why: string,
    at: number,
  ): Effect[] {
    const { kind, commandId } = this.waiting(approvalId);
    this.close(approvalId, state);
    const ended: Effect = { do: 'end_approval', approvalId, kind, commandId, state, by, why, at };
    if (kind === 'session') {
      const outcome: Outcome = state === 'expired' ? 'expired' : 'cancelled';
      return [ended, ...this.finish(outcome, by, null, why, [], null, at)];
    }
    if (commandId === null) return [ended];
    this.forget(commandId);
    const words = `${why} It never started.`;
    return [
      ended,
      { do: 'end_command', commandId, state: state === 'expired' ? 'denied' : 'cancelled', words, at },
      ...this.settled(at),
    ];
  }

  private finish(
    outcome: Outcome,
    by: ActorRef,
    noteText: string | null,
    words: string,
    verification: number[],
    notVerifiedText: string | null,
    at: number,
  ): Effect[] {
    this.state.status = 'completed';
    this.state.outcome = outcome;
    delete this.state.awaiting;
    const loose: Effect[] = [];
    for (const [approvalId, approval] of Object.entries(this.state.approvals)) {
      this.close(approvalId, 'withdrawn');
      const { kind, commandId } = approval;
      loose.push({
        do: 'end_approval',
        approvalId,
        kind,
        commandId,
        state: 'withdrawn',
        by,
        why: 'The session ended.',
        at,
      });
    }
    for (const [commandId, command] of Object.entries(this.state.commands)) {
      if (command.state === 'waiting_approval') {
        this.forget(commandId);
        loose.push({
          do: 'end_command',
          commandId,
          state: 'cancelled',
          words: 'The session ended. It never started.',
          at,
        });
      } else loose.push({ do: 'cancel', commandId, by, at });
    }
    const met = [...this.meet('response', at), ...this.meet('consent_wait', at), ...this.meet('resolution', at)];
    return [
      ...loose,
      ...met,
      { do: 'complete', outcome, by, noteText, words, verification, notVerifiedText, at },
      ...this.settled(at),
    ];
  }

  private close(approvalId: string, state: 'approved' | 'denied' | 'expired' | 'withdrawn'): void {
    delete this.state.approvals[approvalId];
    this.state.decidedApprovals.push({ id: approvalId, state });
    this.state.decidedApprovals.splice(0, Math.max(0, this.state.decidedApprovals.length - KEPT));
  }

  private forget(commandId: string): void {
    delete this.state.commands[commandId];
    this.state.finishedCommands.push(commandId);
    this.state.finishedCommands.splice(0, Math.max(0, this.state.finishedCommands.length - KEPT));
  }

  private marks(): SlaMark[] {
    return CLOCKS.flatMap((name) => {
      const clock = this.state.clocks[name];
      const mark =
        clock === undefined
          ? null
          : nextMark(name, clock, this.state.sla[this.state.priority][name], this.state.sla.hours);
      return mark === null ? [] : [mark];
    });
  }

  /** The next marks of commands' waiting requests, by the same limits as consent's. */
  private waitMarks(): { id: string; commandId: string; clock: SlaClock; mark: SlaMark }[] {
    const { approvals, sla, priority } = this.state;
    return Object.entries(approvals).flatMap(([id, { commandId, clock }]) => {
      if (clock === undefined || commandId === null) return [];
      const mark = nextMark('consent_wait', clock, sla[priority].consent_wait, sla.hours);
      return mark === null ? [] : [{ id, commandId, clock, mark }];
    });
  }

  /** The wait that lists show: consent's, and once that is over the longest of a command's request that still waits. */
  private shownWait(): SlaClock | undefined {
    const { clocks, approvals } = this.state;
    const consent = clocks.consent_wait;
    if (consent !== undefined && consent.metAt === null) return consent;
    const waits = Object.values(approvals).flatMap(({ clock }) => clock ?? []);
    return waits.length === 0 ? consent : waits.reduce((a, b) => (b.startedAt < a.startedAt ? b : a));
  }

  /** Stops a clock. When it happened is kept, also when that was after a breach. */
  private meet(name: ClockName, at: number): Effect[] {
    const clock = this.state.clocks[name];
    if (clock === undefined || clock.metAt !== null) return [];
    clock.metAt = at;
    const open = openPause(clock);
    if (open !== undefined) open.until = at;
    const { [this.state.priority]: targets, hours } = this.state.sla;
    const { warnAt, dueAt } = showClock(clock, targets[name], at, hours);
    Object.assign(clock, { warnAt, dueAt });
    return [{ do: 'sla', clock: name, mark: 'met', dueAt, startedAt: clock.startedAt, at }];
  }

  /** After a step: clocks that stand still now, or no more, and how it all looks. */
  private settled(at: number): Effect[] {
    return [...this.pauses(at), this.projection(at)];
  }

  /** Holds or releases the clocks, as the policy has it for what the session waits for. */
  private pauses(at: number): Effect[] {
    const why = this.pausedFor();
    const changed = PAUSED_CLOCKS.filter((name) => {
      const clock = this.state.clocks[name];
      if (clock === undefined || clock.metAt !== null) return false;
      const open = openPause(clock);
      if ((open !== undefined) === why.length > 0) return false;
      if (open !== undefined) open.until = at;
      else clock.pauses = [...(clock.pauses ?? []), { from: at, until: null }];
      return true;
    });
    return changed.length === 0 ? [] : [{ do: 'sla_pause', clocks: changed, paused: why.length > 0, why, at }];
  }

  private pausedFor(): PauseReason[] {
    const { status, approvals, onHold, sla } = this.state;
    if (status === 'completed') return [];
    const waits = { approval: Object.keys(approvals).length > 0, client: onHold !== undefined };
    return (sla.pauseWhile ?? []).filter((reason) => waits[reason]);
  }

  private projection(at: number): Effect {
    const { status, outcome, priority, escalated, assigneeId, clocks } = this.state;
    const { [priority]: targets, hours } = this.state.sla;
    const shown = CLOCKS.flatMap((name) => {
      const clock = name === 'consent_wait' ? this.shownWait() : clocks[name];
      // One that stands still is shown as it stood: its limit does not move while nothing else does.
      return clock === undefined ? [] : [[name, showClock(clock, targets[name], pausedSince(clock) ?? at, hours)]];
    });
    return {
      do: 'project',
      status,
      outcome,
      waitingOn: waitingOn(this.state),
      priority,
      escalated,
      assigneeId,
      holderId: this.state.holderId ?? null,
      assignments: this.state.assignments ?? 0,
      awaiting: this.state.awaiting ?? null,
      onHoldSince: this.state.onHold?.since ?? null,
      clocks: structuredCopy(Object.fromEntries(shown) as Partial<Record<ClockName, SlaClock>>),
    };
  }
}

/** Notes on a clock that it reached a mark. */
function reach(clock: SlaClock, mark: SlaMark, at: number): Effect & { do: 'sla' } {
  if (mark.mark === 'warn') clock.warnedAt = at;
  else if (mark.mark === 'breach') clock.breachedAt = at;
  else clock.escalatedAt = at;
  return { do: 'sla', ...mark, startedAt: clock.startedAt, at };
}

/** Without consent there is something to ask for first; what the policy refuses is refused for good. */
const refusal = ({ rule, version, level, words }: PolicyVerdict): DomainError =>
  new DomainError(rule === 'P-0' ? 'APPROVAL_REQUIRED' : 'POLICY_DENIED', words, {
    rule,
    ...(level === undefined ? {} : { policyLevel: level, policyVersion: version }),
  });

/** Versions only go up, at every level: of two messages that overtook each other the older one changes nothing. */
const isNewer = (now: SlaVersions, before: SlaVersions | undefined): boolean =>
  before === undefined || SLA_LEVELS.every((level) => now[level] >= before[level]);

const structuredCopy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
