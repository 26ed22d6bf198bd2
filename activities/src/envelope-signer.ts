import { type KeyObject, createHash, sign } from 'node:crypto';
import { type Envelope, envelopeBytes } from '@throughline/domain/envelope';
import { type InputOrder, inputOrderBytes } from '@throughline/domain/input-order';

export interface SignedEnvelope {
  bytes: Buffer;
  signature: Buffer;
  hash: string;
}

/** Signs orders with the organisation's command key (Ed25519). Lives in the worker: the api process never holds the key. */
export interface EnvelopeSigner {
  sign(envelope: Envelope): SignedEnvelope;
  signInput(order: InputOrder): SignedEnvelope;
}

export function createEnvelopeSigner(privateKey: KeyObject): EnvelopeSigner {
  const signed = (order: Uint8Array): SignedEnvelope => {
    const bytes = Buffer.from(order);
    return { bytes, signature: sign(null, bytes, privateKey), hash: createHash('sha256').update(bytes).digest('hex') };
  };
  return {
    sign: (envelope) => signed(envelopeBytes(envelope)),
    signInput: (order) => signed(inputOrderBytes(order)),
  };
}
