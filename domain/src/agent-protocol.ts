import { z } from 'zod';
import { zShell } from './command.ts';

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
 */
export const PROTOCOL_VERSION = 1;

const id = z.string().min(1).max(64);
const at = z.number().int();
const b64 = z.string().max(1_000_000);
/** What an endpoint says in words. No NUL: the store could not keep it, and what cannot be kept is refused here, with the field's name. */
const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\0'), 'holds a NUL character');
const short = words(4096);
/** A base64 Ed25519 signature is 88 characters. Capped hard: it travels into the workflow's history. */
const signature = z.string().max(100);

export const zEndpointFacts = z.strictObject({
  hostname: short,
  os: short,
  osVersion: short,
  arch: short,
  timeZone: short,
  users: z.array(short).max(64),
  shells: z.array(z.strictObject({ shell: zShell, path: short, version: short })).max(16),
  diskFreeBytes: z.number(),
  memoryBytes: z.number(),
  addresses: z.array(short).max(64),
  runtimeUser: short,
});
export type EndpointFacts = z.infer<typeof zEndpointFacts>;

/** POST /agent/enroll: answered with zEnrolled, or { error: { code, message } } with 4xx. */
export const zEnrollRequest = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  token: z.string().min(10).max(200),
  hostname: words(255).min(1),
  /** Ed25519 public key, SPKI DER, base64. */
  publicKey: z.string().min(20).max(500),
  agentVersion: short,
  facts: zEndpointFacts,
});
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
});
export type Enrolled = z.infer<typeof zEnrolled>;

/** How far the runtime's journal knows a command. */
export const zJournalState = z.enum(['intent', 'started', 'exited', 'unknown', 'refused']);

const zOpenCommand = z.strictObject({ commandId: id, state: zJournalState, nextSeq: z.number().int().positive() });

export const zCommandStart = z.strictObject({
  pid: z.number().int(),
  effectiveUser: short,
  cwd: short,
  shellPath: short,
  shellVersion: short,
  /** Absolute path of the script's first word, where it resolves to a file. */
  resolvedPath: short.nullable(),
  path: words(32_768),
  /** Names kept; values of secret-named variables are masked before they leave the endpoint. */
  environment: z.record(words(4096), words(32_768)),
  arch: short,
});
export type CommandStart = z.infer<typeof zCommandStart>;

export const zStreamSum = z.strictObject({ bytes: z.number().int().nonnegative(), sha256: z.string().length(64) });

export const zCommandExit = z.strictObject({
  exitCode: z.number().int().nullable(),
  signal: short.nullable(),
  timedOut: z.boolean(),
  cancelled: z.boolean(),
  startedAt: at,
  finishedAt: at,
  stdout: zStreamSum,
  stderr: zStreamSum,
  /** The last frame's seq, 0 when there was no output. */
  lastSeq: z.number().int().nonnegative(),
  /** Head of the output chain (output-chain.ts), hexadecimal. */
  chainHead: z.string().length(64),
  pipeLeaked: z.boolean(),
  askedForInput: z.boolean(),
});
export type CommandExit = z.infer<typeof zCommandExit>;

export const zAgentMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    v: z.number().int(),
    runtimeId: id,
    agentVersion: short,
    bootId: short,
    /** Grows with every connect, kept on the endpoint's disk: an old one means a copied or rolled-back machine. */
    joinCounter: z.number().int().positive(),
    facts: zEndpointFacts,
    at,
    open: z.array(zOpenCommand).max(10_000),
  }),
  z.strictObject({ type: z.literal('prove'), signature }),
  z.strictObject({ type: z.literal('heartbeat'), at }),
  z.strictObject({ type: z.literal('accept'), commandId: id, at }),
  z.strictObject({ type: z.literal('refuse'), commandId: id, code: short, message: short, at }),
  z.strictObject({ type: z.literal('started'), commandId: id, at, start: zCommandStart }),
  /** `signature`: Ed25519 by the runtime's key over exitBytes(). */
  z.strictObject({ type: z.literal('exit'), commandId: id, exit: zCommandExit, signature }),
  /** Started, but nobody knows how it ended. Never run again by itself. */
  z.strictObject({ type: z.literal('unknown'), commandId: id, at, nextSeq: z.number().int().positive() }),
  z.strictObject({ type: z.literal('shown'), approvalId: id, at }),
  z.strictObject({
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
  }),
  z.strictObject({ type: z.literal('end_session'), sessionId: id, reason: words(500), account: short, at }),
  z.strictObject({ type: z.literal('message'), sessionId: id, text: words(4000).min(1), account: short, at }),
]);
export type AgentMessage = z.infer<typeof zAgentMessage>;

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
  /** Plain words: what changes, what does not, whether it can be undone. */
  changes: short,
  unchanged: short,
  undo: short,
  /** Read aloud on the phone: the technician sees the same four digits. */
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
  z.strictObject({
    type: z.literal('session_closed'),
    sessionId: id,
    outcome: short,
  }),
  z.strictObject({
    type: z.literal('bye'),
    code: z.enum(['revoked', 'locked', 'replaced', 'unsupported', 'bad_signature', 'bad_message', 'shutting_down']),
    message: short,
  }),
]);
export type GatewayMessage = z.infer<typeof zGatewayMessage>;

/** A gateway counts a runtime as gone after this long without a heartbeat (sent every HEARTBEAT_MS). */
export const HEARTBEAT_MS = 10_000;
export const CONTACT_LOST_MS = 30_000;
/** Unacknowledged output a runtime may have under way, per command. */
export const CREDIT_BYTES = 4 * 1024 * 1024;
