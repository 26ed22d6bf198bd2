import { createHash } from 'node:crypto';
import { toHex } from '@throughline/domain/bytes';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import { MAX_FRAME_BYTES, type OutputFrame, STREAM, type StreamNumber } from '@throughline/domain/output-frame';
import { sha256 } from '../sha256.ts';

/** Output waits at most this long to be joined with what follows. The first bytes after a silence do not wait. */
export const FLUSH_MS = 50;

/** Cuts a child's raw bytes into frames, counts and hashes them. Bytes are never decoded here. */
export class FrameMaker {
  #seq = 0;
  #head: Uint8Array;
  #lastFlush = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #emit: (frame: OutputFrame) => void;
  readonly #streams = new Map<StreamNumber, StreamState>();

  constructor(commandId: string, emit: (frame: OutputFrame) => void) {
    this.#emit = emit;
    this.#head = outputChainStart(sha256, commandId);
  }

  push(stream: StreamNumber, bytes: Buffer): void {
    const state = this.#stream(stream);
    state.pending.push(bytes);
    state.pendingBytes += bytes.length;
    if (state.pendingBytes >= MAX_FRAME_BYTES) this.#flushStream(stream, state, false);
    if (state.pendingBytes > 0) this.#schedule();
  }

  /** A remark of the runtime itself, on the third stream. */
  remark(text: string): void {
    this.push(STREAM.system, Buffer.from(`${text}\n`));
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#lastFlush = performance.now();
    for (const [stream, state] of this.#streams) this.#flushStream(stream, state, true);
  }

  get result() {
    const sum = (stream: StreamNumber) => {
      const state = this.#stream(stream);
      return { bytes: state.offset, sha256: state.hash.copy().digest('hex') };
    };
    return { stdout: sum(STREAM.stdout), stderr: sum(STREAM.stderr), lastSeq: this.#seq, chainHead: toHex(this.#head) };
  }

  #schedule(): void {
    const wait = this.#lastFlush + FLUSH_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }

  #flushStream(stream: StreamNumber, state: StreamState, all: boolean): void {
    if (state.pendingBytes === 0) return;
    let bytes = state.pending.length === 1 ? state.pending[0]! : Buffer.concat(state.pending);
    while (bytes.length >= MAX_FRAME_BYTES || (all && bytes.length > 0)) {
      this.#frame(stream, state, bytes.subarray(0, MAX_FRAME_BYTES));
      bytes = bytes.subarray(MAX_FRAME_BYTES);
    }
    state.pending = bytes.length > 0 ? [bytes] : [];
    state.pendingBytes = bytes.length;
  }

  #frame(stream: StreamNumber, state: StreamState, bytes: Buffer): void {
    const frame: OutputFrame = { seq: ++this.#seq, stream, offset: state.offset, at: Date.now(), bytes };
    state.offset += bytes.length;
    state.hash.update(bytes);
    this.#head = outputChainNext(sha256, this.#head, frame);
    this.#emit(frame);
  }

  #stream(stream: StreamNumber): StreamState {
    let state = this.#streams.get(stream);
    if (!state) {
      state = { offset: 0, pending: [], pendingBytes: 0, hash: createHash('sha256') };
      this.#streams.set(stream, state);
    }
    return state;
  }
}

interface StreamState {
  offset: number;
  pending: Buffer[];
  pendingBytes: number;
  hash: ReturnType<typeof createHash>;
}
