import { crc32 } from 'node:zlib';
import { MAX_BATCH_BYTES, type OutputBatch, decodeBatch } from '@throughline/domain/output-frame';
import { type AppendResult, appendOutput } from '@throughline/store/output-store';
import { withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import type { GivenCommand } from './command-facts.ts';
import type { Member } from './join.ts';

/** Frames that arrive while a transaction is on its way go into the next one together: few large commits instead of many small ones. */
const MAX_GROUP_BYTES = 4 * MAX_BATCH_BYTES;

interface Waiting {
  batch: OutputBatch;
  bytes: number;
}

/** Takes a runtime's output into the store, in order, one transaction at a time, and tells after each COMMIT how far it came. */
export class OutputIntake {
  private readonly queue: Waiting[] = [];
  private busy: Promise<void> | null = null;
  private readonly deps: {
    pool: Pool;
    member: Member;
    given: (commandId: string) => Promise<GivenCommand | null>;
    told: (commandId: string, result: AppendResult) => void;
    failed: (error: Error) => void;
  };

  constructor(deps: OutputIntake['deps']) {
    this.deps = deps;
  }

  /** Throws DomainError when the bytes are not a whole, unharmed batch. */
  take(wire: Uint8Array): void {
    this.queue.push({ batch: decodeBatch(wire, crc32), bytes: wire.length });
    this.busy ??= this.work();
  }

  /** Resolves when everything taken so far is stored (or has failed). */
  async drained(): Promise<void> {
    while (this.busy !== null) await this.busy;
  }

  private async work(): Promise<void> {
    try {
      while (this.queue.length > 0) await this.storeNext();
    } catch (error) {
      this.queue.length = 0;
      this.deps.failed(error as Error);
    } finally {
      this.busy = null;
    }
  }

  private async storeNext(): Promise<void> {
    const first = this.queue.shift();
    if (first === undefined) return;
    const { commandId } = first.batch;
    const frames = [...first.batch.frames];
    let bytes = first.bytes;
    while (this.queue[0]?.batch.commandId === commandId && bytes + this.queue[0].bytes <= MAX_GROUP_BYTES) {
      const next = this.queue.shift();
      if (next === undefined) break;
      frames.push(...next.batch.frames);
      bytes += next.bytes;
    }
    const command = await this.deps.given(commandId);
    if (command === null) return; // Not this runtime's command: not stored, and never acknowledged.
    const { mspId } = this.deps.member;
    const result = await withTenant(this.deps.pool, { mspId, clients: '*' }, (tx) =>
      appendOutput(tx, mspId, command.sessionId, commandId, frames),
    );
    this.deps.told(commandId, result);
  }
}
