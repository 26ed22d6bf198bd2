import { type Sha256, utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';

/** The question as both sides show it. */
export interface SpokenAbout {
  approvalId: string;
  kind: string;
  /** Stands for exactly what is asked: action.ts. */
  hash: string;
  technician: string;
  reason: string;
}

/**
 * Six digits that follow from the question itself. The endpoint computes them from what its page shows, the desk from what was asked: two who
 * compare them on the phone compare the question. SECURITY.md says what that proves and what it does not.
 */
export function spokenCode(sha256: Sha256, { approvalId, kind, hash, technician, reason }: SpokenAbout): string {
  const about = canonicalJson({ approvalId, kind, hash, technician, reason });
  const digest = sha256(utf8(`throughline/spoken-code/v1\n${about}`));
  // 48 bits: the remainder's bias is far below what six digits can show.
  const number = digest.slice(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(number % 1_000_000).padStart(6, '0');
}
