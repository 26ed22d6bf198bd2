import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Credit } from '@throughline/agent/credit';
import { spoolHead } from '@throughline/agent/spool-format';
import { SpoolSender } from '@throughline/agent/spool-sender';
import { type OutputFrame, type StreamNumber, encodeBatch } from '@throughline/domain/output-frame';
import fc from 'fast-check';
import { type FrameStore, LossyWire, MISHAPS, type Mishap } from './lossy-wire.ts';
import { ModelStore } from './model-store.ts';
import type { FaultContext } from './row.ts';

const COMMAND = '6d0f6a52-8a3e-4c0c-9f0e-5c6f1f3a2b10';

export interface Sequence {
  /** Frames as the child makes them: which stream, how many bytes. `pump` after it: the sender looks. */
  pieces: { stream: StreamNumber; length: number; pump: boolean }[];
  mishaps: Mishap[];
  lie: boolean;
}

/** Frames of many sizes, up to several that fill a batch, and a random order of everything that may go wrong. */
export const sequences: fc.Arbitrary<Sequence> = fc.record({
  pieces: fc.array(
    fc.record({
      stream: fc.constantFrom<StreamNumber>(1, 2, 3),
      length: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 80 }) }, fc.constantFrom(65_535, 65_536)),
      pump: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  mishaps: fc.array(fc.constantFrom(...MISHAPS), { maxLength: 20 }),
  lie: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
});

/** T5: the real sender against the model of the store over a wire on which everything goes wrong. */
export async function protocolAgainstModel(context: FaultContext): Promise<void> {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(memory, 'throughline-t5-'));
  context.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  await context.row('T5 sender and model', async (row) => {
    let lies = 0;
    let conflicts = 0;
    const property = fc.asyncProperty(sequences, async (sequence) => {
      const store = new ModelStore();
      const { wire, sent } = await play(folder, sequence, store);
      row.n++;
      if (sequence.lie) {
        lies++;
        conflicts += wire.conflicts;
        if (wire.conflicts !== 1 || !store.frozen) throw new Error('a changed byte was not found');
        return;
      }
      for (const stream of [1, 2, 3]) {
        const wanted = Buffer.concat(sent.filter((frame) => frame.stream === stream).map((frame) => frame.bytes));
        if (!store.bytes(stream).equals(wanted)) throw new Error(`stream ${stream} differs from what was sent`);
      }
      if (wire.conflicts > 0) throw new Error('a conflict although nothing was changed');
    });
    const runs = context.times(100_000);
    const report = await fc.check(property, { seed: context.seed, numRuns: runs });
    Object.assign(row.figures, { lies, conflicts });
    if (report.failed)
      row.failures.push(
        `${String(report.errorInstance)} after ${report.numRuns} sequences, path ${report.counterexamplePath}: ${JSON.stringify(report.counterexample)}`,
      );
  });
}

/** Plays one sequence, then lets everything arrive, as a connection does that holds. */
export async function play(
  folder: string,
  sequence: Sequence,
  store: FrameStore,
  commandId = COMMAND,
): Promise<{ wire: LossyWire; sent: OutputFrame[] }> {
  const files = { spool: join(folder, 'spool.bin'), acked: join(folder, 'acked') };
  const sent = framesOf(sequence.pieces);
  const wire = new LossyWire(store);
  writeFileSync(files.spool, '');
  const sender = new SpoolSender(commandId, files, new Credit(), (batch) => wire.send(encodeBatch(batch, crc32)));
  wire.sender = sender;
  try {
    const mishaps = [...sequence.mishaps];
    for (const [index, frame] of sent.entries()) {
      writeFileSync(files.spool, Buffer.concat([spoolHead(frame), frame.bytes]), { flag: 'a' });
      if (!sequence.pieces[index]?.pump) continue;
      sender.pump();
      const mishap = mishaps.shift();
      if (mishap) await wire.step(mishap);
    }
    sender.pump();
    for (const mishap of mishaps) await wire.step(mishap);
    await arrive(wire, sender);
    if (sequence.lie) {
      await wire.step('repeat');
      await wire.step('change a byte');
    } else if (sender.ackSeq !== sent.length || !sender.isDrained() || sender.endSeq() !== sent.length + 1)
      throw new Error(`the sender ended at ${sender.ackSeq} of ${sent.length}, its end ${sender.endSeq()}`);
    return { wire, sent };
  } finally {
    sender.close();
  }
}

async function arrive(wire: LossyWire, sender: SpoolSender): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    while (!wire.idle) await wire.step('deliver');
    if (sender.isDrained()) return;
    await wire.step('reconnect');
    if (wire.idle && !sender.isDrained()) throw new Error('there is something left, and nothing is sent');
  }
  throw new Error('it goes on for ever');
}

function framesOf(pieces: Sequence['pieces']): OutputFrame[] {
  const offsets = [0, 0, 0, 0];
  return pieces.map(({ stream, length }, index) => {
    const frame: OutputFrame = {
      seq: index + 1,
      stream,
      offset: offsets[stream]!,
      at: 1_800_000_000_000 + index,
      bytes: Buffer.alloc(length, `${index}-${stream}-`),
    };
    offsets[stream]! += length;
    return frame;
  });
}
