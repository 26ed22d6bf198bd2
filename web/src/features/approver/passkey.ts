import { fromBase64, toBase64 } from '@throughline/domain/base64';
import { type Assertion, type PasskeyAnswer, passkeyBytes } from '@throughline/domain/passkey';
import type { NewPasskey } from '@throughline/domain/passkey-registration';
import { type Failure, failure } from '../../lib/failure.ts';

/* The browser's passkeys (Web Authentication Level 2), in the product's own spelling: all bytes in base64. */

export interface Registration {
  userId: string;
  name: string;
  email: string;
  mspName: string;
  clientName: string;
  challenge: string;
  rpId: string;
}

/** ES256, EdDSA, RS256: what endpoints can check. */
const ALGORITHMS = [-7, -8, -257];
const WAIT_MS = 5 * 60_000;
const base64 = (buffer: ArrayBuffer): string => toBase64(new Uint8Array(buffer));
const source = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

export const hasPasskeys = (): boolean => typeof globalThis.PublicKeyCredential === 'function';

/** Makes a passkey. What the browser or its owner refuses comes back in words. */
export async function makePasskey(about: Registration): Promise<NewPasskey | Failure> {
  try {
    const made = (await navigator.credentials.create({
      publicKey: {
        challenge: source(fromBase64(about.challenge)),
        rp: { id: about.rpId, name: `${about.mspName} (Throughline)` },
        user: {
          id: new TextEncoder().encode(about.userId),
          name: about.email || about.name,
          displayName: about.name,
        },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
        attestation: 'none',
        timeout: WAIT_MS,
      },
    })) as PublicKeyCredential | null;
    const response = made?.response as AuthenticatorAttestationResponse | undefined;
    const publicKey = response?.getPublicKey();
    if (!made || !response || !publicKey)
      return failure('INVALID_INPUT', 'This browser does not tell the passkey’s public key. Use another browser.');
    return {
      credentialId: base64(made.rawId),
      publicKey: base64(publicKey),
      authenticatorData: base64(response.getAuthenticatorData()),
      clientDataJSON: base64(response.clientDataJSON),
    };
  } catch (error) {
    return refusal(error);
  }
}

/** Has the passkey sign the answer, over the hash of exactly what the page shows. */
export async function signAnswer(
  rpId: string,
  credentialId: string,
  answer: PasskeyAnswer,
): Promise<Assertion | Failure> {
  try {
    const challenge = await crypto.subtle.digest('SHA-256', source(passkeyBytes(answer)));
    const given = (await navigator.credentials.get({
      publicKey: {
        challenge,
        rpId,
        allowCredentials: [{ type: 'public-key', id: source(fromBase64(credentialId)) }],
        userVerification: 'required',
        timeout: WAIT_MS,
      },
    })) as PublicKeyCredential | null;
    if (!given) return refusal(null);
    const response = given.response as AuthenticatorAssertionResponse;
    return {
      credentialId: base64(given.rawId),
      authenticatorData: base64(response.authenticatorData),
      clientDataJSON: base64(response.clientDataJSON),
      signature: base64(response.signature),
    };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Failure {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || error === null)
    return failure('FORBIDDEN', 'The passkey was not used: it was cancelled, or it took too long. Try again.');
  if (name === 'InvalidStateError') return failure('CONFLICT', 'There is a passkey for this here already.');
  console.warn('The passkey could not be used.', error);
  return failure('UNAVAILABLE', 'The passkey could not be used on this device. Try another device or browser.');
}
