import { type Sha256, concat, u64, u8, utf8, uuidBytes } from './bytes.ts';

/*
 * The transcript's hash chain (the construction of a salted-leaf chain in the manner of RFC 6962's domain-separated leaves):
 *   payloadHash = SHA256(salt || payload)           salt: 16 random bytes, so that a short payload cannot be guessed from its hash
 *   leaf        = SHA256(0x00 || header || payloadHash)
 *   h_0         = SHA256(DOMAIN || session uuid)
 *   h_n         = SHA256(DOMAIN || h_{n-1} || seq as u64 || leaf)
 * The same is computed in SQL by append_entry(); a test holds the two together.
 */
export const TRANSCRIPT_DOMAIN = 'throughline/transcript/v1\0';

export const payloadHash = (sha256: Sha256, salt: Uint8Array, payload: Uint8Array): Uint8Array =>
  sha256(concat(salt, payload));

export const leafHash = (sha256: Sha256, header: Uint8Array, hashOfPayload: Uint8Array): Uint8Array =>
  sha256(concat(u8(0), header, hashOfPayload));

export const chainStart = (sha256: Sha256, sessionId: string): Uint8Array =>
  sha256(concat(utf8(TRANSCRIPT_DOMAIN), uuidBytes(sessionId)));

export const chainNext = (sha256: Sha256, previous: Uint8Array, seq: number, leaf: Uint8Array): Uint8Array =>
  sha256(concat(utf8(TRANSCRIPT_DOMAIN), previous, u64(seq), leaf));
