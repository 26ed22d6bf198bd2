import { crc32 } from 'node:zlib';
import { type OutputFrame, decodeBatch } from '@throughline/domain/output-frame';
import type { SpoolSender } from '@throughline/agent/spool-sender';
import type { Append } from './model-store.ts';

/** What may befall the wire next. */
export type Mishap =
  'deliver' | 'lose batch' | 'repeat' | 'reorder' | 'lose ack' | 'late ack' | 'reconnect' | 'change a byte';
export const MISHAPS: readonly Mishap[] = [
  ...['deliver', 'lose batch', 'repeat', 'reorder', 'lose ack', 'late ack', 'reconnect'],
] as Mishap[];

/** Whatever takes frames: the model, or the real append_output. */
export interface FrameStore {
  append(frames: readonly OutputFrame[]): Append | Promise<Append>;
}

/** A wire between the real sender and a store, on which everything goes wrong that the protocol knows of. */
export class LossyWire {
  readonly #queue: Uint8Array[] = [];
  readonly #late: number[] = [];
  readonly #store: FrameStore;
  #known = 0;
  #last: Uint8Array | null = null;
  sender: SpoolSender | null = null;
  conflicts = 0;

  constructor(store: FrameStore) {
    this.#store = store;
  }

  /** What the sender is given to send with. */
  readonly send = (wire: Uint8Array): boolean => {
    this.#queue.push(wire);
    return true;
  };

  get idle(): boolean {
    return this.#queue.length === 0;
  }

  async step(mishap: Mishap): Promise<void> {
    switch (mishap) {
      case 'deliver':
        return this.#deliver(this.#queue.shift(), true);
      case 'lose batch':
        this.#queue.shift();
        return;
      case 'repeat':
        return this.#deliver(this.#last ?? this.#queue[0], true);
      case 'reorder': {
        const [first, second] = this.#queue.splice(0, 2);
        await this.#deliver(second, true);
        return this.#deliver(first, true);
      }
      case 'lose ack':
        return this.#deliver(this.#queue.shift(), false);
      case 'late ack': {
        const seq = this.#late.shift();
        if (seq !== undefined) this.sender?.ack(seq);
        return;
      }
      case 'reconnect':
        this.#queue.length = 0;
        this.#late.length = 0;
        this.sender?.resumeAfter(this.#known);
        return this.sender?.pump();
      case 'change a byte':
        return this.#deliver(this.#changed(), true);
    }
  }

  async #deliver(wire: Uint8Array | undefined, answered: boolean): Promise<void> {
    if (wire === undefined) return;
    this.#last = wire;
    const result = await this.#store.append(decodeBatch(wire, crc32).frames);
    this.#known = result.nextSeq - 1;
    if (result.status === 'conflict') this.conflicts++;
    if (!answered) return void this.#late.push(this.#known);
    // What the gateway says: the acknowledgement first, then what it wants.
    if (this.#known > 0) this.sender?.ack(this.#known);
    if (result.status === 'gap') this.sender?.resumeAfter(this.#known);
    if (result.status === 'conflict' || result.status === 'frozen') this.sender!.frozen = true;
    this.sender?.pump();
  }

  /** The last delivered batch with one byte of a stored frame turned, its check sum made to fit: a lie, not a broken wire. */
  #changed(): Uint8Array | undefined {
    if (this.#last === null || this.#known === 0) return undefined;
    const wire = Uint8Array.from(this.#last);
    const view = new DataView(wire.buffer);
    const length = view.getUint32(24 + 21);
    if (length === 0 || view.getUint32(24) > this.#known) return undefined;
    wire[24 + 29]! ^= 1;
    view.setUint32(24 + 25, crc32(wire.subarray(24 + 29, 24 + 29 + length)));
    return wire;
  }
}
