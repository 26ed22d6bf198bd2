import { createPublicKey, verify } from 'node:crypto';
import type { PasskeyDeps } from '@throughline/domain/passkey';
import { sha256 } from './sha256.ts';

/** What checkAssertion needs, by Node's own cryptography. The algorithm follows from the pinned key, never from the message. */
export const passkeyDeps: PasskeyDeps = {
  sha256,
  verifyPasskey(publicKeySpki, bytes, signature) {
    try {
      const key = createPublicKey({ key: Buffer.from(publicKeySpki), format: 'der', type: 'spki' });
      const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
      if (type === 'ed25519') return verify(null, bytes, key, signature);
      const known = (type === 'ec' && details?.namedCurve === 'prime256v1') || type === 'rsa';
      return known && verify('sha256', bytes, key, signature);
    } catch (error) {
      // Not a key, or no signature of its kind: OpenSSL says so by throwing.
      if (typeof (error as { code?: unknown }).code === 'string') return false;
      throw error;
    }
  },
};
