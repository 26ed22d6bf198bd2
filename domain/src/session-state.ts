import type { ApprovalScope } from './approval-scope.ts';
import type { Outcome } from './entry.ts';
import type { ActionClass } from './policy.ts';
import type { ClockName, Priority, SlaClock, SlaPolicy } from './sla.ts';

export type SessionStatus = 'unstarted' | 'pending_approval' | 'active' | 'completed';
/** `approver`: only named approvers are asked, and the person at the device need not do anything. */
export const WAITING_ON = ['end_user', 'approver', 'technician', 'endpoint', 'assignee', 'none'] as const;
export type WaitingOn = (typeof WAITING_ON)[number];
export type ApprovalKind = 'session' | 'action' | 'identity';

/** Who acts, by id only: names are looked up when the record is written, and never enter the workflow's history. */
export type ActorRef =
  | { kind: 'user'; id: string }
  | { kind: 'end_user'; account: string }
  | { kind: 'psa'; id: string }
  | { kind: 'system' };

export interface OpenApproval {
  kind: ApprovalKind;
  commandId: string | null;
  hash: string;
  requestedAt: number;
  expiresAt: number;
  nudges: number;
  nudgedAt: number | null;
  /** The endpoint may answer it by its owner's file, and nobody is asked. */
  unattended?: true;
  /** A named approver has to allow it: the person at the device can only say no. */
  approver?: true;
  /** How long a command's request has waited. Consent's own is the session's; absent in sessions that began before there were any. */
  clock?: SlaClock;
  /** Whose answer is waited for, by the rule; absent: the person's at the device. */
  asked?: 'approver';
}

export interface OpenCommand {
  state: 'waiting_approval' | 'dispatched' | 'running';
  approvalId: string | null;
  hash: string;
  timeoutMs: number;
  /** Absent: as long as an order lasts. */
  sendWithinMs?: number;
  /** After this the order can no longer start; checked once by a timer. Null while it waits for an answer or already runs. */
  sendBy: number | null;
}

/** A yes that covers more than its own command, until a time. */
export interface Grant {
  approvalId: string;
  hash: string;
  scope: ApprovalScope;
  until: number;
}

/**
 * All a session's workflow keeps: ids, counts and decisions, as plain JSON, so that it survives continue-as-new.
 * Times are milliseconds since the epoch.
 */
export interface SessionState {
  mspId: string;
  sessionId: string;
  clientId: string;
  endpointId: string;
  status: SessionStatus;
  outcome: Outcome | null;
  priority: Priority;
  escalated: boolean;
  assigneeId: string | null;
  /** How often it went to somebody or back: who assigns says which they saw. Absent in older sessions, like all that is optional here. */
  assignments?: number;
  /** Whose step the last assignment was. */
  assignedBy?: ActorRef;
  /** Given to the assignee by somebody else and not taken up yet. `until`: after this it goes back to the queue; null: never. */
  awaiting?: { until: number | null };
  /** Who has command rights; absent: the assignee. */
  holderId?: string;
  /** On hold, waiting for the client. */
  onHold?: { since: number };
  endpointOnline: boolean;
  /** The consent that covers the session, once given. */
  consent: {
    id: string;
    hash: string;
    /** No person's: the classes that the endpoint's owner lets run unattended. */
    unattended?: ActionClass[];
  } | null;
  approvals: Record<string, OpenApproval>;
  commands: Record<string, OpenCommand>;
  /** Newest last, capped: enough to answer a repeat with "already decided" or the same verdict. */
  decidedApprovals: { id: string; state: 'approved' | 'denied' | 'expired' | 'withdrawn' }[];
  finishedCommands: string[];
  /** Absent in sessions that began before there were any. */
  grants?: Grant[];
  /** Approvals whose scope the person ended, newest last: the word of it may come before the yes it is about. */
  endedScopes?: string[];
  clocks: Partial<Record<ClockName, SlaClock>>;
  sla: SlaPolicy;
}

/** Who alone may send commands now; null: nobody works on it. */
export const commandHolder = (state: Pick<SessionState, 'holderId' | 'assigneeId'>): string | null =>
  state.holderId ?? state.assigneeId;

/** Whether a named approver is asked. `approver` alone: asked before there was `asked`. */
export const ofApprover = ({ approver, asked }: Pick<OpenApproval, 'approver' | 'asked'>): boolean =>
  approver === true || asked === 'approver';

export function waitingOn(state: SessionState): WaitingOn {
  if (state.status === 'completed') return 'none';
  const open = Object.values(state.approvals);
  if (open.length > 0) return open.every(ofApprover) ? 'approver' : 'end_user';
  if (state.assigneeId === null) return 'assignee';
  if (state.status === 'active' && !state.endpointOnline) return 'endpoint';
  if (Object.values(state.commands).some((command) => command.state !== 'waiting_approval')) return 'endpoint';
  return 'technician';
}
