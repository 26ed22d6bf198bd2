import type { Envelope } from '@throughline/domain/envelope';
import type { InputOrder } from '@throughline/domain/input-order';
import type { Evidence, SignedStatement } from './signer/protocol.ts';

export interface SignedEnvelope {
  bytes: Buffer;
  signature: Buffer;
  hash: string;
}

/**
 * Gets orders signed with the organisation's command key. The worker never holds it: it asks the signer, and brings what the person signed.
 * Both throw a {@link SignerRefusal} when the signer says no, which is final; any other error passes, so try again.
 */
export interface EnvelopeSigner {
  sign(envelope: Envelope, evidence: readonly Evidence[], statement?: SignedStatement): Promise<SignedEnvelope>;
  /** An answer to a running command: the signer goes by the command's own order, which it signed before. */
  signInput(order: InputOrder): Promise<SignedEnvelope>;
}

/** The signer looked at the order and will not sign it. */
export class SignerRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'SignerRefusal';
    this.code = code;
  }
}
