import { uuidBytes, uuidText } from './bytes.ts';
import { DomainError } from './errors.ts';

/** Streams of a command. 3 carries the runtime's own remarks (for instance "pipe leaked"), never the child's bytes. */
export const STREAM = { stdout: 1, stderr: 2, system: 3 } as const;
export type StreamNumber = (typeof STREAM)[keyof typeof STREAM];

/** One piece of a command's output. `seq` counts all streams of a command from 1; `offset` counts bytes of its stream. */
export interface OutputFrame {
  seq: number;
  stream: StreamNumber;
  offset: number;
  /** Milliseconds since the epoch by the endpoint's clock. */
  at: number;
  bytes: Uint8Array;
}

export interface OutputBatch {
  commandId: string;
  frames: OutputFrame[];
}

/** CRC-32 (IEEE 802.3), handed in: native in Node, so a long output costs nothing to check. */
export type Crc32 = (bytes: Uint8Array) => number;

export const MAX_FRAME_BYTES = 64 * 1024;
export const MAX_BATCH_BYTES = 256 * 1024;
const MAGIC = 0x544c4f31; // "TLO1"
const HEAD = 4 + 16 + 4;
const FRAME_HEAD = 4 + 1 + 8 + 8 + 4 + 4;

/** `into`: where it is put, if it has room. Wire form (big endian): magic u32, command uuid 16, count u32, then per frame: seq u32, stream u8, offset u64, at u64, length u32, crc32 u32, bytes. */
export function encodeBatch(batch: OutputBatch, crc32: Crc32, into?: Uint8Array): Uint8Array {
  const size = batch.frames.reduce((sum, frame) => sum + FRAME_HEAD + frame.bytes.length, HEAD);
  const wire = into !== undefined && into.length >= size ? into.subarray(0, size) : new Uint8Array(size);
  const view = new DataView(wire.buffer, wire.byteOffset, size);
  view.setUint32(0, MAGIC);
  wire.set(uuidBytes(batch.commandId), 4);
  view.setUint32(20, batch.frames.length);
  let at = HEAD;
  for (const frame of batch.frames) {
    view.setUint32(at, frame.seq);
    view.setUint8(at + 4, frame.stream);
    view.setBigUint64(at + 5, BigInt(frame.offset));
    view.setBigUint64(at + 13, BigInt(Math.trunc(frame.at)));
    view.setUint32(at + 21, frame.bytes.length);
    view.setUint32(at + 25, crc32(frame.bytes));
    wire.set(frame.bytes, at + FRAME_HEAD);
    at += FRAME_HEAD + frame.bytes.length;
  }
  return wire;
}

/** Reads a batch; a truncated, oversized or changed one is refused whole, with the reason. */
export function decodeBatch(wire: Uint8Array, crc32: Crc32): OutputBatch {
  const bad = (why: string) => new DomainError('INVALID_INPUT', `Output frames refused: ${why}. Send them again.`);
  if (wire.length < HEAD) throw bad('truncated head');
  const view = new DataView(wire.buffer, wire.byteOffset, wire.byteLength);
  if (view.getUint32(0) !== MAGIC) throw bad('not an output batch');
  const count = view.getUint32(20);
  const frames: OutputFrame[] = [];
  let at = HEAD;
  for (let i = 0; i < count; i++) {
    if (wire.length - at < FRAME_HEAD) throw bad('truncated frame head');
    const length = view.getUint32(at + 21);
    if (length > MAX_FRAME_BYTES) throw bad(`frame of ${length} bytes is over ${MAX_FRAME_BYTES}`);
    if (wire.length - at - FRAME_HEAD < length) throw bad('truncated frame');
    const bytes = wire.subarray(at + FRAME_HEAD, at + FRAME_HEAD + length);
    if (crc32(bytes) !== view.getUint32(at + 25)) throw bad('checksum differs');
    const stream = view.getUint8(at + 4);
    if (stream !== 1 && stream !== 2 && stream !== 3) throw bad(`unknown stream ${stream}`);
    frames.push({
      seq: view.getUint32(at),
      stream,
      offset: Number(view.getBigUint64(at + 5)),
      at: Number(view.getBigUint64(at + 13)),
      bytes,
    });
    at += FRAME_HEAD + length;
  }
  if (at !== wire.length) throw bad('bytes after the last frame');
  return { commandId: uuidText(wire.subarray(4, 20)), frames };
}
