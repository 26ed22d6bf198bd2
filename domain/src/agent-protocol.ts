import { z } from 'zod';
import { zKeptLink } from './approval-link.ts';
import { zApprovalScope } from './approval-scope.ts';
import { zRisk, zShell } from './command.ts';
import { MAX_SHOWN_TEXT, zShownPrompt } from './prompt/shown-prompt.ts';
import { zApproverPins, zAssertion, zKeptAssertion } from './passkey.ts';
import { zSecretName, zSecretValue } from './input-order.ts';
import {
  at,
  id,
  protocolParts,
  publicKey,
  short,
  signature,
  words,
  zCommandExit,
  zCommandStart,
  zEndpointFacts,
} from './protocol-parts.ts';
import type { ProtocolVersion } from './protocol-version.ts';
import { zReasons } from './risk/reason.ts';
import { zSignedRelease, zVersion } from './release.ts';
import { zUnattendedRule, zUnattendedStatement } from './unattended.ts';
import { zToldState } from './update-state.ts';

export {
  type CommandExit,
  type CommandStart,
  type EndpointFacts,
  zCommandExit,
  zCommandStart,
  zEndpointFacts,
  zStreamSum,
} from './protocol-parts.ts';
export { PROTOCOL_VERSION, type ProtocolVersion, isServed } from './protocol-version.ts';

/*
 * Messages between an endpoint's runtime and the gateway, JSON text frames over one outbound WebSocket (`/agent`).
 * Output travels as binary frames (output-frame.ts). docs/PROTOCOL.md tells the story; this file is the truth.
 *
 *   agent                                   gateway
 *     | hello ------------------------------> |  who I am, which commands are open
 *     | <----------------------------- challenge
 *     | prove (signature) ------------------> |
 *     | <------------------------------- welcome  what you have of my open commands
 *     | <------------------------ prompt, command
 *     | shown, decision, accept, started ----> |
 *     | output batches (binary) ------------> |
 *     | <----------------------------------- ack  after COMMIT
 *     | exit (signed) ----------------------> |
 *     | <------------------------------- settled
 *     | <--------------------------------- facts
 *     | facts ------------------------------> |
 */
const b64 = z.string().max(1_000_000);
/** Longest message to or from the person at the endpoint, in UTF-16 units. */
export const MAX_SAID = 4000;

/** POST /agent/enroll: answered with zEnrolled, or { error: { code, message } } with 4xx. */
const enrollRequest = (version: ProtocolVersion) =>
  z.strictObject({
    v: z.literal(version),
    token: z.string().min(10).max(200),
    hostname: words(255).min(1),
    /** Ed25519 public key, SPKI DER, base64. */
    publicKey,
    agentVersion: short,
    facts: protocolParts(version).facts,
  });
export const zEnrollRequest = z.discriminatedUnion('v', [enrollRequest(1), enrollRequest(2)]);
export type EnrollRequest = z.infer<typeof zEnrollRequest>;

export const zEnrolled = z.strictObject({
  runtimeId: id,
  runtimeLabel: short,
  endpointId: id,
  endpointName: short,
  mspId: id,
  mspName: short,
  clientName: short,
  /** The organisation's command key (Ed25519 SPKI DER, base64), pinned by the runtime from now on. */
  commandKey: z.string(),
  /** Whose passkeys approve commands, all of them or those of the classes it names, pinned by the runtime from now on. Since version 2. */
  approvers: zApproverPins.optional(),
});
export type Enrolled = z.infer<typeof zEnrolled>;

/** How far the runtime's journal knows a command. */
export const zJournalState = z.enum(['intent', 'started', 'exited', 'unknown', 'refused']);

const zOpenCommand = z.strictObject({ commandId: id, state: zJournalState, nextSeq: z.number().int().positive() });

const hello = <F extends z.ZodType>(facts: F) =>
  z.strictObject({
    type: z.literal('hello'),
    v: z.number().int(),
    runtimeId: id,
    agentVersion: short,
    bootId: short,
    /** Grows with every connect, kept on the endpoint's disk: an old one means a copied or rolled-back machine. */
    joinCounter: z.number().int().positive(),
    facts,
    at,
    open: z.array(zOpenCommand).max(10_000),
  });
const started = <S extends z.ZodType>(start: S) =>
  z.strictObject({ type: z.literal('started'), commandId: id, at, start });
/** `signature`: Ed25519 by the runtime's key over exitBytes(). */
const exited = <E extends z.ZodType>(exit: E) =>
  z.strictObject({ type: z.literal('exit'), commandId: id, exit, signature });
/** The answer to `facts`, and since version 2. */
const facts = <F extends z.ZodType>(form: F) =>
  z.strictObject({ type: z.literal('facts'), requestId: id, at, facts: form });

const decision1 = z.strictObject({
  type: z.literal('decision'),
  approvalId: id,
  decision: z.enum(['approve', 'deny']),
  reason: words(500),
  /** The operating-system account that sat at the prompt page. */
  account: short,
  at,
  /** The hash the prompt was bound to, as the runtime saw it. */
  hash: words(200),
  signature,
});
/** Since version 2. */
const decision2 = decision1.extend({
  /** What a yes covers beyond its own command, in answer to a prompt with `scopes`. */
  scope: zApprovalScope.optional(),
  /** What the page showed, in answer to a prompt with `keepsText`: signed with the decision. */
  shown: zShownPrompt.optional(),
  /** The text that was shown, whose hash `shown` names. */
  text: words(MAX_SHOWN_TEXT).optional(),
  /** A named approver's passkey answered, and this runtime checked it: signed with the decision. `account` is the approver's name. */
  passkey: zKeptAssertion.optional(),
  /** It was answered by a mailed link, which this computer's owner allows: signed with the decision. `account` is the contact's name. */
  link: zKeptLink.optional(),
});

const refuse1 = z.strictObject({ type: z.literal('refuse'), commandId: id, code: short, message: short, at });
/**
 * `judged`: what the endpoint itself judges the command, where it refuses it because the order called it less. Since version 2; left out by
 * earlier runtimes of it.
 */
const refuse2 = refuse1.extend({ judged: zRisk.optional() });
const alike = [
  z.strictObject({ type: z.literal('prove'), signature }),
  z.strictObject({ type: z.literal('heartbeat'), at }),
  z.strictObject({ type: z.literal('accept'), commandId: id, at }),
  /** Started, but nobody knows how it ended. Never run again by itself. */
  z.strictObject({ type: z.literal('unknown'), commandId: id, at, nextSeq: z.number().int().positive() }),
  z.strictObject({ type: z.literal('shown'), approvalId: id, at }),
  z.strictObject({ type: z.literal('end_session'), sessionId: id, reason: words(500), account: short, at }),
  z.strictObject({ type: z.literal('message'), sessionId: id, text: words(MAX_SAID).min(1), account: short, at }),
] as const;
/** An answer reached the command, or did not and why. Since version 2. */
const inputTold = z.strictObject({
  type: z.literal('input_told'),
  commandId: id,
  seq: z.number().int().positive(),
  given: z.boolean(),
  message: short,
  at,
});
/** Whether the command waits for input right now. Since version 2. */
const waits = z.strictObject({ type: z.literal('waits'), commandId: id, waits: z.boolean(), at });
/** A new key, signed over by the old one and by itself (rotationBytes). Since version 2. */
const rotate = z.strictObject({ type: z.literal('rotate'), publicKey, signature, proof: signature });
/** How far the runtime is with an update it was offered; said only about a version that the server named first. Since version 2. */
const updateState = z.strictObject({
  type: z.literal('update_state'),
  version: zVersion,
  state: zToldState,
  /** In plain words; empty where the state says it all. */
  reason: words(1000),
  at,
});

/** What a yes covers beyond its own command was ended at this computer: signed by the runtime's key over scopeEndBytes(). Since version 2. */
const endScope = z.strictObject({ type: z.literal('end_scope'), approvalId: id, account: short, at, signature });

/** An approver's answer, or one by a link, that does not count at this computer, and why. Since version 2. */
const answerRefused = z.strictObject({ type: z.literal('answer_refused'), approvalId: id, message: short, at });

/** The owner's file lets the session run unattended: the statement, signed by the runtime's key over unattendedBytes(). Since version 2. */
const unattendedAllowed = zUnattendedStatement.extend({ type: z.literal('unattended_allowed'), signature });
/** The owner's file does not let it, and why. Since version 2. */
const unattendedRefused = z.strictObject({ type: z.literal('unattended_refused'), approvalId: id, message: short, at });

/** What a runtime may say, in the record's forms: every version fits in here. */
export const zAgentMessage = z.discriminatedUnion('type', [
  hello(zEndpointFacts),
  started(zCommandStart),
  exited(zCommandExit),
  decision2,
  refuse2,
  facts(zEndpointFacts),
  rotate,
  inputTold,
  waits,
  updateState,
  endScope,
  answerRefused,
  unattendedAllowed,
  unattendedRefused,
  ...alike,
]);
export type AgentMessage = z.infer<typeof zAgentMessage>;

const [parts1, parts2] = [protocolParts(1), protocolParts(2)];
const messages1 = z.discriminatedUnion('type', [
  hello(parts1.facts),
  started(parts1.start),
  exited(parts1.exit),
  decision1,
  refuse1,
  ...alike,
]);
const messages2 = z.discriminatedUnion('type', [
  hello(parts2.facts),
  started(parts2.start),
  exited(parts2.exit),
  decision2,
  refuse2,
  facts(parts2.facts),
  rotate,
  inputTold,
  waits,
  updateState,
  endScope,
  answerRefused,
  unattendedAllowed,
  unattendedRefused,
  ...alike,
]);
/** What a runtime of a version may say, exactly. */
export const agentMessageOf = (version: ProtocolVersion): z.ZodType<AgentMessage> =>
  version === 1 ? messages1 : messages2;

export const zPrompt = z.strictObject({
  approvalId: id,
  sessionId: id,
  sessionNumber: z.number().int(),
  kind: z.enum(['session', 'action', 'identity']),
  hash: z.string(),
  mspName: short,
  clientName: short,
  endpointName: short,
  technician: z.strictObject({ name: short, role: short }),
  title: short,
  /** The technician's words. */
  reason: z.string().max(2000),
  /** The exact script, null for the consent to a session. */
  command: z.string().nullable(),
  shell: zShell.nullable(),
  cwd: short.nullable(),
  runAs: short.nullable(),
  risk: z.enum(['read_only', 'change', 'destructive']).nullable(),
  /** The technician may type into it while it runs; else left out. Since version 2. */
  input: z.literal(true).optional(),
  /** It moves a file, and no shell runs; else left out. Since version 2. */
  file: z.literal(true).optional(),
  /** The yes may cover more than this command: the server can take a decision with a `scope`. Since version 2. */
  scopes: z.literal(true).optional(),
  /** A named approver has to allow it (approver_answer): the person here can only say no. Since version 2, else left out. */
  approver: z.literal(true).optional(),
  /** The server keeps the text that was shown: it can take a decision with `shown` and `text`. Since version 2. */
  keepsText: z.literal(true).optional(),
  /** What the server read out of the command, worst first; positions in UTF-16 units, the end not included. Since version 2. */
  reasons: zReasons.optional(),
  /** Plain words: what changes, what does not, whether it can be undone. */
  changes: short,
  unchanged: short,
  undo: short,
  /** Read aloud on the phone: the technician sees the same digits. Six follow from the question (spoken-code.ts); an older server sends four of its own. */
  code: z.string(),
  requestedAt: at,
  expiresAt: at,
  nudges: z.number().int(),
});
export type Prompt = z.infer<typeof zPrompt>;

const zHead = z.strictObject({
  commandId: id,
  /** Everything up to and including this seq is stored. */
  ackSeq: z.number().int().nonnegative(),
  settled: z.boolean(),
});

export const zGatewayMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('challenge'), nonce: b64 }),
  z.strictObject({ type: z.literal('welcome'), v: z.number().int(), at, heads: z.array(zHead), mspName: short }),
  z.strictObject({
    type: z.literal('prompt'),
    prompt: zPrompt,
  }),
  /**
   * May this session run unattended, by the organisation's policy? The runtime looks into its owner's file and answers
   * `unattended_allowed` or `unattended_refused`. Where the person is asked instead, `prompt` with the same prompt follows. Since version 2.
   */
  zUnattendedRule.extend({ type: z.literal('unattended'), prompt: zPrompt }),
  z.strictObject({
    type: z.literal('prompt_closed'),
    approvalId: id,
    sessionId: id,
    state: z.enum(['approved', 'denied', 'expired', 'withdrawn']),
    message: short,
  }),
  /** The answer to `decision`: whether it was the one that counted. */
  z.strictObject({ type: z.literal('decided'), approvalId: id, counted: z.boolean(), message: short }),
  z.strictObject({ type: z.literal('command'), commandId: id, envelope: b64, signature: b64 }),
  z.strictObject({ type: z.literal('cancel'), commandId: id }),
  z.strictObject({ type: z.literal('ack'), commandId: id, ackSeq: z.number().int().nonnegative() }),
  /** A gap or wrong offset: send again from `expectedSeq`. */
  z.strictObject({ type: z.literal('rewind'), commandId: id, expectedSeq: z.number().int().positive() }),
  /** A frame was sent twice with different bytes: this command's stream is frozen for people to look at. */
  z.strictObject({ type: z.literal('conflict'), commandId: id, seq: z.number().int() }),
  z.strictObject({ type: z.literal('settled'), commandId: id }),
  /** Somebody at the desk wrote to the person at this computer; told again after a reconnect, so known by its `seq`. Since version 2. */
  z.strictObject({
    type: z.literal('said'),
    sessionId: id,
    seq: z.number().int().positive(),
    name: short,
    text: z.string().max(MAX_SAID),
    at,
  }),
  z.strictObject({
    type: z.literal('session_closed'),
    sessionId: id,
    outcome: short,
  }),
  /** What a named approver answered with a passkey (passkey.ts); the runtime checks it itself. Since version 2. */
  z.strictObject({
    type: z.literal('approver_answer'),
    approvalId: id,
    decision: z.enum(['approve', 'deny']),
    reason: words(500),
    passkey: zAssertion,
  }),
  /**
   * What was answered by a link that was mailed to the person (approval-link.ts), with what its page showed. The runtime takes a yes only
   * where its owner's file allows it, and answers with a `decision`, or with `answer_refused`. Since version 2.
   */
  z.strictObject({
    type: z.literal('link_answer'),
    approvalId: id,
    decision: z.enum(['approve', 'deny']),
    reason: words(500),
    page: zShownPrompt.pick({ language: true, textHash: true }),
    text: words(MAX_SHOWN_TEXT),
    link: zKeptLink,
  }),
  /** What is the computer like now? Since version 2. */
  z.strictObject({ type: z.literal('facts'), requestId: id }),
  /** The answer to `rotate`: from now on only the new key counts, or why not. Since version 2. */
  z.strictObject({ type: z.literal('rotated'), publicKey, accepted: z.boolean(), message: short }),
  /** An answer for a running command, signed like an order; the secrets it names travel beside it and are kept nowhere. Since version 2. */
  z.strictObject({
    type: z.literal('input'),
    commandId: id,
    order: b64,
    signature: b64,
    secrets: z.record(zSecretName, zSecretValue),
  }),
  /**
   * A newer version to change to: its description for each system it was built for, signed by the release key, which the runtime checks
   * itself. `serves`: the newest protocol this server speaks. The program is fetched over HTTP. Since version 2.
   */
  z.strictObject({
    type: z.literal('update_offer'),
    version: zVersion,
    releases: z.array(zSignedRelease).min(1).max(20),
    serves: z.number().int().positive(),
  }),
  /** The offer of this version stands no longer. Since version 2. */
  z.strictObject({ type: z.literal('update_withdrawn'), version: zVersion }),
  z.strictObject({
    type: z.literal('bye'),
    code: z.enum(['revoked', 'locked', 'replaced', 'unsupported', 'bad_signature', 'bad_message', 'shutting_down']),
    message: short,
  }),
]);
export type GatewayMessage = z.infer<typeof zGatewayMessage>;

const SINCE_2: ReadonlySet<GatewayMessage['type']> = new Set([
  'said',
  'approver_answer',
  'link_answer',
  'unattended',
  'facts',
  'rotated',
  'input',
  'update_offer',
  'update_withdrawn',
]);
/** Whether a runtime of this version knows this kind of message. */
export const understands = (version: ProtocolVersion, type: GatewayMessage['type']): boolean =>
  version >= 2 || !SINCE_2.has(type);

/** A gateway counts a runtime as gone after this long without a heartbeat (sent every HEARTBEAT_MS). */
export const HEARTBEAT_MS = 10_000;
export const CONTACT_LOST_MS = 30_000;
/** Unacknowledged output a runtime may have under way, per command. */
export const CREDIT_BYTES = 4 * 1024 * 1024;
