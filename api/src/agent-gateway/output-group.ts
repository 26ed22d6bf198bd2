import type { OutputFrame } from '@throughline/domain/output-frame';
import { Rooms } from './rooms.ts';

/** What goes into one transaction at most: few large commits instead of many small ones. */
export const GROUP_BYTES = 1024 * 1024;
const rooms = new Rooms(GROUP_BYTES);

/**
 * Frames of one command on their way into one transaction, their bytes one behind the other in memory of our own. Copied there
 * as they come, so that the socket's buffers are free at once: kept in a queue they would outlive the young generation.
 */
export class OutputGroup {
  readonly frames: OutputFrame[] = [];
  private readonly room = rooms.borrow();
  private used = 0;

  get data(): Buffer<ArrayBuffer> {
    return this.room.subarray(0, this.used);
  }

  /** False when it does not fit any more. */
  add(frame: OutputFrame): boolean {
    const end = this.used + frame.bytes.length;
    if (end > this.room.length) return false;
    this.room.set(frame.bytes, this.used);
    this.frames.push({ ...frame, bytes: this.room.subarray(this.used, end) });
    this.used = end;
    return true;
  }

  /** Its memory is used again: no frame of it may be looked at afterwards. */
  release(): void {
    rooms.giveBack(this.room);
  }
}
