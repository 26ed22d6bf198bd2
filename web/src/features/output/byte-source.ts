import { BLOCK, type ReadRange } from './output-http.ts';

/** 4 MiB: what is near stays at hand, however far somebody scrolls. */
const KEEP = 64;

interface Block {
  bytes: Uint8Array;
  length: number;
}

/** Bytes of one stream: those read before are kept in blocks for a while, live ones are added as they come. */
export class ByteSource {
  /** What the server holds, as far as known. */
  stored: number | null = null;
  private readonly blocks = new Map<number, Block>();
  private readonly readRange: ReadRange;

  constructor(readRange: ReadRange) {
    this.readRange = readRange;
  }

  /** A live piece. What does not follow on what is known is left to be read when somebody looks there. */
  push(offset: number, piece: Uint8Array): void {
    for (let at = offset; at < offset + piece.length;) {
      const number = Math.floor(at / BLOCK);
      const end = Math.min(offset + piece.length, (number + 1) * BLOCK);
      this.keep(number, at - number * BLOCK, piece.subarray(at - offset, end - offset));
      at = end;
    }
  }

  /** Bytes [from, to), short only where the output ends. */
  async read(from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    const first = Math.floor(from / BLOCK);
    const last = Math.floor((to - 1) / BLOCK);
    let missing: [number, number] | null = null;
    for (let n = first; n <= last; n++) {
      const has = n * BLOCK + (this.blocks.get(n)?.length ?? 0);
      if (has >= Math.min(to, (n + 1) * BLOCK)) continue;
      // Whole blocks: the next look is most often beside this one.
      missing = [missing?.[0] ?? n * BLOCK, Math.max(to, (n + 1) * BLOCK)];
    }
    if (missing !== null) {
      const { bytes, total } = await this.readRange(...missing, signal);
      this.stored = Math.max(total, this.stored ?? 0);
      this.push(missing[0], bytes);
    }
    const parts: Uint8Array[] = [];
    for (let n = first; n <= last; n++) {
      const block = this.blocks.get(n);
      if (block === undefined) break;
      this.blocks.delete(n);
      this.blocks.set(n, block);
      const end = Math.min(to - n * BLOCK, block.length);
      parts.push(block.bytes.subarray(Math.max(0, from - n * BLOCK), end));
      if (end < BLOCK && n < last) break;
    }
    this.forget();
    return joined(parts);
  }

  private keep(number: number, at: number, piece: Uint8Array): void {
    const known = this.blocks.get(number);
    if (at > (known?.length ?? 0)) return;
    const end = at + piece.length;
    if (known !== undefined && end <= known.length) return;
    const block = known ?? { bytes: new Uint8Array(BLOCK), length: 0 };
    block.bytes.set(piece, at);
    block.length = end;
    this.blocks.delete(number);
    this.blocks.set(number, block);
    this.forget();
  }

  private forget(): void {
    for (const number of this.blocks.keys()) {
      if (this.blocks.size <= KEEP) return;
      this.blocks.delete(number);
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
