import { z } from 'zod';
import { zActor, zOrigin } from './actor.ts';
import { zCommandExit, zCommandStart, zEndpointFacts } from './agent-protocol.ts';
import { zKeptLink } from './approval-link.ts';
import { zApprovalScope } from './approval-scope.ts';
import { RIGHTS_REASONS } from './command-rights.ts';
import { zCommandSpec, zCommandState, zRisk } from './command.ts';
import { zKeptAssertion } from './passkey.ts';
import { DIRECTIONS } from './file-transfer.ts';
import { FLAG_VERDICTS } from './flag.ts';
import { ACTION_CLASSES, POLICY_MODES, POLICY_SOURCES } from './policy.ts';
import { type ShownPrompt, zShownPrompt } from './prompt/shown-prompt.ts';
import { zReviewed } from './quality-review.ts';
import { zReasons } from './risk/reason.ts';
import { CLOCKS, PAUSE_REASONS } from './sla.ts';

/* The kinds of transcript entries and what each carries. An entry is never changed; the next one says what happened next. */

const uuid = z.string();
const text = z.string();
const when = z.string(); // ISO 8601, UTC, milliseconds

export const OUTCOMES = ['resolved', 'unresolved', 'escalated_out', 'denied', 'expired', 'cancelled'] as const;
export const zOutcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof zOutcome>;

const zShownEntry = zShownPrompt.extend({
  text,
  /** By the endpoint's clock, as signed. */
  askedAt: when,
  shownAt: when,
  /** By the server's clock: when it heard that the question was shown, and of the answer. */
  heardShownAt: when.nullable(),
  heardAt: when,
});
export type ShownEntry = z.infer<typeof zShownEntry>;

/** What of it the endpoint signed; a time in another spelling than ours fits no signature. */
export const signedOfShown = ({ language, textHash, channel, askedAt, shownAt, locked }: ShownEntry): ShownPrompt => ({
  language,
  textHash,
  channel,
  askedAt: milliseconds(askedAt),
  shownAt: milliseconds(shownAt),
  locked,
});

/** The instant of our own spelling of a time; -1 for any other. */
export function milliseconds(time: string): number {
  const at = new Date(time);
  return Number.isFinite(at.getTime()) && at.toISOString() === time ? at.getTime() : -1;
}

const payloads = {
  opened: z.strictObject({
    number: z.number().int(),
    title: text,
    request: text,
    requester: text,
    channel: text,
    priority: text,
    clientName: text,
    endpointName: text,
    simulated: z.boolean(),
    ticket: z.strictObject({ connectionId: text, externalId: text, url: text.nullable() }).nullable(),
    /** The completed session that this one carries on. */
    follows: z.strictObject({ sessionId: uuid, number: z.number().int() }).optional(),
  }),
  endpoint_facts: z.strictObject({
    facts: zEndpointFacts,
    runtimeId: uuid,
    runtimeLabel: text,
    /** Asked of the endpoint for this entry, or what it last said of itself (it is offline, or its runtime is too old to be asked). */
    fresh: z.boolean().optional(),
    /** When the endpoint told them, by our clock. */
    capturedAt: when.optional(),
    /** How far the endpoint's clock was ahead of ours then, in ms. */
    clockSkewMs: z.number().int().nullable().optional(),
  }),
  assigned: z.strictObject({ from: text.nullable(), to: text, toId: uuid, reason: text }),
  /** Taken on by whoever it was given to. */
  accepted: z.strictObject({}),
  /** Back in the queue. */
  unassigned: z.strictObject({
    from: text,
    fromId: uuid,
    why: z.enum(['declined', 'not_taken_up']),
    reason: text,
  }),
  /** Command rights went to another person; null: nobody had them. */
  command_rights: z.strictObject({ from: text.nullable(), to: text, toId: uuid, why: z.enum(RIGHTS_REASONS) }),
  /** It began or ended to wait for the client. */
  hold: z.strictObject({ held: z.boolean(), reason: text }),
  priority: z.strictObject({ from: text, to: text, reason: text }),
  escalated: z.strictObject({ to: text, toId: uuid, reason: text }),
  started: z.strictObject({ reason: text }),
  presence: z.strictObject({ online: z.boolean(), runtimeLabel: text }),
  approval_requested: z.strictObject({
    approvalId: uuid,
    kind: z.enum(['session', 'action', 'identity']),
    commandId: uuid.nullable(),
    hash: text,
    title: text,
    reason: text,
    changes: text,
    code: text,
    expiresAt: when,
  }),
  approval_shown: z.strictObject({ approvalId: uuid, shownAt: when }),
  /** `approvers`: who was reminded by name, where a named approver is asked. */
  approval_nudged: z.strictObject({
    approvalId: uuid,
    count: z.number().int(),
    approvers: z.array(text).optional(),
  }),
  /** A link to the question was mailed to the client's contact: it lets whoever reads that mailbox answer. The link itself is in no record. */
  approval_link_sent: z.strictObject({ approvalId: uuid, linkId: uuid, name: text, email: text, expiresAt: when }),
  /** Somebody of the MSP called or wrote to whoever is waited for: `approver`, by name, or the person at the device. It answers nothing. */
  person_contacted: z.strictObject({
    approvalId: uuid,
    how: z.enum(['phone', 'email', 'other']),
    reached: z.boolean(),
    words: text,
    approver: text.optional(),
  }),
  approval_decided: z.strictObject({
    approvalId: uuid,
    kind: z.enum(['session', 'action', 'identity']),
    commandId: uuid.nullable(),
    decision: z.enum(['approve', 'deny']),
    reason: text,
    channel: text,
    account: text,
    hash: text,
    requestedAt: when,
    shownAt: when.nullable(),
    decidedAt: when,
    /** What the yes covers beyond its own command, part of what was signed. */
    scope: zApprovalScope.optional(),
    /** What stood on the page then: its text word for word, and what the endpoint signed of it. Since runtimes that say so. */
    shown: zShownEntry.optional(),
    /** The named approver's passkey that answered, in strong mode: what it signed says passkey.ts. */
    passkey: zKeptAssertion.optional(),
    /** The mailed link it was answered by. */
    link: zKeptLink.optional(),
    /** The runtime's signature over the decision (signed-bytes.ts), base64. */
    signature: text,
  }),
  /** An earlier yes covers this command too: which, and until when it does. */
  approval_cited: z.strictObject({ commandId: uuid, approvalId: uuid, words: text, until: when, citedAt: when }),
  /** The person at the endpoint ended what an earlier yes covers: from here on no order may cite it. Signed there (signed-bytes.ts). */
  approval_scope_ended: z.strictObject({
    approvalId: uuid,
    account: text,
    words: text,
    endedAt: when,
    signature: text,
  }),
  approval_ended: z.strictObject({
    approvalId: uuid,
    kind: z.enum(['session', 'action', 'identity']),
    commandId: uuid.nullable(),
    state: z.enum(['expired', 'withdrawn']),
    reason: text,
  }),
  /** No person's answer: the endpoint states, signed (unattended.ts), that its owner's file lets this session run by that rule. */
  unattended_allowed: z.strictObject({
    approvalId: uuid,
    hash: text,
    rule: text,
    policyLevel: z.enum(POLICY_SOURCES),
    policyVersion: z.number().int(),
    classes: z.array(z.enum(ACTION_CLASSES)),
    fileHash: text,
    words: text,
    requestedAt: when,
    statedAt: when,
    signature: text,
  }),
  /** The policy would let the session run unattended, and the endpoint's owner does not. */
  unattended_refused: z.strictObject({ approvalId: uuid, words: text }),
  /** An answer that came after another one counted. Kept, and without effect. */
  approval_ignored: z.strictObject({ approvalId: uuid, decision: text, reason: text, account: text, why: text }),
  command_proposed: z.strictObject({
    commandId: uuid,
    spec: zCommandSpec,
    reason: text,
    retryOf: uuid.nullable(),
    /** What the server read out of it then, worst first. */
    reasons: zReasons.optional(),
  }),
  command_accepted: z.strictObject({ commandId: uuid }),
  command_policy: z.strictObject({
    commandId: uuid,
    risk: zRisk,
    riskWhy: text,
    verdict: z.enum(POLICY_MODES),
    rule: text,
    policyVersion: z.number().int(),
    /** Whose policy; absent in records from before there were levels, where it was the client group's. */
    policyLevel: z.enum(POLICY_SOURCES).optional(),
    words: text,
    actionHash: text,
  }),
  /** Somebody asked for a command to be sent past the way it takes: refused, in the words that person was told. */
  dispatch_refused: z.strictObject({ commandId: uuid, state: zCommandState, words: text }),
  command_dispatched: z.strictObject({ commandId: uuid, envelopeHash: text, counter: z.number().int() }),
  command_started: z.strictObject({ commandId: uuid, startedAt: when, start: zCommandStart }),
  command_output: z.strictObject({
    commandId: uuid,
    frames: z.number().int(),
    chainHead: text,
    stdout: z.strictObject({ bytes: z.number().int(), sha256: text }),
    stderr: z.strictObject({ bytes: z.number().int(), sha256: text }),
  }),
  /** `signature`: the runtime's, over signed-bytes.ts exitBytes(), base64. */
  command_exit: z.strictObject({ commandId: uuid, exit: zCommandExit, signature: text, runtimeId: uuid }),
  /** The file came where it was to go: bound to the signed exit, whose stdout is this file's line (file-transfer.ts). */
  file_transferred: z.strictObject({
    commandId: uuid,
    direction: z.enum(DIRECTIONS),
    path: text,
    bytes: z.number().int(),
    sha256: text,
  }),
  /** `judged`: the endpoint refused it because it judges it worse than the desk did. */
  command_verdict: z.strictObject({ commandId: uuid, state: zCommandState, words: text, judged: zRisk.optional() }),
  command_cancel: z.strictObject({ commandId: uuid }),
  /** Typed into a running command. `text` as it was signed: a secret stands in it by its name only. */
  command_input: z.strictObject({ commandId: uuid, input: z.number().int(), text, end: z.boolean(), orderHash: text }),
  /** What became of it: given to the command, or not and why. */
  command_input_told: z.strictObject({ commandId: uuid, input: z.number().int(), given: z.boolean(), words: text }),
  message: z.strictObject({
    text,
    onEntry: z.number().int().nullable(),
    /** Shown to the person at the endpoint as well; left out: it stays at the desk. */
    toPerson: z.literal(true).optional(),
  }),
  sla: z.strictObject({
    clock: text,
    mark: z.enum(['warn', 'breach', 'escalate', 'met']),
    dueAt: when,
    startedAt: when,
    /** The waiting request of a command; left out: the session's own clock. */
    approval: z.strictObject({ id: text, commandId: text }).optional(),
  }),
  /** The session's clocks run by another policy from here on. */
  sla_policy: z.strictObject({
    organisation: z.number().int(),
    clientGroup: z.number().int(),
    client: z.number().int(),
    changes: z.array(text),
  }),
  /** Clocks stand still from here on, or go on. */
  sla_pause: z.strictObject({
    clocks: z.array(z.enum(CLOCKS)),
    paused: z.boolean(),
    why: z.array(z.enum(PAUSE_REASONS)),
  }),
  completed: z.strictObject({
    outcome: zOutcome,
    note: text,
    verification: z.array(z.number().int()),
    notVerifiedBecause: text.nullable(),
  }),
  /** The session held against a checklist, after it was completed. */
  reviewed: zReviewed,
  /** Somebody asks a senior to look. */
  flagged: z.strictObject({ flagId: uuid, note: text }),
  /** A senior looked: what was done is right, or what to do instead. A redirected flag stays open. */
  flag_reviewed: z.strictObject({ flagId: uuid, verdict: z.enum(FLAG_VERDICTS), note: text }),
  /** A scrubbed copy of the record was published by a link, which is in no record, nor is what the copy hides. */
  snapshot_shared: z.strictObject({
    snapshotId: uuid,
    /** The last entry that is in the copy. */
    throughSeq: z.number().int(),
    expiresAt: when,
    /** Places in which something is hidden. */
    hidden: z.number().int(),
    /** How often whoever reviewed it hid something more, or showed something again. */
    edits: z.strictObject({ hide: z.number().int(), show: z.number().int() }),
  }),
  /** Its link works no more, and its content is gone. */
  snapshot_revoked: z.strictObject({ snapshotId: uuid }),
  psa_note: z.strictObject({
    noteId: uuid,
    externalId: text,
    state: z.enum(['queued', 'failing', 'delivered']),
    words: text,
  }),
} as const;

export type EntryKind = keyof typeof payloads;
export const ENTRY_KINDS = Object.keys(payloads) as EntryKind[];
export type EntryPayload<K extends EntryKind = EntryKind> = z.infer<(typeof payloads)[K]>;

/** An entry before the store gave it its number. `key` makes a repeated append harmless. */
export type NewEntry<K extends EntryKind = EntryKind> = {
  [P in K]: {
    kind: P;
    key: string;
    actor: z.infer<typeof zActor>;
    origin: z.infer<typeof zOrigin>;
    at: string;
    payload: EntryPayload<P>;
  };
}[K];

/** An entry as read back. */
export type TranscriptEntry<K extends EntryKind = EntryKind> = {
  [P in K]: {
    seq: number;
    kind: P;
    actor: z.infer<typeof zActor>;
    origin: z.infer<typeof zOrigin>;
    at: string;
    payload: EntryPayload<P>;
    hash: string;
  };
}[K];

export const payloadSchema = <K extends EntryKind>(kind: K): (typeof payloads)[K] => payloads[kind];

/** The header's fields; its canonical JSON is what the chain hashes. */
export const zEntryHeader = z.strictObject({
  v: z.literal(1),
  mspId: z.string(),
  sessionId: z.string(),
  kind: z.string(),
  actor: zActor,
  origin: zOrigin,
  at: when,
});
export type EntryHeader = z.infer<typeof zEntryHeader>;
