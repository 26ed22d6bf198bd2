import { z } from 'zod';
import { fromBase64, toBase64 } from './base64.ts';
import { type Sha256, concat, equalBytes, toHex, utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import type { CommandSpec, Risk } from './command.ts';
import { ACTION_CLASSES } from './policy.ts';
import { classesOf } from './unattended.ts';

/*
 * Strong mode: a named approver's passkey signs what may run, and the endpoint checks the signature against keys that are pinned there.
 * The words are those of Web Authentication Level 2 (W3C, 2021); all bytes travel as base64 (RFC 4648 §4).
 */

/** Who may approve at an endpoint. */
export const zPinnedApprover = z.strictObject({
  name: z.string().min(1).max(200),
  credentialId: z.string().min(4).max(1400),
  /** SPKI DER. */
  publicKey: z.string().min(40).max(2000),
});
export type PinnedApprover = z.infer<typeof zPinnedApprover>;

/** What an endpoint pins: from then on the server cannot change it. */
export const zApproverPins = z.strictObject({
  /** The desk's host name, to which the passkeys belong. */
  rpId: z.string().min(1).max(255),
  /** Where the approver's page lies: `https://desk.example.com`. */
  origin: z.string().min(1).max(300),
  approvers: z.array(zPinnedApprover).max(50),
  /** The classes of commands that need one of them; left out: all commands do, which is strong mode. */
  classes: z.array(z.enum(ACTION_CLASSES)).min(1).max(ACTION_CLASSES.length).optional(),
});
export type ApproverPins = z.infer<typeof zApproverPins>;

/** Whether by these pins a command needs an approver. What is typed into an open input may change anything, whatever the script does. */
export function needsApprover(
  { classes }: Pick<ApproverPins, 'classes'>,
  { risk, runAs, input }: Pick<CommandSpec, 'runAs' | 'input'> & { risk: Risk },
): boolean {
  if (classes === undefined) return true;
  const own = classesOf(input === true && risk === 'read_only' ? 'change' : risk, runAs);
  return own.some((of) => classes.includes(of));
}

/** A passkey's signature, with what it signed. Capped: it travels with an answer and is kept in the record. */
export const zAssertion = z.strictObject({
  credentialId: z.string().max(1400),
  authenticatorData: z.string().max(2000),
  clientDataJSON: z.string().max(4000),
  signature: z.string().max(1000),
});
export type Assertion = z.infer<typeof zAssertion>;

/**
 * An assertion as the endpoint keeps it and signs it with its decision: with what it had pinned when it checked, so that anyone can check again.
 * `pin` is left out by earlier runtimes of protocol 2.
 */
export const zKeptAssertion = zAssertion.extend({
  pin: zApproverPins
    .pick({ rpId: true, origin: true })
    .extend({ publicKey: zPinnedApprover.shape.publicKey })
    .optional(),
});
export type KeptAssertion = z.infer<typeof zKeptAssertion>;

/** What an approver's answer counted by. */
export const keptAssertion = (
  assertion: Assertion,
  { rpId, origin }: ApproverPins,
  { publicKey }: PinnedApprover,
): KeptAssertion => ({
  ...assertion,
  pin: { rpId, origin, publicKey },
});

/** What a passkey's answer is bound to: one question, asked at one endpoint about exactly one action, answered in time. */
export interface PasskeyAnswer {
  endpointId: string;
  sessionId: string;
  approvalId: string;
  /** The action's hash: session, endpoint and every field of what will run. */
  hash: string;
  /** ms since the epoch. */
  expiresAt: number;
  decision: 'approve' | 'deny';
  reason: string;
}

/** The bytes whose SHA-256 is the challenge that the passkey signs. */
export const passkeyBytes = (answer: PasskeyAnswer): Uint8Array => {
  const { endpointId, sessionId, approvalId, hash, expiresAt, decision, reason } = answer;
  const said = { endpointId, sessionId, approvalId, hash, expiresAt, decision, reason };
  return utf8(`throughline/passkey/v1\n${canonicalJson(said)}`);
};

/** Base64 as WebAuthn spells it in client data (RFC 4648 §5, no padding). */
export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** The key as people compare it: the first 16 bytes of its SHA-256, in groups of four digits. */
export const fingerprintOf = (sha256: Sha256, publicKey: string): string =>
  (toHex(sha256(fromBase64(publicKey)).subarray(0, 16)).match(/.{4}/g) ?? []).join(' ');

export interface PasskeyDeps {
  sha256: Sha256;
  /** By ES256, RS256 or EdDSA, whichever the key is for; false also for a key that is none. */
  verifyPasskey: (publicKeySpki: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean;
}

const zClientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
});
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
/** Hash of the relying party's id, flags and counter: the least that authenticator data holds. */
const AUTHENTICATOR_DATA = 37;

export type CheckedAssertion = { ok: true; approver: PinnedApprover } | { ok: false; fault: string };

/**
 * Web Authentication Level 2 §7.2, steps 5 to 20, for the challenge of this answer. Step 21, the signature counter, tells of a cloned
 * authenticator only where passkeys are not synchronised, which they mostly are: it is not looked at.
 */
export function checkAssertion(
  { sha256, verifyPasskey }: PasskeyDeps,
  pins: ApproverPins,
  answer: PasskeyAnswer,
  assertion: Assertion,
): CheckedAssertion {
  const no = (fault: string): CheckedAssertion => ({ ok: false, fault });
  const approver = pins.approvers.find(({ credentialId }) => credentialId === assertion.credentialId);
  if (approver === undefined) return no('The passkey is not one of those that are pinned on this computer.');
  const read = parts(assertion, approver);
  if (read === null) return no('The passkey’s answer cannot be read.');
  const { client, clientDataBytes, authenticatorData, signature, publicKey } = read;
  if (client.type !== 'webauthn.get') return no('The passkey signed something that is not an answer.');
  if (client.challenge !== toBase64Url(sha256(passkeyBytes(answer))))
    return no('The passkey signed something else than this question.');
  if (client.origin !== pins.origin || client.crossOrigin === true) return no('The passkey was used on another site.');
  if (authenticatorData.length < AUTHENTICATOR_DATA) return no('The passkey’s answer cannot be read.');
  if (!equalBytes(authenticatorData.subarray(0, 32), sha256(utf8(pins.rpId))))
    return no('The passkey belongs to another site.');
  const flags = authenticatorData[32] ?? 0;
  if ((flags & USER_PRESENT) === 0) return no('Nobody touched the passkey.');
  if ((flags & USER_VERIFIED) === 0) return no('The passkey did not check who used it.');
  if (!verifyPasskey(publicKey, concat(authenticatorData, sha256(clientDataBytes)), signature))
    return no('The passkey’s signature does not fit the key that is pinned on this computer.');
  return { ok: true, approver };
}

function parts(assertion: Assertion, approver: PinnedApprover) {
  try {
    const clientDataBytes = fromBase64(assertion.clientDataJSON);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(clientDataBytes);
    return {
      client: zClientData.parse(JSON.parse(text)),
      clientDataBytes,
      authenticatorData: fromBase64(assertion.authenticatorData),
      signature: fromBase64(assertion.signature),
      publicKey: fromBase64(approver.publicKey),
    };
  } catch {
    // Bytes from outside, in whatever form: none of it is an answer.
    return null;
  }
}
