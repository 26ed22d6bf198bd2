import type { OutputFrame } from '@throughline/domain/output-frame';

export interface Append {
  status: 'ok' | 'gap' | 'conflict' | 'frozen';
  nextSeq: number;
}

/** What PROTOCOL.md section 6 says of a gateway's store, in the plainest words: the tests hold both ends against it. */
export class ModelStore {
  nextSeq = 1;
  frozen = false;
  readonly frames: OutputFrame[] = [];
  readonly #offsets = [0, 0, 0, 0];

  append(frames: readonly OutputFrame[]): Append {
    if (this.frozen) return { status: 'frozen', nextSeq: this.nextSeq };
    for (const frame of frames) {
      const stored = this.frames[frame.seq - 1];
      if (stored !== undefined) {
        if (Buffer.compare(stored.bytes, frame.bytes) === 0) continue;
        this.frozen = true;
        return { status: 'conflict', nextSeq: this.nextSeq };
      }
      if (frame.seq !== this.nextSeq || frame.offset !== this.#offsets[frame.stream])
        return { status: 'gap', nextSeq: this.nextSeq };
      this.frames.push({ ...frame, bytes: Uint8Array.from(frame.bytes) });
      this.#offsets[frame.stream]! += frame.bytes.length;
      this.nextSeq++;
    }
    return { status: 'ok', nextSeq: this.nextSeq };
  }

  bytes(stream: number): Buffer {
    return Buffer.concat(this.frames.filter((frame) => frame.stream === stream).map((frame) => frame.bytes));
  }
}
