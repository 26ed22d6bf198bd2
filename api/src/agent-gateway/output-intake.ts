import { crc32 } from 'node:zlib';
import { MAX_BATCH_BYTES, type OutputBatch, decodeBatch } from '@throughline/domain/output-frame';
import { type AppendResult, appendOutput } from '@throughline/store/output-store';
import { withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import type { GivenCommand } from './command-facts.ts';
import type { Member } from './join.ts';
import { OutputSums } from './output-sums.ts';
import { Rooms } from './rooms.ts';

/** Frames that arrive while a transaction is on its way go into the next one together: few large commits instead of many small ones. */
const MAX_GROUP_BYTES = 4 * MAX_BATCH_BYTES;
/** Commands of one runtime whose output is stored side by side: enough to keep the database busy, few enough to leave it to others. */
const AT_ONCE = 3;
const rooms = new Rooms(MAX_GROUP_BYTES);

interface Waiting {
  batch: OutputBatch;
  bytes: number;
}

/** Takes a runtime's output into the store, each command's in order, and tells after each COMMIT how far it came. */
export class OutputIntake {
  readonly sums = new OutputSums();
  private readonly queues = new Map<string, Waiting[]>();
  private readonly working = new Map<string, Promise<void>>();
  /** After a failure the connection ends, and the runtime sends again on the next one what was not acknowledged. */
  private broken = false;
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
    const batch = decodeBatch(wire, crc32);
    if (this.broken) return;
    const queue = this.queues.get(batch.commandId) ?? [];
    this.queues.set(batch.commandId, queue);
    queue.push({ batch, bytes: wire.length });
    this.startNext();
  }

  /** Resolves when everything taken so far of this command is stored (or has failed). */
  async drained(commandId: string): Promise<void> {
    while (this.queues.has(commandId)) await (this.working.get(commandId) ?? Promise.race(this.working.values()));
  }

  /** Commands wait in the order in which they came; one that has more to store goes to the end of the line. */
  private startNext(): void {
    for (const commandId of this.queues.keys()) {
      if (this.working.size >= AT_ONCE) return;
      if (!this.working.has(commandId)) this.working.set(commandId, this.work(commandId));
    }
  }

  private async work(commandId: string): Promise<void> {
    const queue = this.queues.get(commandId) ?? [];
    try {
      await this.store(commandId, group(queue));
    } catch (error) {
      this.broken = true;
      this.queues.clear();
      this.deps.failed(error as Error);
    } finally {
      this.working.delete(commandId);
      this.queues.delete(commandId);
      if (queue.length > 0 && !this.broken) this.queues.set(commandId, queue);
      this.startNext();
    }
  }

  private async store(commandId: string, frames: OutputBatch['frames']): Promise<void> {
    const command = await this.deps.given(commandId);
    if (command === null) return; // Not this runtime's command: not stored, and never acknowledged.
    const { mspId } = this.deps.member;
    const room = rooms.borrow();
    const result = await withTenant(this.deps.pool, { mspId, clients: '*' }, (tx) =>
      appendOutput(tx, mspId, command.sessionId, commandId, frames, room),
    );
    // Only now: before the answer, the driver may still be reading from it.
    rooms.giveBack(room);
    this.deps.told(commandId, result);
    // After the acknowledgement, so that the runtime sends on meanwhile.
    this.sums.stored(commandId, frames, result.nextSeq);
  }
}

/** Takes from the front of the queue what goes into one transaction. */
function group(queue: Waiting[]): OutputBatch['frames'] {
  const frames: OutputBatch['frames'] = [];
  let bytes = 0;
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    if (bytes > 0 && bytes + next.bytes > MAX_GROUP_BYTES) break;
    queue.shift();
    bytes += next.bytes;
    frames.push(...next.batch.frames);
  }
  return frames;
}
