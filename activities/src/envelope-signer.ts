import { type KeyObject, createHash, sign } from 'node:crypto';
import { type Envelope, envelopeBytes } from '@throughline/domain/envelope';

export interface SignedEnvelope {
  bytes: Buffer;
  signature: Buffer;
  hash: string;
}

/** Signs orders with the organisation's command key (Ed25519). Lives in the worker: the api process never holds the key. */
export interface EnvelopeSigner {
  sign(envelope: Envelope): SignedEnvelope;
}

export function createEnvelopeSigner(privateKey: KeyObject): EnvelopeSigner {
  return {
    sign(envelope) {
      const bytes = Buffer.from(envelopeBytes(envelope));
      return {
        bytes,
        signature: sign(null, bytes, privateKey),
        hash: createHash('sha256').update(bytes).digest('hex'),
      };
    },
  };
}
