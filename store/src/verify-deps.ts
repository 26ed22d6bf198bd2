import { createPublicKey, verify } from 'node:crypto';
import type { VerifyDeps } from '@throughline/domain/verify-report';
import { passkeyDeps } from './passkey-deps.ts';

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** What verifyBundle needs, by Node's own cryptography. */
export const verifyDeps: VerifyDeps = {
  ...passkeyDeps,
  verifyEd25519(publicKeySpki, bytes, signature) {
    // Exactly the one form of an Ed25519 key: OpenSSL would overlook bytes after it.
    if (signature.length !== 64 || publicKeySpki.length !== 44) return false;
    if (!SPKI_PREFIX.equals(publicKeySpki.subarray(0, 12))) return false;
    try {
      const key = createPublicKey({ key: Buffer.from(publicKeySpki), format: 'der', type: 'spki' });
      return key.asymmetricKeyType === 'ed25519' && verify(null, bytes, key, signature);
    } catch (error) {
      // Not a key at all: OpenSSL says so by throwing, and a key that is none verifies nothing.
      if (typeof (error as { code?: unknown }).code === 'string') return false;
      throw error;
    }
  },
};
