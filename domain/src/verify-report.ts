import type { PasskeyDeps } from './passkey.ts';

/*
 * valid        everything that was checked fits
 * altered      something is not what was recorded, or the record shows that a rule was broken
 * incomplete   something recorded is missing
 * unknown_key  a signature's key is not in the bundle, or not among the keys the reader trusts
 * malformed    not a bundle of this version, or an entry this version cannot read
 */
export const VERDICTS = ['altered', 'malformed', 'unknown_key', 'incomplete', 'valid'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Fault {
  verdict: Exclude<Verdict, 'valid'>;
  /** The entry's number, where the fault lies in one. */
  entry?: number;
  commandId?: string;
  /** What is wrong, in plain words. */
  what: string;
}

export interface VerifyDeps extends PasskeyDeps {
  /** Ed25519 (RFC 8032); false for a bad signature and for a key that is none. */
  verifyEd25519: (publicKeySpki: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean;
  /** SHA-256 (hexadecimal) of the SPKI of every key the reader got by another way. Left out: the keys in the bundle are taken as they are. */
  trustedKeys?: ReadonlySet<string>;
}

/** A passkey whose answers were checked again. Whose it is, only its fingerprint says for certain. */
export interface PasskeySeen {
  name: string;
  fingerprint: string;
  answers: number;
}

export interface VerifyReport {
  /** The worst of the faults' verdicts. */
  verdict: Verdict;
  faults: Fault[];
  checked: {
    session: { id: string; number: number; title: string } | null;
    entries: number;
    frames: number;
    outputBytes: number;
    signatures: number;
    dispatches: number;
    /** Whether consent and approvals were seen to stand before the work. False where a broken chain makes the question void. */
    order: boolean;
    /** Strong mode: the passkeys that answered, and how many of each one's answers fit its key. */
    passkeys: PasskeySeen[];
    /** When the checkpoint that covers this session was signed, and how many of its entries it covers. */
    checkpoint: { at: string; entries: number } | null;
  };
}
