import { type ExportBundle, zExportBundle } from './export-bundle.ts';
import { type CheckedEntry, checkChain } from './verify-chain.ts';
import { checkCheckpoint } from './verify-checkpoint.ts';
import { checkOrder } from './verify-order.ts';
import { checkOutputs } from './verify-outputs.ts';
import { type Fault, VERDICTS, type VerifyDeps, type VerifyReport } from './verify-report.ts';
import { checkPasskeys } from './verify-passkeys.ts';
import { checkSignatures } from './verify-signatures.ts';

/** Checks a bundle and trusts nothing but the mathematics. Never throws for what is in it. */
export function verifyBundle(input: unknown, deps: VerifyDeps): VerifyReport {
  const parsed = zExportBundle.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const what = `Not a readable record: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unknown form'}`;
    return report(null, [], [{ verdict: 'malformed', what }], {});
  }
  const bundle = parsed.data;
  const chain = checkChain(bundle, deps);
  const faults = [...chain.faults];
  const whole = faults.length === 0;
  const outputs = checkOutputs(bundle, chain.entries, whole, deps);
  const signatures = checkSignatures(bundle, chain.entries, deps);
  const checkpoint = checkCheckpoint(bundle, chain.hashes, deps);
  faults.push(...outputs.faults, ...signatures.faults, ...checkpoint.faults);
  // A hole in the chain would look like a missing approval: order is judged on whole records only.
  const order = whole ? checkOrder(bundle, chain.entries, deps) : null;
  if (order !== null) faults.push(...order.faults);
  const passkeys = whole ? checkPasskeys(bundle, chain.entries, deps) : null;
  if (passkeys !== null) faults.push(...passkeys.faults);
  return report(bundle, chain.entries, faults, {
    frames: outputs.frames,
    outputBytes: outputs.bytes,
    signatures: signatures.good,
    dispatches: order?.dispatches ?? 0,
    order: order !== null,
    passkeys: passkeys?.seen ?? [],
    checkpoint: checkpoint.covers,
  });
}

function report(
  bundle: ExportBundle | null,
  entries: readonly CheckedEntry[],
  faults: Fault[],
  checked: Partial<VerifyReport['checked']>,
): VerifyReport {
  const { id, number, title } = bundle?.session ?? {};
  return {
    verdict: VERDICTS.find((verdict) => faults.some((fault) => fault.verdict === verdict)) ?? 'valid',
    faults: faults.sort((a, b) => (a.entry ?? Infinity) - (b.entry ?? Infinity)),
    checked: {
      session: id === undefined || number === undefined || title === undefined ? null : { id, number, title },
      entries: entries.length,
      frames: 0,
      outputBytes: 0,
      signatures: 0,
      dispatches: 0,
      order: false,
      passkeys: [],
      checkpoint: null,
      ...checked,
    },
  };
}
