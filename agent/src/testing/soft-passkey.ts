import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  type ApproverPins,
  type Assertion,
  type PasskeyAnswer,
  type PinnedApprover,
  passkeyBytes,
  toBase64Url,
} from '@throughline/domain/passkey';

export const SITE = { rpId: 'desk.example.com', origin: 'https://desk.example.com' };

/** What an authenticator may be made to say otherwise. */
export interface Twist {
  type?: string;
  origin?: string;
  rpId?: string;
  /** User present 0x01, user verified 0x04. */
  flags?: number;
  crossOrigin?: boolean;
}

/** An authenticator in software: makes a key and signs with it as Web Authentication Level 2 §6.3.3 says. */
export class SoftPasskey {
  readonly approver: PinnedApprover;
  readonly #sign: (bytes: Uint8Array) => Buffer;

  constructor(name: string, kind: 'es256' | 'rs256' | 'eddsa' = 'es256') {
    const pair =
      kind === 'es256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : kind === 'rs256'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ed25519');
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    this.approver = { name, credentialId: randomBytes(16).toString('base64'), publicKey };
    this.#sign = (bytes) => sign(kind === 'eddsa' ? null : 'sha256', bytes, pair.privateKey);
  }

  /** What a browser hands out for a new passkey. */
  registration(site: typeof SITE, challenge: Uint8Array, flags = 0x45) {
    const hash = (text: string) => createHash('sha256').update(text).digest();
    const id = Buffer.from(this.approver.credentialId, 'base64');
    const length = Buffer.of(id.length >> 8, id.length & 0xff);
    const head = Buffer.concat([hash(site.rpId), Buffer.of(flags), Buffer.alloc(4), Buffer.alloc(16), length, id]);
    const clientData = { type: 'webauthn.create', challenge: toBase64Url(challenge), origin: site.origin };
    return {
      credentialId: this.approver.credentialId,
      publicKey: this.approver.publicKey,
      authenticatorData: head.toString('base64'),
      clientDataJSON: Buffer.from(JSON.stringify(clientData)).toString('base64'),
    };
  }

  answer(said: PasskeyAnswer, twist: Twist = {}): Assertion {
    const hash = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
    const { type = 'webauthn.get', origin = SITE.origin, crossOrigin = false } = twist;
    const challenge = toBase64Url(hash(passkeyBytes(said)));
    const clientData = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }));
    const counter = Buffer.from([0, 0, 0, 0]);
    const authenticatorData = Buffer.concat([hash(twist.rpId ?? SITE.rpId), Buffer.of(twist.flags ?? 0x05), counter]);
    return {
      credentialId: this.approver.credentialId,
      authenticatorData: authenticatorData.toString('base64'),
      clientDataJSON: clientData.toString('base64'),
      signature: this.#sign(Buffer.concat([authenticatorData, hash(clientData)])).toString('base64'),
    };
  }
}

export const pinsOf = (...keys: SoftPasskey[]): ApproverPins => ({
  ...SITE,
  approvers: keys.map(({ approver }) => approver),
});
