import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { zEnrolled } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import { z } from 'zod';
import { type DataFolder, writeDurably } from './data-folder.ts';

/** Who this runtime is: what enrolment answered, the server, and the private key that never leaves this folder. */
export const zIdentity = zEnrolled.omit({ approvers: true }).extend({
  v: z.literal(1),
  server: z.string(),
  /** The name it enrolled under, where --name gave another than the machine's own. */
  hostname: z.string(),
  /** Ed25519, PKCS #8 PEM. */
  privateKey: z.string(),
  publicKey: z.string(),
  enrolledAt: z.number().int(),
  /** It was enrolled into strong mode: without the approvers' file (approver-pins.ts) nothing runs. */
  strong: z.literal(true).optional(),
  /** When this key was made, if it is not the one of the enrolment. */
  keyMadeAt: z.number().int().optional(),
  /** Offered to the server, and not yet known to count (key-change.ts). */
  nextKey: z.strictObject({ privateKey: z.string(), publicKey: z.string() }).optional(),
});
export type Identity = z.infer<typeof zIdentity>;

export function loadIdentity(folder: DataFolder): Identity {
  if (!existsSync(folder.identity)) {
    throw new DomainError(
      'NOT_FOUND',
      `This computer is not enrolled (${folder.identity} does not exist). Run: enroll --server URL --token TOKEN`,
    );
  }
  return zIdentity.parse(JSON.parse(readFileSync(folder.identity, 'utf8')));
}

export const saveIdentity = (folder: DataFolder, identity: Identity): void =>
  writeDurably(folder.identity, `${JSON.stringify(identity, null, 2)}\n`);

/** A new Ed25519 key pair; the public half as SPKI DER in base64, as the protocol carries it. */
export function newKeyPair(): { privateKey: string; publicKey: string } {
  const pair = generateKeyPairSync('ed25519');
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

export type Signer = (bytes: Uint8Array) => string;

export const signWith = (privateKey: string, bytes: Uint8Array): string =>
  sign(null, bytes, createPrivateKey(privateKey)).toString('base64');

/** Checks signatures of the organisation's command key, pinned at enrolment. */
export function commandKeyVerifier(identity: Identity): (bytes: Uint8Array, signature: string) => boolean {
  const key = createPublicKey({ key: Buffer.from(identity.commandKey, 'base64'), type: 'spki', format: 'der' });
  return (bytes, signature) => verify(null, bytes, key, Buffer.from(signature, 'base64'));
}
