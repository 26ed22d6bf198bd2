import { fromBase64, toBase64 } from './base64.ts';
import { type Sha256, concat, equalBytes, u8, utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import { merkleLeaf } from './merkle-tree.ts';

/*
 * Heads of sessions go into one append-only tree per organisation; its root is signed every now and then and kept in a second place.
 * The form is a C2SP checkpoint (c2sp.org/tlog-checkpoint) in a C2SP signed note, so that foreign witnesses can read it too.
 */

/** A session's chain as it stood: `count` entries, the last with `hash` (hexadecimal). */
export interface SessionHead {
  sessionId: string;
  count: number;
  hash: string;
}

export const headLeaf = (sha256: Sha256, head: SessionHead): Uint8Array =>
  merkleLeaf(
    sha256,
    utf8(`throughline/head/v1\n${canonicalJson({ sessionId: head.sessionId, count: head.count, hash: head.hash })}`),
  );

export interface Checkpoint {
  mspId: string;
  /** Leaves in the tree. */
  size: number;
  root: Uint8Array;
  /** ISO 8601, UTC. */
  at: string;
}

export const checkpointOrigin = (mspId: string): string => `throughline.invalid/record/${mspId}`;

/** The text that is signed. Ends with a line feed, as notes do. */
export const checkpointText = (checkpoint: Checkpoint): string =>
  `${checkpointOrigin(checkpoint.mspId)}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\nat ${checkpoint.at}\n`;

/** A signed note's key id: the first four bytes of SHA-256(name || 0x0A || 0x01 || the 32 bytes of the Ed25519 key). */
const keyId = (sha256: Sha256, name: string, spki: Uint8Array): Uint8Array =>
  sha256(concat(utf8(`${name}\n`), u8(1), spki.subarray(spki.length - 32))).subarray(0, 4);

export function checkpointNote(
  sha256: Sha256,
  checkpoint: Checkpoint,
  spki: Uint8Array,
  signature: Uint8Array,
): string {
  const name = checkpointOrigin(checkpoint.mspId);
  return `${checkpointText(checkpoint)}\n\u2014 ${name} ${toBase64(concat(keyId(sha256, name, spki), signature))}\n`;
}

const NOTE =
  /^(throughline\.invalid\/record\/([0-9a-f-]{36})\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/]{43}=)\nat ([0-9TZ:.-]{20,30})\n)\n\u2014 (throughline\.invalid\/record\/[0-9a-f-]{36}) ([A-Za-z0-9+/=]+)\n$/;

/**
 * Reads a note and checks its one signature.
 * @returns null when it is not our note, or not signed by this key.
 */
export function openCheckpoint(
  note: string,
  spki: Uint8Array,
  deps: { sha256: Sha256; verifyEd25519: (spki: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean },
): Checkpoint | null {
  const parts = NOTE.exec(note);
  if (parts === null || parts[1] === undefined || parts[6] !== checkpointOrigin(parts[2] ?? '')) return null;
  let root: Uint8Array;
  let line: Uint8Array;
  try {
    root = fromBase64(parts[4] ?? '');
    line = fromBase64(parts[7] ?? '');
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  if (line.length !== 68 || !equalBytes(line.subarray(0, 4), keyId(deps.sha256, parts[6], spki))) return null;
  if (!deps.verifyEd25519(spki, utf8(parts[1]), line.subarray(4))) return null;
  return { mspId: parts[2] ?? '', size: Number(parts[3]), root, at: parts[5] ?? '' };
}
