import { closeSync, existsSync, openSync, readSync, writeFileSync } from 'node:fs';
import { CREDIT_BYTES } from '@throughline/domain/agent-protocol';
import { MAX_BATCH_BYTES, type OutputBatch, type OutputFrame } from '@throughline/domain/output-frame';
import type { Credit } from './credit.ts';
import { SPOOL_HEAD, readSpool } from './spool-format.ts';

const READ_BYTES = 1024 * 1024;
/** The runner reads the acknowledged position only near its quota, so it is written seldom. */
const ACKED_FILE_EVERY = 32 * 1024 * 1024;
/** Head of a frame on the wire, counted against the batch. */
const WIRE_HEAD = 32;

interface Sent {
  seq: number;
  size: number;
}

/** Sends one command's spool in order, never more ahead of the server than the credit allows. */
export class SpoolSender {
  /** Everything up to this seq is stored by the server. */
  ackSeq = 0;
  /** A stream the server froze after a conflict is not touched any more. */
  frozen = false;
  #ackPosition = 0;
  #position = 0;
  #nextSeq = 1;
  #outstanding: Sent[] = [];
  #outstandingBytes = 0;
  #noted = 0;
  #fd: number | null = null;
  /** One for all reads: dead buffers lie around until V8 looks, and a long output would leave many. */
  #buffer: Buffer | null = null;
  /** Read and not yet sent; begins at #position. Its bytes are the buffer's: nothing is read before it is empty. */
  #ahead: Batch[] = [];
  readonly #commandId: string;
  readonly #files: { spool: string; acked: string };
  readonly #shared: Credit;
  readonly #send: (batch: OutputBatch) => boolean;
  readonly #again = () => this.pump();

  constructor(
    commandId: string,
    files: { spool: string; acked: string },
    shared: Credit,
    send: (batch: OutputBatch) => boolean,
  ) {
    this.#commandId = commandId;
    this.#files = files;
    this.#shared = shared;
    this.#send = send;
  }

  /** The seq behind the last whole record of the spool. */
  endSeq(): number {
    let [position, seq] = [this.#position, this.#nextSeq];
    const apart = Buffer.allocUnsafe(READ_BYTES);
    for (let records = this.#read(position, apart); records.length > 0; records = this.#read(position, apart)) {
      for (const { size } of records) position += size;
      seq += records.length;
    }
    return seq;
  }

  /** Everything that was written has been stored. */
  isDrained(): boolean {
    return this.#outstanding.length === 0 && this.#peek() === null;
  }

  /** Sends what the credit allows. */
  pump(): void {
    while (!this.frozen && this.#outstandingBytes < CREDIT_BYTES) {
      const batch = this.#peek();
      if (!batch || !this.#shared.available(this.#again)) return;
      const frames = batch.map((record) => record.frame);
      if (!this.#send({ commandId: this.#commandId, frames })) return;
      this.#ahead.shift();
      for (const { frame, size } of batch) this.#sent(frame, size);
    }
  }

  ack(seq: number): void {
    while (this.#outstanding[0] && this.#outstanding[0].seq <= seq) {
      const { size } = this.#outstanding.shift()!;
      this.#ackPosition += size;
      this.#release(size);
    }
    this.ackSeq = Math.max(this.ackSeq, seq);
    if (this.#ackPosition - this.#noted >= ACKED_FILE_EVERY) {
      this.#noted = this.#ackPosition;
      writeFileSync(this.#files.acked, String(this.#ackPosition));
    }
  }

  /** Goes on behind `ackSeq`, whatever was sent before: after a reconnect, or when the server found a gap. */
  resumeAfter(ackSeq: number): void {
    const taken = this.#outstandingBytes;
    this.#shared.forget(this.#again);
    this.#outstanding = [];
    this.#ahead = [];
    let [position, seq] = ackSeq >= this.ackSeq ? [this.#ackPosition, this.ackSeq] : [0, 0];
    scan: while (seq < ackSeq) {
      const records = this.#read(position);
      if (records.length === 0) break;
      for (const { frame, size } of records) {
        if (frame.seq > ackSeq) break scan;
        position += size;
        seq = frame.seq;
      }
    }
    this.ackSeq = seq;
    this.#ackPosition = position;
    this.#position = position;
    this.#nextSeq = seq + 1;
    // Last, because it may set others going and they must find this one in order.
    this.#release(taken);
  }

  close(): void {
    this.#shared.forget(this.#again);
    this.#release(this.#outstandingBytes);
    this.#outstanding = [];
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#buffer = null;
    this.#ahead = [];
    this.frozen = true;
  }

  #peek(): Batch | null {
    if (this.#ahead.length === 0) this.#ahead = batches(this.#read(this.#position));
    return this.#ahead[0] ?? null;
  }

  #sent(frame: OutputFrame, size: number): void {
    this.#outstanding.push({ seq: frame.seq, size });
    this.#outstandingBytes += size;
    this.#shared.take(size);
    this.#position += size;
    this.#nextSeq = frame.seq + 1;
  }

  #release(size: number): void {
    this.#outstandingBytes -= size;
    this.#shared.giveBack(size);
  }

  #read(position: number, into = (this.#buffer ??= Buffer.allocUnsafe(READ_BYTES))): ReturnType<typeof readSpool> {
    if (this.#fd === null) {
      if (this.frozen || !existsSync(this.#files.spool)) return [];
      this.#fd = openSync(this.#files.spool, 'r');
    }
    return readSpool(into.subarray(0, readSync(this.#fd, into, 0, READ_BYTES, position)));
  }
}

type Batch = ReturnType<typeof readSpool>;

function batches(records: Batch): Batch[] {
  const all: Batch[] = [];
  let batch: Batch = [];
  let bytes = WIRE_HEAD;
  for (const record of records) {
    const wire = record.size - SPOOL_HEAD + WIRE_HEAD;
    if (batch.length > 0 && bytes + wire > MAX_BATCH_BYTES) {
      all.push(batch);
      [batch, bytes] = [[], WIRE_HEAD];
    }
    batch.push(record);
    bytes += wire;
  }
  return batch.length > 0 ? [...all, batch] : all;
}
