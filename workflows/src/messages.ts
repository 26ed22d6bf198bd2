import type { ApprovalPolicy } from '@throughline/domain/policy';
import type { RightsReason } from '@throughline/domain/command-rights';
import type { Decision, OpenSession, ScopeEnd, UnattendedAsk } from '@throughline/domain/effect';
import type { Outcome } from '@throughline/domain/entry';
import type { CommandReport, Doer, Proposal } from '@throughline/domain/session-case';
import type { ActorRef, SessionState } from '@throughline/domain/session-state';
import type { Priority, SlaPolicy } from '@throughline/domain/sla';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/* The messages of a session's workflow: with patience.ts all that the api imports of this package. Update where somebody waits for the answer, Signal where nobody does. */

export const WORKFLOW_TYPE = 'troubleshootingSession';
export const TASK_QUEUE = 'sessions';

export interface SessionInput {
  mspId: string;
  sessionId: string;
  sla: SlaPolicy;
  /** Carried over by continue-as-new; absent on the first run. */
  state?: SessionState;
}

export interface OpenInput {
  open: OpenSession;
  endpointOnline: boolean;
}
export interface AssignInput {
  to: string;
  /** Which assignment the person saw, counted from 0; left out: any. */
  expected?: number;
  by: ActorRef;
  reasonText: string | null;
}
export interface StartInput {
  by: Doer;
  approvalId: string;
  hash: string;
  reasonText: string;
  policy: ApprovalPolicy;
  /** The endpoint may start it by its owner's file, and nobody is asked. */
  unattended?: UnattendedAsk;
}
export interface RightsInput {
  from: string;
  to: string;
  why: RightsReason;
  by: ActorRef;
}
export interface HoldInput {
  held: boolean;
  by: ActorRef;
  reasonText: string | null;
}
export interface PriorityInput {
  priority: Priority;
  by: ActorRef;
  reasonText: string | null;
}
export interface InputInput {
  inputId: string;
  commandId: string;
  inputText: string;
  end: boolean;
  by: Doer;
}
export interface CompleteInput {
  outcome: Outcome;
  by: Doer;
  noteText: string;
  verification: number[];
  notVerifiedText: string | null;
}

/** The intake of a ticket or of an ad-hoc start; repeated deliveries find the session open and change nothing. */
export const openUpdate = defineUpdate<void, [OpenInput]>('open');
export const assignUpdate = defineUpdate<void, [AssignInput]>('assign');
export const escalateUpdate = defineUpdate<void, [AssignInput & { reasonText: string; urgent?: true }]>('escalate');
export const acceptUpdate = defineUpdate<void, [{ by: Doer }]>('accept');
export const declineUpdate = defineUpdate<void, [{ by: Doer; reasonText: string }]>('decline');
export const commandRightsUpdate = defineUpdate<void, [RightsInput]>('commandRights');
export const holdUpdate = defineUpdate<void, [HoldInput]>('hold');
export const startUpdate = defineUpdate<void, [StartInput]>('start');
export const proposeUpdate = defineUpdate<void, [Proposal]>('propose');
export const cancelCommandUpdate = defineUpdate<void, [{ commandId: string; by: Doer }]>('cancelCommand');
export const inputUpdate = defineUpdate<void, [InputInput]>('input');
export const decideUpdate = defineUpdate<void, [Decision]>('decideApproval');
export const nudgeUpdate = defineUpdate<void, [{ approvalId: string; by: ActorRef }]>('nudge');
export const withdrawUpdate = defineUpdate<void, [{ approvalId: string; by: ActorRef }]>('withdrawApproval');
export const setPriorityUpdate = defineUpdate<void, [PriorityInput]>('setPriority');
export const completeUpdate = defineUpdate<void, [CompleteInput]>('complete');

/** A decision relayed later, by a runtime that could not reach the server when it was made. */
export const approvalDecidedSignal = defineSignal<[Decision]>('approvalDecided');
export const commandReportedSignal = defineSignal<[CommandReport]>('commandReported');
export const endpointPresenceSignal = defineSignal<[{ online: boolean }]>('endpointPresence');
export const endedByEndUserSignal = defineSignal<[{ account: string }]>('endedByEndUser');
/** The person ended what an earlier yes covers; what else was allowed stays. */
export const scopeEndedSignal = defineSignal<[ScopeEnd]>('scopeEnded');
/** What the client is promised has changed: the clocks go on by this from here on. */
export const slaChangedSignal = defineSignal<[{ sla: SlaPolicy; by: ActorRef }]>('slaChanged');

/** For tests and for people debugging; pages read Postgres. */
export const stateQuery = defineQuery<SessionState | null>('state');
