import { fromBase64 } from './base64.ts';
import { concat, toHex } from './bytes.ts';
import type { BundleFrame, ExportBundle } from './export-bundle.ts';
import { outputChainNext, outputChainStart } from './output-chain.ts';
import { STREAM } from './output-frame.ts';
import type { Fault, VerifyDeps } from './verify-report.ts';
import type { CheckedEntry } from './verify-chain.ts';

export interface OutputReport {
  faults: Fault[];
  frames: number;
  bytes: number;
}

interface Sums {
  lastSeq: number;
  chainHead: string;
  stdout: { bytes: number; sha256: string };
  stderr: { bytes: number; sha256: string };
}

/** Recomputes every command's output chain and sums from the raw bytes and holds them against what the record says of them. */
export function checkOutputs(
  bundle: ExportBundle,
  entries: readonly CheckedEntry[],
  whole: boolean,
  deps: VerifyDeps,
): OutputReport {
  const report: OutputReport = { faults: [], frames: 0, bytes: 0 };
  const outputs = new Map<string, BundleFrame[]>();
  for (const { commandId, frames } of bundle.outputs) {
    if (outputs.has(commandId)) report.faults.push({ verdict: 'altered', commandId, what: 'Output is there twice.' });
    else outputs.set(commandId, frames);
  }
  const claims = entries.flatMap(claimOf);
  for (const [commandId, frames] of outputs) {
    const own = claims.filter((claim) => claim.commandId === commandId);
    const read = sumsOf(commandId, frames, deps);
    report.frames += frames.length;
    if ('what' in read) {
      report.faults.push({ ...read, commandId, entry: own[0]?.entry });
      continue;
    }
    report.bytes += read.stdout.bytes + read.stderr.bytes;
    for (const claim of own) {
      const fault = differs(claim.sums, read);
      if (fault !== null) report.faults.push({ ...fault, commandId, entry: claim.entry });
    }
    if (whole && !entries.some((entry) => 'commandId' in entry.payload && entry.payload.commandId === commandId))
      report.faults.push({ verdict: 'altered', commandId, what: 'Output of a command that the record does not know.' });
  }
  for (const claim of claims)
    if (!outputs.has(claim.commandId) && claim.sums.lastSeq > 0)
      report.faults.push({
        verdict: 'incomplete',
        entry: claim.entry,
        commandId: claim.commandId,
        what: `tells of ${claim.sums.lastSeq} pieces of output, and none is there.`,
      });
  return report;
}

function claimOf(entry: CheckedEntry): { entry: number; commandId: string; sums: Sums }[] {
  if (entry.kind === 'command_output') {
    const { commandId, frames, chainHead, stdout, stderr } = entry.payload;
    return [{ entry: entry.seq, commandId, sums: { lastSeq: frames, chainHead, stdout, stderr } }];
  }
  if (entry.kind === 'command_exit') {
    const { lastSeq, chainHead, stdout, stderr } = entry.payload.exit;
    return [{ entry: entry.seq, commandId: entry.payload.commandId, sums: { lastSeq, chainHead, stdout, stderr } }];
  }
  return [];
}

/** Frames must follow each other without a gap, per command by number and per stream by offset. */
function sumsOf(
  commandId: string,
  frames: readonly BundleFrame[],
  { sha256 }: VerifyDeps,
): Sums | Omit<Fault, 'entry'> {
  let head = outputChainStart(sha256, commandId);
  const streams: Uint8Array[][] = [[], [], [], []];
  const offsets = [0, 0, 0, 0];
  let seq = 0;
  for (const frame of frames) {
    seq += 1;
    if (frame.seq > seq) return { verdict: 'incomplete', what: `lacks piece ${seq} of its output.` };
    if (frame.seq < seq)
      return { verdict: 'altered', what: `has piece ${frame.seq} of its output out of order, or twice.` };
    let bytes: Uint8Array;
    try {
      bytes = fromBase64(frame.bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { verdict: 'malformed', what: `has piece ${seq} of its output in bytes that are not strict base64.` };
    }
    if (frame.off !== offsets[frame.stream])
      return { verdict: 'altered', what: `has piece ${seq} of its output at the wrong offset.` };
    offsets[frame.stream] = frame.off + bytes.length;
    streams[frame.stream]?.push(bytes);
    head = outputChainNext(sha256, head, { seq, stream: frame.stream, offset: frame.off, bytes });
  }
  const sum = (stream: number) => {
    const bytes = concat(...(streams[stream] ?? []));
    return { bytes: bytes.length, sha256: toHex(sha256(bytes)) };
  };
  return { lastSeq: seq, chainHead: toHex(head), stdout: sum(STREAM.stdout), stderr: sum(STREAM.stderr) };
}

function differs(claimed: Sums, read: Sums): Omit<Fault, 'entry'> | null {
  if (read.lastSeq < claimed.lastSeq)
    return {
      verdict: 'incomplete',
      what: `tells of ${claimed.lastSeq} pieces of output, and only ${read.lastSeq} are there.`,
    };
  const same =
    read.lastSeq === claimed.lastSeq &&
    read.chainHead === claimed.chainHead &&
    (['stdout', 'stderr'] as const).every(
      (name) => read[name].bytes === claimed[name].bytes && read[name].sha256 === claimed[name].sha256,
    );
  return same ? null : { verdict: 'altered', what: 'does not fit the stored output: the output’s bytes were altered.' };
}
