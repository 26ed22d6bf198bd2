import { z } from 'zod';
import { utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import { zRisk, zRunAs, zShell } from './command.ts';

/** The order to run one command on one endpoint, signed over all its fields by the organisation's command key. Unknown fields are refused. */
export const zEnvelope = z.strictObject({
  v: z.literal(1),
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
});
export type Envelope = z.infer<typeof zEnvelope>;

/** Startable for this long after it was signed. */
export const ENVELOPE_LIFETIME_MS = 15 * 60_000;

const PREFIX = 'throughline/envelope/v1\n';

/** The bytes that are signed and sent. */
export const envelopeBytes = (envelope: Envelope): Uint8Array => utf8(PREFIX + canonicalJson(envelope));

/** Parses the bytes back, strictly: what is not exactly our own spelling is refused. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (!text.startsWith(PREFIX)) throw new RangeError('not a command envelope of a known version');
  const envelope = zEnvelope.parse(JSON.parse(text.slice(PREFIX.length)));
  if (PREFIX + canonicalJson(envelope) !== text) throw new RangeError('the envelope is not in canonical form');
  return envelope;
}
