import { fromBase64 } from './base64.ts';
import { toHex } from './bytes.ts';
import { milliseconds, signedOfShown } from './entry.ts';
import type { ExportBundle } from './export-bundle.ts';
import { decisionBytes, exitBytes, scopeEndBytes } from './signed-bytes.ts';
import { unattendedBytes } from './unattended.ts';
import type { Fault, VerifyDeps } from './verify-report.ts';
import type { CheckedEntry } from './verify-chain.ts';

/** Checks what the runtimes signed: how each command ended, and every answer given at the endpoint. */
export function checkSignatures(
  bundle: ExportBundle,
  entries: readonly CheckedEntry[],
  deps: VerifyDeps,
): { faults: Fault[]; good: number } {
  const faults: Fault[] = [];
  // A runtime that changed its key stands there once for each: any of them may have signed.
  const keys = new Map<string, Uint8Array[]>();
  for (const runtime of bundle.runtimes) {
    const key = bytesOf(runtime.publicKey);
    if (key === null) {
      faults.push({ verdict: 'malformed', what: `The key of runtime ${runtime.id} is not strict base64.` });
    } else if (deps.trustedKeys !== undefined && !deps.trustedKeys.has(toHex(deps.sha256(key))))
      faults.push({ verdict: 'unknown_key', what: `The key of runtime ${runtime.id} is not among the trusted keys.` });
    else keys.set(runtime.id, [...(keys.get(runtime.id) ?? []), key]);
  }
  let good = 0;
  for (const entry of entries) {
    const signed = signedOf(entry, keys);
    if (signed === null) continue;
    if (signed.candidates.length === 0) {
      faults.push({ verdict: 'unknown_key', entry: entry.seq, what: 'is signed by a runtime whose key is not known.' });
      continue;
    }
    const signature = bytesOf(signed.signature);
    if (signature !== null && signed.candidates.some((key) => deps.verifyEd25519(key, signed.bytes, signature)))
      good += 1;
    else
      faults.push({
        verdict: 'altered',
        entry: entry.seq,
        what: 'has a signature that does not fit the endpoint’s key.',
      });
  }
  return { faults, good };
}

function signedOf(
  entry: CheckedEntry,
  keys: ReadonlyMap<string, Uint8Array[]>,
): { bytes: Uint8Array; signature: string; candidates: Uint8Array[] } | null {
  if (entry.kind === 'command_exit') {
    const { commandId, exit, signature, runtimeId } = entry.payload;
    return { bytes: exitBytes(commandId, exit), signature, candidates: keys.get(runtimeId) ?? [] };
  }
  if (entry.kind === 'approval_decided') {
    const { approvalId, decision, reason, account, hash, decidedAt, signature, scope, shown, passkey, link } =
      entry.payload;
    const at = milliseconds(decidedAt);
    const signed = shown === undefined ? undefined : signedOfShown(shown);
    const bytes = decisionBytes({
      approvalId,
      decision,
      reason,
      account,
      at,
      hash,
      scope,
      shown: signed,
      passkey,
      link,
    });
    // The entry does not say which of the endpoint's runtimes showed the prompt: any of them may have.
    return { bytes, signature, candidates: [...keys.values()].flat() };
  }
  if (entry.kind === 'approval_scope_ended') {
    const { approvalId, account, endedAt, signature } = entry.payload;
    const bytes = scopeEndBytes({ approvalId, account, at: milliseconds(endedAt) });
    return { bytes, signature, candidates: [...keys.values()].flat() };
  }
  if (entry.kind === 'unattended_allowed') {
    const { approvalId, hash, rule, policyLevel, policyVersion, classes, fileHash, statedAt, signature } =
      entry.payload;
    const said = { approvalId, hash, rule, level: policyLevel, version: policyVersion, classes, fileHash };
    const bytes = unattendedBytes({ ...said, at: milliseconds(statedAt) });
    return { bytes, signature, candidates: [...keys.values()].flat() };
  }
  return null;
}

function bytesOf(text: string): Uint8Array | null {
  try {
    return fromBase64(text);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
