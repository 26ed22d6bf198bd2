import { crc32 } from 'node:zlib';
import { type OutputBatch, STREAM, decodeBatch } from '@throughline/domain/output-frame';
import { expect, it } from 'vitest';
import { OutputWire } from './output-wire.ts';

const batch = (seq: number, length: number): OutputBatch => ({
  commandId: '8d0f1c1e-6f0b-4a53-9d5c-0d5b5b1f7a11',
  frames: [0, 1, 2].map((i) => ({
    seq: seq + i,
    stream: STREAM.stdout,
    offset: (seq + i) * length,
    at: 1,
    bytes: new Uint8Array(length).fill(seq + i),
  })),
});

/** A connection whose bytes leave when it is told so. */
class SlowConnection {
  readonly sent: { wire: Uint8Array; left: (() => void) | undefined }[] = [];
  up = true;
  sendBinary(wire: Uint8Array, left?: () => void): boolean {
    if (this.up) this.sent.push({ wire, left });
    return this.up;
  }
}

it('F026 output waits unchanged in its buffer until it has left, and then the buffer is used again', () => {
  const connection = new SlowConnection();
  const wire = new OutputWire(connection);
  const held = [batch(1, 6_000), batch(4, 6_000), batch(7, 100)];
  for (const each of held) expect(wire.send(each)).toBe(true);
  expect(connection.sent.map((each) => decodeBatch(each.wire, crc32))).toEqual(held);
  connection.up = false;
  expect(wire.send(batch(10, 6_000))).toBe(false);
  connection.up = true;
  connection.sent[0]!.left!();
  const more = [batch(10, 6_000), batch(13, 5_900), batch(16, 6_400)];
  for (const each of more) wire.send(each);
  expect(connection.sent.slice(1).map((each) => decodeBatch(each.wire, crc32))).toEqual([...held.slice(1), ...more]);
  const buffers = connection.sent.map(({ wire: { buffer } }) => buffer);
  expect(buffers.indexOf(connection.sent[0]!.wire.buffer, 1)).toBeGreaterThan(0);
  expect(new Set(buffers).size).toBe(buffers.length - 1);
});
