import { createPublicKey, verify } from 'node:crypto';
import type { PasskeyDeps } from '@throughline/domain/passkey';
import { sha256 } from './record-store.ts';

/** The key, if it is of a kind that endpoints can check: P-256, RSA or Ed25519. */
export function passkeyOf(publicKeySpki: Uint8Array) {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKeySpki), format: 'der', type: 'spki' });
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    const p256 = type === 'ec' && details?.namedCurve === 'prime256v1';
    return p256 || type === 'rsa' || type === 'ed25519' ? key : null;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'string') return null;
    throw error;
  }
}

/** What checkAssertion needs, by Node's own cryptography. */
export const passkeyDeps: PasskeyDeps = {
  sha256,
  verifyPasskey(publicKeySpki, bytes, signature) {
    const key = passkeyOf(publicKeySpki);
    if (key === null) return false;
    try {
      return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key, signature);
    } catch (error) {
      // No signature of its kind.
      if (typeof (error as { code?: unknown }).code === 'string') return false;
      throw error;
    }
  },
};
