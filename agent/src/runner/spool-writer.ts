import { closeSync, fdatasync, fdatasyncSync, openSync, readFileSync, writevSync } from 'node:fs';
import type { OutputFrame } from '@throughline/domain/output-frame';
import { diskFreeBytes } from '../disk.ts';
import { SPOOL_HEAD, spoolHead } from '../spool-format.ts';
import type { CommandFiles } from './command-folder.ts';

/** Output not yet stored by the server may fill this much disk; the child then waits, nothing is dropped. */
export const SPOOL_QUOTA_BYTES = 2 * 1024 ** 3;
export const DISK_RESERVE_BYTES = 500 * 1024 ** 2;
const SYNC_MS = 50;
const DISK_CHECK_EVERY = 16 * 1024 ** 2;

/**
 * Appends frames to the spool. A write reaches the page cache at once (a killed process loses nothing) and the disk
 * within 50 ms (a power cut loses no more than that).
 */
export class SpoolWriter {
  #size = 0;
  #acked = 0;
  #checkedAt = 0;
  #diskLow = false;
  #syncing = false;
  #dirty = false;
  readonly #fd: number;
  readonly #files: CommandFiles;
  readonly #quota: number;

  constructor(files: CommandFiles, quota = SPOOL_QUOTA_BYTES) {
    this.#files = files;
    this.#quota = quota;
    this.#fd = openSync(files.spool, 'ax', 0o600);
  }

  append(frame: OutputFrame): void {
    writeWhole(this.#fd, spoolHead(frame), frame.bytes);
    this.#size += SPOOL_HEAD + frame.bytes.length;
    this.#dirty = true;
    if (!this.#syncing) this.#syncSoon();
  }

  /** Whether reading the child's pipes must stop for now. */
  isFull(): boolean {
    if (this.#size - this.#checkedAt >= DISK_CHECK_EVERY || this.#diskLow) {
      this.#checkedAt = this.#size;
      this.#diskLow = diskFreeBytes(this.#files.spool) < DISK_RESERVE_BYTES;
    }
    if (this.#size - this.#acked > this.#quota) this.#acked = readAcked(this.#files.acked);
    return this.#diskLow || this.#size - this.#acked > this.#quota;
  }

  /** Everything on the disk: must return before EXIT is journalled. */
  close(): void {
    fdatasyncSync(this.#fd);
    this.#dirty = false;
    if (!this.#syncing) closeSync(this.#fd);
  }

  #syncSoon(): void {
    this.#syncing = true;
    setTimeout(() => {
      if (!this.#dirty) return void (this.#syncing = false);
      this.#dirty = false;
      fdatasync(this.#fd, (error) => {
        if (error) throw error;
        this.#syncing = false;
        if (this.#dirty) this.#syncSoon();
      });
    }, SYNC_MS).unref();
  }
}

function writeWhole(fd: number, head: Buffer, bytes: Uint8Array): void {
  const wanted = head.length + bytes.length;
  let written = writevSync(fd, [head, bytes]);
  // A short write is rare (a disk about to fill); go on exactly where it stopped.
  const whole = written < wanted ? Buffer.concat([head, bytes]) : null;
  while (whole && written < wanted) written += writevSync(fd, [whole.subarray(written)]);
}

function readAcked(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    // Not written yet: nothing is known to be stored.
    return 0;
  }
}
