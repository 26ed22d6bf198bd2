import type { ApprovalScope } from './approval-scope.ts';
import type { RightsReason } from './command-rights.ts';
import type { Outcome } from './entry.ts';
import type { PolicySource } from './policy.ts';
import type { UnattendedRule, UnattendedStatement } from './unattended.ts';
import type { ShownPrompt } from './prompt/shown-prompt.ts';
import type { ApprovalKind, ActorRef, SessionStatus, WaitingOn } from './session-state.ts';
import type { ClockName, MarkName, PauseReason, Priority, SlaClock, SlaVersions, Told } from './sla.ts';

/** What is wanted of the store after a step of a session. A batch is applied in one transaction; every effect is keyed, so a repeat is harmless. */
export type Effect =
  /** `slaVersions`: the policy its clocks run by; absent where the product's own is meant. */
  | { do: 'open'; open: OpenSession; slaVersions?: SlaVersions; at: number }
  | { do: 'assign'; from: string | null; to: string; by: ActorRef; reasonText: string | null; at: number }
  /** Whoever had it takes it on. */
  | { do: 'accept'; by: ActorRef; at: number }
  /** Back to the queue: declined, or not taken up in time. */
  | {
      do: 'unassign';
      from: string;
      why: 'declined' | 'not_taken_up';
      reasonText: string | null;
      by: ActorRef;
      at: number;
    }
  /** Command rights go from one person to another. */
  | { do: 'command_rights'; from: string | null; to: string; why: RightsReason; by: ActorRef; at: number }
  /** It begins or ends to wait for the client. */
  | { do: 'hold'; held: boolean; reasonText: string | null; by: ActorRef; at: number }
  /** Clocks stand still, or go on. */
  | { do: 'sla_pause'; clocks: ClockName[]; paused: boolean; why: PauseReason[]; at: number }
  | { do: 'start'; by: ActorRef; reasonText: string; at: number }
  | { do: 'set_priority'; from: Priority; to: Priority; by: ActorRef; reasonText: string | null; at: number }
  /** The clocks run by another policy from here on; what changed, in words. */
  | { do: 'set_sla'; versions: SlaVersions; changes: string[]; by: ActorRef; at: number }
  | { do: 'escalate'; to: string; by: ActorRef; reasonText: string; at: number }
  | {
      do: 'ask';
      approvalId: string;
      kind: ApprovalKind;
      commandId: string | null;
      hash: string;
      technicianId: string;
      /** For consent: the reason the technician gave. For an action the command's own reason is used. */
      reasonText: string | null;
      expiresAt: number;
      at: number;
      /** The endpoint is asked first whether its owner lets the session run unattended. */
      unattended?: UnattendedAsk;
    }
  | { do: 'nudge'; approvalId: string; count: number; by: ActorRef; at: number }
  | {
      do: 'decide';
      approvalId: string;
      kind: ApprovalKind;
      commandId: string | null;
      decision: Decision;
      requestedAt: number;
      at: number;
    }
  | { do: 'ignore_decision'; decision: Decision; approvalId: string; why: string; at: number }
  | {
      do: 'end_approval';
      approvalId: string;
      kind: ApprovalKind;
      commandId: string | null;
      state: 'expired' | 'withdrawn';
      by: ActorRef;
      why: string;
      at: number;
    }
  | {
      do: 'record_policy';
      commandId: string;
      verdict: 'run' | 'ask' | 'ask_approver' | 'unattended';
      rule: string;
      policyVersion: number;
      /** Whose policy; absent where the proposal came with a policy of one level only. */
      policyLevel?: PolicySource;
      words: string;
      at: number;
    }
  /** An earlier yes covers this command too. */
  | { do: 'cite'; commandId: string; approvalId: string; until: number; at: number }
  /** What an earlier yes covers was ended by the person at the endpoint. */
  | ({ do: 'end_scope'; at: number } & ScopeEnd)
  | {
      do: 'dispatch';
      commandId: string;
      approvals: { id: string; kind: ApprovalKind; hash: string }[];
      notAfter: number;
      at: number;
      /** It runs by this rule, and nobody was asked. */
      unattended?: UnattendedRule;
    }
  | {
      do: 'end_command';
      commandId: string;
      state: 'denied' | 'expired_unsent' | 'cancelled';
      words: string;
      at: number;
    }
  | { do: 'expire_unsent'; commandId: string; at: number }
  | { do: 'cancel'; commandId: string; by: ActorRef; at: number }
  | {
      do: 'send_input';
      /** Made by the api, so that a repeat is the same answer. */
      inputId: string;
      commandId: string;
      /** Id of the text: words never enter the workflow. */
      inputText: string;
      end: boolean;
      by: ActorRef;
      at: number;
    }
  | {
      do: 'sla';
      clock: ClockName;
      mark: MarkName | 'met';
      dueAt: number;
      startedAt: number;
      at: number;
      /** Left out: the assignee and the dispatchers. */
      tell?: Told[];
      /** The waiting request of a command that is meant; left out: the session's own clock. */
      approval?: { id: string; commandId: string };
    }
  | { do: 'presence'; online: boolean; at: number }
  | {
      do: 'complete';
      outcome: Outcome;
      by: ActorRef;
      noteText: string | null;
      words: string;
      verification: number[];
      notVerifiedText: string | null;
      at: number;
    }
  | {
      do: 'project';
      status: SessionStatus;
      outcome: Outcome | null;
      waitingOn: WaitingOn;
      priority: Priority;
      escalated: boolean;
      assigneeId: string | null;
      clocks: Partial<Record<ClockName, SlaClock>>;
      /** Null: the assignee has command rights. Left out, like the next three, in what older workflows ask. */
      holderId?: string | null;
      assignments?: number;
      /** Null: taken up. */
      awaiting?: { until: number | null } | null;
      onHoldSince?: number | null;
    };

/** `orAsk`: where the owner does not allow it, the person there is asked; else the request ends. */
export interface UnattendedAsk extends UnattendedRule {
  orAsk: boolean;
}

export interface OpenSession {
  clientId: string;
  endpointId: string;
  /** Holds title, request, requester, channel and ticket: kept in Postgres under this id, never in the workflow. */
  detailsText: string;
  priority: Priority;
  by: ActorRef;
}

/** What a yes covers beyond its own command is over, as the endpoint signed it. */
export interface ScopeEnd {
  approvalId: string;
  account: string;
  /** By the endpoint's clock. */
  endedAt: number;
  signature: string;
}

/** An answer from the prompt page, as the gateway verified it. */
export interface Decision {
  approvalId: string;
  decision: 'approve' | 'deny';
  reasonText: string | null;
  account: string;
  /** `passkey`: a named approver; `link`: the person, by a mailed link; `policy`: nobody, see `unattended`. */
  channel: 'endpoint_prompt' | 'passkey' | 'link' | 'policy';
  hash: string;
  signature: string;
  decidedAt: number;
  /** What a yes covers beyond its own command; left out: nothing. */
  scope?: ApprovalScope;
  /** What the page showed; the text lies under `textId`. `heardAt`: when the gateway got the answer. Left out by older runtimes. */
  shown?: ShownPrompt & { textId: string; heardAt: number };
  /** Id of the passkey's answer as JSON. */
  passkeyText?: string;
  /** Id of the mailed link it came by, as JSON. */
  linkText?: string;
  /** No person's answer: the endpoint states that its owner's file lets the session run unattended. */
  unattended?: Omit<UnattendedStatement, 'approvalId' | 'hash' | 'at'>;
}
