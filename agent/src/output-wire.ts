import { crc32 } from 'node:zlib';
import { MAX_BATCH_BYTES, type OutputBatch, encodeBatch } from '@throughline/domain/output-frame';
import type { Connection } from './connection.ts';

/** As many as one command may have under way: 4 MiB. */
const MOST_FREE = 16;
/** What is smaller is as well made anew. */
const SMALL_BYTES = 16 * 1024;

/**
 * Puts output into its form on the wire, in buffers that are used again once they have left: dead ones lie around until V8 looks, and a
 * gigabyte of output would leave some 60 MiB of them at any time.
 */
export class OutputWire {
  readonly #connection: Pick<Connection, 'sendBinary'>;
  readonly #free: Uint8Array[] = [];

  constructor(connection: Pick<Connection, 'sendBinary'>) {
    this.#connection = connection;
  }

  /** False when there is no connection: it was not sent. */
  send(batch: OutputBatch): boolean {
    const bytes = batch.frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
    if (bytes < SMALL_BYTES) return this.#connection.sendBinary(encodeBatch(batch, crc32));
    const into = this.#free.pop() ?? new Uint8Array(MAX_BATCH_BYTES);
    const left = () => {
      if (this.#free.length < MOST_FREE) this.#free.push(into);
    };
    const taken = this.#connection.sendBinary(encodeBatch(batch, crc32, into), left);
    if (!taken) left();
    return taken;
  }
}
