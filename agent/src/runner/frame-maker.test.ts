import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { MAX_FRAME_BYTES, type OutputFrame } from '@throughline/domain/output-frame';
import { expect, it } from 'vitest';
import { readSpool, spoolHead } from '../spool-format.ts';
import { FrameMaker } from './frame-maker.ts';

it('cuts any sequence of pieces into frames that make up the same bytes, gapless in seq and offset', () => {
  const frames: OutputFrame[] = [];
  const maker = new FrameMaker(randomUUID(), (frame) => frames.push(frame));
  const pieces = [1, 70_000, 3, 65_536, 65_535, 200_000, 0, 17].map((size) => randomBytes(size));
  for (const [i, piece] of pieces.entries()) maker.push(i % 3 === 2 ? 2 : 1, piece);
  maker.flush();
  for (const stream of [1, 2] as const) {
    const sent = Buffer.concat(pieces.filter((_, i) => (i % 3 === 2 ? 2 : 1) === stream));
    const own = frames.filter((frame) => frame.stream === stream);
    expect(Buffer.concat(own.map((frame) => frame.bytes)).equals(sent)).toBe(true);
    let offset = 0;
    for (const frame of own) {
      expect(frame.offset).toBe(offset);
      offset += frame.bytes.length;
    }
    const sum = stream === 1 ? maker.result.stdout : maker.result.stderr;
    expect(sum).toEqual({ bytes: sent.length, sha256: createHash('sha256').update(sent).digest('hex') });
  }
  expect(frames.map((frame) => frame.seq)).toEqual(frames.map((_, i) => i + 1));
  expect(Math.max(...frames.map((frame) => frame.bytes.length))).toBeLessThanOrEqual(MAX_FRAME_BYTES);
});

it('reads back what the spool holds and leaves out a record cut short', () => {
  const frames: OutputFrame[] = [5, 0, 70].map((size, i) => ({
    seq: i + 1,
    stream: 1,
    offset: i,
    at: 1_700_000_000_000 + i,
    bytes: randomBytes(size),
  }));
  const spool = Buffer.concat(frames.flatMap((frame) => [spoolHead(frame), Buffer.from(frame.bytes)]));
  expect(readSpool(spool).map((record) => ({ ...record.frame, bytes: Buffer.from(record.frame.bytes) }))).toEqual(
    frames,
  );
  expect(readSpool(spool.subarray(0, spool.length - 1))).toHaveLength(2);
  expect(readSpool(spool.subarray(0, 10))).toEqual([]);
});
