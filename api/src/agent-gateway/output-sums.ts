import { type Hash, createHash } from 'node:crypto';
import { type OutputFrame, STREAM } from '@throughline/domain/output-frame';

/** Length and SHA-256 of one stream. */
export interface StreamSum {
  bytes: number;
  sha256: string;
}
export type Sums = Record<'stdout' | 'stderr', StreamSum>;

interface Running {
  nextSeq: number;
  hashes: Map<number, { hash: Hash; bytes: number }>;
}

/**
 * Sums of commands' output, taken along while it is stored, so that a long output need not be read back at its end. Only of
 * frames that were committed, and only where this connection saw every one of them; of any other command it knows nothing.
 */
export class OutputSums {
  private readonly running = new Map<string, Running>();

  /** `frames` as they were handed to the store, `nextSeq` as it answered after COMMIT. */
  stored(commandId: string, frames: readonly OutputFrame[], nextSeq: number): void {
    const sums = this.running.get(commandId) ?? { nextSeq: 1, hashes: new Map() };
    this.running.set(commandId, sums);
    for (const frame of frames) {
      if (frame.seq !== sums.nextSeq || frame.seq >= nextSeq) continue;
      const stream = sums.hashes.get(frame.stream) ?? { hash: createHash('sha256'), bytes: 0 };
      stream.hash.update(frame.bytes);
      stream.bytes += frame.bytes.length;
      sums.hashes.set(frame.stream, stream);
      sums.nextSeq += 1;
    }
  }

  /** The sums up to `lastSeq`, or null when this connection did not see all of it. */
  upTo(commandId: string, lastSeq: number): Sums | null {
    const sums = this.running.get(commandId) ?? { nextSeq: 1, hashes: new Map<number, never>() };
    if (sums.nextSeq !== lastSeq + 1) return null;
    const of = (stream: number): StreamSum => {
      const { hash, bytes } = sums.hashes.get(stream) ?? { hash: createHash('sha256'), bytes: 0 };
      return { bytes, sha256: hash.copy().digest('hex') };
    };
    return { stdout: of(STREAM.stdout), stderr: of(STREAM.stderr) };
  }

  forget(commandId: string): void {
    this.running.delete(commandId);
  }
}
