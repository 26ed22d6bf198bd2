import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { zKeptLink } from '@throughline/domain/approval-link';
import { zApprovalScope } from '@throughline/domain/approval-scope';
import { zKeptAssertion } from '@throughline/domain/passkey';
import { zShownPrompt } from '@throughline/domain/prompt/shown-prompt';
import { zUnattendedStatement } from '@throughline/domain/unattended';
import { z } from 'zod';

/*
 * What worker and signer say to each other: one JSON object a line, over a Unix domain socket. A request carries an `id`, its answer
 * the same one; answers may come in another order. A new kind of order is a new `kind` here and a new check beside check-order.ts.
 */

/** An answer of the person at the endpoint, as the runtime signed it (decisionBytes). The worker copies it from the record. */
export const zEvidence = z.strictObject({
  approvalId: z.string(),
  decision: z.string(),
  reason: z.string(),
  account: z.string(),
  at: z.number().int(),
  hash: z.string(),
  signature: z.string(),
  scope: zApprovalScope.optional(),
  shown: zShownPrompt.optional(),
  passkey: zKeptAssertion.optional(),
  link: zKeptLink.optional(),
});
export type Evidence = z.infer<typeof zEvidence>;

/** That the endpoint's owner lets the session run unattended, as the runtime signed it (unattendedBytes). */
export const zSignedStatement = zUnattendedStatement.extend({ signature: z.string() });
export type SignedStatement = z.infer<typeof zSignedStatement>;

const id = z.number().int().nonnegative();

export const zRequest = z.discriminatedUnion('kind', [
  /** Is the signer there, and does its database answer? */
  z.strictObject({ kind: z.literal('ping'), id }),
  /** `envelope`: the bytes to sign, base64. */
  z.strictObject({
    kind: z.literal('command'),
    id,
    envelope: z.string(),
    evidence: z.array(zEvidence).max(16),
    statement: zSignedStatement.optional(),
  }),
  /** An answer to a command that runs. `order`: the bytes to sign, base64. */
  z.strictObject({ kind: z.literal('input'), id, order: z.string() }),
]);
export type Request = z.infer<typeof zRequest>;
export type RequestOf<Kind extends Request['kind']> = Request & { kind: Kind };

export const REFUSALS = [
  'MALFORMED',
  'NOT_FOUND',
  'SESSION_OVER',
  'WRONG_RUNTIME',
  'REVOKED',
  'BAD_COUNTER',
  'BAD_LIFETIME',
  'WRONG_COMMAND',
  'NO_CONSENT',
  'NO_APPROVAL',
  'NO_OPEN_INPUT',
] as const;
export type RefusalCode = (typeof REFUSALS)[number];

export const zAnswer = z.discriminatedUnion('ok', [
  /** `signature`: Ed25519 over the envelope's bytes, base64; null for a ping. */
  z.strictObject({ id, ok: z.literal(true), signature: z.string().nullable() }),
  /** `UNAVAILABLE`: the signer could not look, try again. Everything else is final. */
  z.strictObject({ id, ok: z.literal(false), code: z.enum([...REFUSALS, 'UNAVAILABLE']), message: z.string() }),
]);
export type Answer = z.infer<typeof zAnswer>;

/** A script has 64 KiB at most, up to six characters a byte in JSON, and a third more as base64. */
export const MAX_LINE = 1024 * 1024;

/** Where the signer of a data folder listens. Windows has no such files: there it is a named pipe. */
export function signerSocket(dataDir: string): string {
  if (process.platform !== 'win32') return join(resolve(dataDir), 'signer.sock');
  return `\\\\.\\pipe\\throughline-signer-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16)}`;
}
