import { z } from 'zod';
import { fromBase64 } from './base64.ts';
import { type Sha256, equalBytes, utf8 } from './bytes.ts';
import { type ApproverPins, toBase64Url } from './passkey.ts';

/** A new passkey as the browser hands it out: `PublicKeyCredential` with `AuthenticatorAttestationResponse`, all bytes in base64. */
export const zNewPasskey = z.strictObject({
  credentialId: z.string().min(4).max(1400),
  /** `getPublicKey()`: SPKI DER. */
  publicKey: z.string().min(40).max(2000),
  authenticatorData: z.string().max(4000),
  clientDataJSON: z.string().max(4000),
});
export type NewPasskey = z.infer<typeof zNewPasskey>;

/** The challenge of a registration link. The link works once, so its challenge need not be kept anywhere. */
export const registrationChallenge = (sha256: Sha256, token: string): Uint8Array =>
  sha256(utf8(`throughline/passkey-registration/v1\n${token}`));

const zClientData = z.object({ type: z.string(), challenge: z.string(), origin: z.string() });
const PRESENT_AND_VERIFIED = 0x05;
const CREDENTIAL_INCLUDED = 0x40;

/**
 * Web Authentication Level 2 §7.1 without attestation: that the passkey was made here, for this link, by somebody who was verified. Null, or
 * what is wrong. Whose hand it was the link says; which make the authenticator is of nobody asks.
 */
export function registrationFault(
  sha256: Sha256,
  { rpId, origin }: Pick<ApproverPins, 'rpId' | 'origin'>,
  challenge: Uint8Array,
  passkey: NewPasskey,
): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(passkey.clientDataJSON));
    const client = zClientData.parse(JSON.parse(text));
    if (client.type !== 'webauthn.create' || client.challenge !== toBase64Url(challenge))
      return 'The passkey was made for something else. Open the link again.';
    if (client.origin !== origin)
      return `The passkey was made at ${client.origin}, and it has to be made at ${origin}.`;
    const data = fromBase64(passkey.authenticatorData);
    const id = fromBase64(passkey.credentialId);
    const flags = data[32] ?? 0;
    if (!equalBytes(data.subarray(0, 32), sha256(utf8(rpId)))) return `The passkey does not belong to ${rpId}.`;
    if ((flags & PRESENT_AND_VERIFIED) !== PRESENT_AND_VERIFIED)
      return 'The passkey did not check who you are. Use one with a PIN, a fingerprint or a face.';
    // Attested credential data (§6.5.1): 16 bytes AAGUID, length of the id, the id.
    const length = ((data[53] ?? 0) << 8) | (data[54] ?? 0);
    if ((flags & CREDENTIAL_INCLUDED) === 0 || !equalBytes(data.subarray(55, 55 + length), id))
      return 'The passkey’s id does not fit. Try again.';
    return null;
  } catch {
    // Bytes from outside, in whatever form.
    return 'What the browser sent cannot be read. Try again, or use another browser.';
  }
}
