import { milliseconds } from './entry.ts';
import type { ExportBundle } from './export-bundle.ts';
import { checkAssertion, fingerprintOf } from './passkey.ts';
import type { CheckedEntry } from './verify-chain.ts';
import type { Fault, PasskeySeen, VerifyDeps } from './verify-report.ts';

/**
 * Checks again what named approvers' passkeys signed in strong mode (Web Authentication Level 2 §7.2), by the key that the endpoint said, under
 * its own signature, it had pinned. The challenge follows from the record: session, endpoint, question, what was asked, until when, the answer.
 * An answer by an earlier runtime, which did not say the key, is left uncounted.
 */
export function checkPasskeys(
  bundle: ExportBundle,
  entries: readonly CheckedEntry[],
  deps: VerifyDeps,
): { faults: Fault[]; seen: PasskeySeen[] } {
  const faults: Fault[] = [];
  const seen = new Map<string, PasskeySeen & { publicKey: string }>();
  const expiry = new Map<string, number>();
  const { id: sessionId, endpointId } = bundle.session;
  for (const { seq, kind, payload } of entries) {
    if (kind === 'approval_requested') expiry.set(payload.approvalId, milliseconds(payload.expiresAt));
    if (kind !== 'approval_decided' || payload.passkey?.pin === undefined) continue;
    const { approvalId, hash, decision, reason, account } = payload;
    const { pin, ...assertion } = payload.passkey;
    const wrong = (what: string) => faults.push({ verdict: 'altered', entry: seq, what });
    const expiresAt = expiry.get(approvalId);
    if (expiresAt === undefined) {
      wrong('holds a passkey’s answer to a question that was not asked before.');
      continue;
    }
    const { credentialId } = assertion;
    const pins = { ...pin, approvers: [{ name: account, credentialId, publicKey: pin.publicKey }] };
    const answer = { endpointId, sessionId, approvalId, hash, expiresAt, decision, reason };
    const checked = checkAssertion(deps, pins, answer, assertion);
    if (!checked.ok) {
      wrong(`holds a passkey’s answer that does not hold: ${checked.fault}`);
      continue;
    }
    const known = seen.get(credentialId);
    if (known !== undefined && known.publicKey !== pin.publicKey) wrong('names another key for a passkey than before.');
    const { publicKey } = pin;
    const fingerprint = fingerprintOf(deps.sha256, publicKey);
    seen.set(credentialId, { name: account, fingerprint, answers: (known?.answers ?? 0) + 1, publicKey });
  }
  return { faults, seen: [...seen.values()].map(({ name, fingerprint, answers }) => ({ name, fingerprint, answers })) };
}
