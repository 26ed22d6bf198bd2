import { fromBase64 } from './base64.ts';
import { fromHex, toHex } from './bytes.ts';
import { headLeaf, openCheckpoint } from './checkpoint.ts';
import type { ExportBundle } from './export-bundle.ts';
import { provesInclusion } from './merkle-tree.ts';
import type { Fault, VerifyDeps } from './verify-report.ts';

/** Checks that a signed checkpoint holds a head of this session, and that the entries still lead to exactly that head. */
export function checkCheckpoint(
  bundle: ExportBundle,
  hashes: ReadonlyMap<number, string>,
  deps: VerifyDeps,
): { faults: Fault[]; covers: { at: string; entries: number } | null } {
  const { checkpoint } = bundle;
  if (checkpoint === null) return { faults: [], covers: null };
  const fail = (verdict: Fault['verdict'], what: string, entry?: number) => ({
    faults: [{ verdict, what, ...(entry === undefined ? {} : { entry }) }],
    covers: null,
  });
  let key: Uint8Array;
  try {
    key = fromBase64(checkpoint.publicKey);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail('malformed', 'The checkpoint’s key is not strict base64.');
  }
  if (deps.trustedKeys !== undefined && !deps.trustedKeys.has(toHex(deps.sha256(key))))
    return fail('unknown_key', 'The checkpoint’s key is not among the trusted keys.');
  const signed = openCheckpoint(checkpoint.note, key, deps);
  if (signed === null || signed.mspId !== bundle.session.mspId)
    return fail('altered', 'The checkpoint is not signed by the key beside it, or is another organisation’s.');
  const { index, count, hash, proof } = checkpoint;
  const leaf = headLeaf(deps.sha256, { sessionId: bundle.session.id, count, hash });
  if (!provesInclusion(deps.sha256, { leaf, index, size: signed.size, proof: proof.map(fromHex), root: signed.root }))
    return fail('altered', 'The checkpoint does not hold the head it is said to hold.');
  if (count > bundle.head.count)
    return fail(
      'incomplete',
      `and all after it are missing: a signed checkpoint counts ${count}.`,
      bundle.head.count + 1,
    );
  const now = hashes.get(count);
  if (now !== undefined && now !== hash)
    return fail('altered', 'is not what it was when the checkpoint was signed: the chain was made anew.', count);
  return { faults: [], covers: now === undefined ? null : { at: signed.at, entries: count } };
}
