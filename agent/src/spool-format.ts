import type { OutputFrame, StreamNumber } from '@throughline/domain/output-frame';

/*
 * spool.bin: output frames one behind the other, big endian:
 *   length u32, seq u32, stream u8, offset u64, at u64, bytes
 * A record cut short at the end (the runner died while writing) is not a record.
 */
export const SPOOL_HEAD = 4 + 4 + 1 + 8 + 8;

export function spoolHead(frame: OutputFrame): Buffer {
  const head = Buffer.allocUnsafe(SPOOL_HEAD);
  head.writeUInt32BE(frame.bytes.length, 0);
  head.writeUInt32BE(frame.seq, 4);
  head.writeUInt8(frame.stream, 8);
  head.writeBigUInt64BE(BigInt(frame.offset), 9);
  head.writeBigUInt64BE(BigInt(frame.at), 17);
  return head;
}

/** The whole records at the start of `bytes`; each with its length in the spool. */
export function readSpool(bytes: Buffer): { frame: OutputFrame; size: number }[] {
  const found: { frame: OutputFrame; size: number }[] = [];
  let at = 0;
  while (bytes.length - at >= SPOOL_HEAD) {
    const size = SPOOL_HEAD + bytes.readUInt32BE(at);
    if (bytes.length - at < size) break;
    found.push({
      size,
      frame: {
        seq: bytes.readUInt32BE(at + 4),
        stream: bytes.readUInt8(at + 8) as StreamNumber,
        offset: Number(bytes.readBigUInt64BE(at + 9)),
        at: Number(bytes.readBigUInt64BE(at + 17)),
        bytes: bytes.subarray(at + SPOOL_HEAD, at + size),
      },
    });
    at += size;
  }
  return found;
}
