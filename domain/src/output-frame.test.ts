import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES, type OutputBatch, decodeBatch, encodeBatch } from './output-frame.ts';

const commandId = '0b9f6f0e-2f6b-4d0e-9f7e-3f3f0a9c1d2e';
const crc = (bytes: Uint8Array) => crc32(bytes);
const batch = fc.record({
  commandId: fc.constant(commandId),
  frames: fc.array(
    fc.record({
      seq: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      stream: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
      offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      at: fc.nat({ max: 4e12 }),
      bytes: fc.uint8Array({ maxLength: 60 }),
    }),
    { maxLength: 5 },
  ),
});
const plain = (one: OutputBatch) => ({
  ...one,
  frames: one.frames.map((frame) => ({ ...frame, bytes: [...frame.bytes] })),
});
const one: OutputBatch = { commandId, frames: [{ seq: 1, stream: 1, offset: 0, at: 5, bytes: Buffer.from('hello') }] };

describe('output frames', () => {
  it('F026 come out as they went in, whatever the bytes', () => {
    fc.assert(
      fc.property(batch, (value) => {
        expect(plain(decodeBatch(encodeBatch(value, crc), crc))).toEqual(plain(value));
      }),
    );
  });

  it('are read from the middle of a larger buffer too, as sockets hand them over', () => {
    const wire = encodeBatch(one, crc);
    const larger = Buffer.concat([Buffer.alloc(7, 1), wire, Buffer.alloc(3, 1)]);
    expect(plain(decodeBatch(larger.subarray(7, 7 + wire.length), crc))).toEqual(plain(one));
  });

  it('cut short at any place, or lengthened, are refused whole', () => {
    const wire = encodeBatch({ commandId, frames: [...one.frames, ...one.frames] }, crc);
    for (let length = 0; length < wire.length; length++)
      expect(() => decodeBatch(wire.subarray(0, length), crc), String(length)).toThrow(/refused/);
    expect(() => decodeBatch(Buffer.concat([wire, Buffer.from([0])]), crc)).toThrow('bytes after the last frame');
  });

  it('with one bit of the child’s bytes changed are refused', () => {
    const wire = encodeBatch(one, crc);
    for (let at = wire.length - 5; at < wire.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(wire);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        expect(() => decodeBatch(changed, crc)).toThrow('checksum differs');
      }
  });

  it('over the size limit are refused before a byte of them is looked at', () => {
    const bytes = new Uint8Array(MAX_FRAME_BYTES + 1);
    const wire = encodeBatch({ commandId, frames: [{ seq: 1, stream: 1, offset: 0, at: 0, bytes }] }, crc);
    expect(() => decodeBatch(wire, () => expect.unreachable())).toThrow(`over ${MAX_FRAME_BYTES}`);
    expect(
      decodeBatch(encodeBatch({ commandId, frames: [{ ...one.frames[0]!, bytes: bytes.subarray(1) }] }, crc), crc)
        .frames,
    ).toHaveLength(1);
  });

  it('with a count that promises more, an unknown stream or another magic are refused', () => {
    const changed = (at: number, value: number) => {
      const wire = Buffer.from(encodeBatch(one, crc));
      wire[at] = value;
      return () => decodeBatch(wire, crc);
    };
    expect(changed(20, 255)).toThrow('truncated frame head');
    expect(changed(28, 4)).toThrow('unknown stream 4');
    expect(changed(0, 0)).toThrow('not an output batch');
  });

  it('sent again are the very same bytes', () => {
    expect(encodeBatch(one, crc)).toEqual(encodeBatch(one, crc));
  });
});
