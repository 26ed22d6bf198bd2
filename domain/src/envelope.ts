import { z } from 'zod';
import { utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import { type CommandSpec, zRisk, zRunAs, zShell } from './command.ts';
import { zFileTransfer } from './file-transfer.ts';
import { type UnattendedRule, zUnattendedRule } from './unattended.ts';

/** The order to run one command on one endpoint, signed over all its fields by the organisation's command key. Unknown fields are refused. */
const fields = {
  mspId: z.string(),
  runtimeId: z.string(),
  endpointId: z.string(),
  sessionId: z.string(),
  commandId: z.string(),
  /** Grows by at least one with every envelope to this runtime; an old one is a replay. */
  counter: z.number().int().positive(),
  shell: zShell,
  script: z.string(),
  cwd: z.string().nullable(),
  runAs: zRunAs,
  timeoutMs: z.number().int(),
  /** The command may start until then, in ms since the epoch. */
  notAfter: z.number().int(),
  notBefore: z.number().int(),
  risk: zRisk,
  actionHash: z.string(),
  /** Consent to the session first, then the action's own approval where there is one. */
  approvals: z.array(
    z.strictObject({ id: z.string(), kind: z.enum(['session', 'action', 'identity']), hash: z.string() }),
  ),
  /** Shown on the prompt page's live activity. */
  technician: z.string(),
};
/** What protocol 2 brought. An order that needs none of it stays of version 1, readable for an older runtime. */
const fieldsSince2 = {
  maxOutputBytes: z.number().int().positive().optional(),
  input: z.literal(true).optional(),
  file: zFileTransfer.optional(),
};
export const zEnvelope = z.discriminatedUnion('v', [
  z.strictObject({ v: z.literal(1), ...fields }),
  z.strictObject({
    v: z.literal(2),
    ...fields,
    ...fieldsSince2,
    /** It runs by this rule of the organisation's policy: nobody was asked, and the endpoint's owner must have allowed that. */
    unattended: zUnattendedRule.optional(),
  }),
]);
export type Envelope = z.infer<typeof zEnvelope>;

type Since2 = { [K in keyof typeof fieldsSince2]?: z.infer<(typeof fieldsSince2)[K]> };
const NAMES_SINCE_2 = Object.keys(fieldsSince2) as (keyof Since2)[];

/** The order for what is to run, in the oldest version that can say it. */
export function envelopeFor(
  spec: CommandSpec,
  about: Omit<Envelope & { v: 1 }, 'v' | keyof CommandSpec>,
  unattended?: UnattendedRule,
): Envelope {
  const { shell, script, cwd, runAs, timeoutMs } = spec;
  const order = { ...about, shell, script, cwd, runAs, timeoutMs };
  if (unattended === undefined && !needsProtocol2(spec)) return { v: 1, ...order };
  return { v: 2, ...order, ...since2(spec), ...(unattended && { unattended }) };
}

/** The rule by which it runs and nobody was asked; undefined: it needs what people said. */
export const unattendedRuleOf = (envelope: Envelope): UnattendedRule | undefined =>
  envelope.v === 2 ? envelope.unattended : undefined;

/** Whether an older runtime could only refuse it. */
export const needsProtocol2 = (spec: CommandSpec): boolean => Object.keys(since2(spec)).length > 0;

/** Only the members that are there: in canonical JSON, and so in a hash, absent is not the same as undefined. */
const since2 = (from: Since2): Since2 =>
  Object.fromEntries(NAMES_SINCE_2.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));

/** Startable for this long after it was signed. */
export const ENVELOPE_LIFETIME_MS = 15 * 60_000;
/** The shortest wait for an endpoint that may be asked for. */
export const MIN_SEND_WITHIN_MS = 5_000;

const prefixOf = (v: number): string => `throughline/envelope/v${v}\n`;

/** The bytes that are signed and sent. */
export const envelopeBytes = (envelope: Envelope): Uint8Array => utf8(prefixOf(envelope.v) + canonicalJson(envelope));

/** Parses the bytes back, strictly: what is not exactly our own spelling is refused. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const prefix = [1, 2].map(prefixOf).find((known) => text.startsWith(known));
  if (prefix === undefined) throw new RangeError('not a command envelope of a known version');
  const envelope = zEnvelope.parse(JSON.parse(text.slice(prefix.length)));
  if (prefixOf(envelope.v) + canonicalJson(envelope) !== text)
    throw new RangeError('the envelope is not in canonical form');
  return envelope;
}

/** Exactly what the order is to run: the fields an approval is bound to. */
export function specOf(envelope: Envelope): CommandSpec {
  const { shell, script, cwd, runAs, timeoutMs } = envelope;
  return { shell, script, cwd, runAs, timeoutMs, ...(envelope.v === 2 ? since2(envelope) : {}) };
}
