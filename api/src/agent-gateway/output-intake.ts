import { crc32 } from 'node:zlib';
import { DomainError } from '@throughline/domain/errors';
import { STREAM, decodeBatch } from '@throughline/domain/output-frame';
import { publish } from '@throughline/store/notify';
import { type AppendResult, appendOutput } from '@throughline/store/output-store';
import { withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import type { GivenCommand } from './given-command.ts';
import type { Member } from './join.ts';
import { OutputGroup } from './output-group.ts';
import { OutputSums } from './output-sums.ts';

/** Commands of one runtime whose output is stored side by side: enough to keep the database busy, few enough to leave it to others. */
const AT_ONCE = 3;
/** Twice what a runtime may have under way (docs/PROTOCOL.md, credit): one that sends more does not keep to the protocol. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

/** Takes a runtime's output into the store, each command's in order, and tells after each COMMIT how far it came. */
export class OutputIntake {
  readonly sums = new OutputSums();
  private readonly queues = new Map<string, OutputGroup[]>();
  private readonly working = new Map<string, Promise<void>>();
  private waitingBytes = 0;
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

  /** Throws DomainError when the bytes are not a whole, unharmed batch, or more than the credit. */
  take(wire: Uint8Array): void {
    const { commandId, frames } = decodeBatch(wire, crc32);
    if (this.broken || frames.length === 0) return;
    if (this.waitingBytes > MOST_WAITING_BYTES)
      throw new DomainError('TOO_LARGE', 'More output is under way than the credit allows. Wait for acknowledgements.');
    const queue = this.queues.get(commandId) ?? [];
    this.queues.set(commandId, queue);
    for (const frame of frames) {
      this.waitingBytes += frame.bytes.length;
      if (queue.at(-1)?.add(frame)) continue;
      const group = new OutputGroup();
      group.add(frame);
      queue.push(group);
    }
    this.startNext();
  }

  /** Resolves when everything taken so far of this command is stored (or has failed). */
  async drained(commandId: string): Promise<void> {
    while (this.working.has(commandId) || this.queues.has(commandId))
      await (this.working.get(commandId) ?? Promise.race(this.working.values()));
  }

  /** Commands wait in the order in which they came; one that has more to store goes to the end of the line. */
  private startNext(): void {
    for (const [commandId, queue] of this.queues) {
      if (this.working.size >= AT_ONCE) return;
      if (this.working.has(commandId)) continue;
      // Taken out of the queue, so that nothing is added to it under the database's hands.
      const group = queue.shift();
      this.queues.delete(commandId);
      if (queue.length > 0) this.queues.set(commandId, queue);
      if (group !== undefined) this.working.set(commandId, this.work(commandId, group));
    }
  }

  private async work(commandId: string, group: OutputGroup): Promise<void> {
    try {
      await this.store(commandId, group);
      this.waitingBytes -= group.data.length;
      group.release();
    } catch (error) {
      this.broken = true;
      this.queues.clear();
      this.deps.failed(error as Error);
    } finally {
      this.working.delete(commandId);
      this.startNext();
    }
  }

  private async store(commandId: string, { frames, data }: OutputGroup): Promise<void> {
    const command = await this.deps.given(commandId);
    if (command === null) return; // Not this runtime's command: not stored, and never acknowledged.
    const { mspId } = this.deps.member;
    const { sessionId } = command;
    const result = await withTenant(this.deps.pool, { mspId, clients: '*' }, async (tx) => {
      // The runtime's own words are part of how a command is shown, and not of its output.
      if (frames.some((frame) => frame.stream === STREAM.system))
        await publish(tx, { k: 'command', m: mspId, s: sessionId, c: commandId });
      return appendOutput(tx, mspId, sessionId, commandId, frames, data);
    });
    this.deps.told(commandId, result);
    // After the acknowledgement, so that the runtime sends on meanwhile.
    this.sums.stored(commandId, frames, result.nextSeq);
  }
}
