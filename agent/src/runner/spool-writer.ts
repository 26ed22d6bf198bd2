import { closeSync, fdatasync, fdatasyncSync, openSync, readFileSync, writevSync } from 'node:fs';
import type { OutputFrame } from '@throughline/domain/output-frame';
import { diskFreeBytes, isNoRoom, onceThereIsRoom } from '../disk.ts';
import { SPOOL_HEAD, spoolHead } from '../spool-format.ts';
import type { CommandFiles } from './command-folder.ts';

/** Output not yet stored by the server may fill this much disk; the child then waits, nothing is dropped. */
export const SPOOL_QUOTA_BYTES = 2 * 1024 ** 3;
export const DISK_RESERVE_BYTES = 500 * 1024 ** 2;
const SYNC_MS = 50;
const DISK_CHECK_EVERY = 1024 ** 2;

/** Why reading must stop: too much that the server has not stored, or too little room on the disk. */
export type SpoolFull = 'quota' | 'disk';

/**
 * Appends frames to the spool. A write reaches the page cache at once (a killed process loses nothing) and the disk
 * within 50 ms (a power cut loses no more than that). What finds no room on the disk is kept in memory, which is little
 * because reading stops, and written when there is room again.
 */
export class SpoolWriter {
  #size = 0;
  #acked = 0;
  #checkedAt = 0;
  #diskLow = false;
  #syncing = false;
  #dirty = false;
  #closed = false;
  #unwritten: Uint8Array[] = [];
  readonly #fd: number;
  readonly #files: CommandFiles;
  readonly #quota: number;

  constructor(files: CommandFiles, quota = SPOOL_QUOTA_BYTES) {
    this.#files = files;
    this.#quota = quota;
    this.#fd = openSync(files.spool, 'ax', 0o600);
    this.#diskLow = this.#lowOnDisk();
  }

  append(frame: OutputFrame): void {
    this.#unwritten.push(spoolHead(frame), frame.bytes);
    this.#size += SPOOL_HEAD + frame.bytes.length;
    this.#write();
  }

  /** Why reading the child's pipes must stop for now, null when it need not. */
  full(): SpoolFull | null {
    this.#write();
    if (this.#unwritten.length > 0) return 'disk';
    if (this.#size - this.#checkedAt >= DISK_CHECK_EVERY || this.#diskLow) {
      this.#checkedAt = this.#size;
      this.#diskLow = this.#lowOnDisk();
    }
    if (this.#size - this.#acked > this.#quota) this.#acked = readAcked(this.#files.acked);
    if (this.#diskLow) return 'disk';
    return this.#size - this.#acked > this.#quota ? 'quota' : null;
  }

  /** Everything on the disk, however long that has to wait for room: must be so before EXIT is journalled. */
  async close(): Promise<void> {
    await onceThereIsRoom(() => {
      this.#write();
      if (this.#unwritten.length > 0) return false;
      fdatasyncSync(this.#fd);
      return true;
    });
    this.#dirty = false;
    this.#closed = true;
    if (!this.#syncing) closeSync(this.#fd);
  }

  /** As much of what waits as there is room for. */
  #write(): void {
    try {
      while (this.#unwritten.length > 0) {
        const written = writevSync(this.#fd, this.#unwritten.slice(0, 64));
        this.#unwritten = behind(this.#unwritten, written);
        this.#dirty = true;
      }
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.#diskLow = true;
    }
    if (this.#dirty && !this.#syncing) this.#syncSoon();
  }

  #lowOnDisk(): boolean {
    return diskFreeBytes(this.#files.spool) < DISK_RESERVE_BYTES;
  }

  #syncSoon(): void {
    this.#syncing = true;
    setTimeout(() => {
      if (!this.#dirty) {
        this.#syncing = false;
        if (this.#closed) closeSync(this.#fd);
        return;
      }
      this.#dirty = false;
      fdatasync(this.#fd, (error) => {
        if (error && !isNoRoom(error)) throw error;
        this.#syncing = false;
        if (this.#dirty) this.#syncSoon();
        else if (this.#closed) closeSync(this.#fd);
      });
    }, SYNC_MS).unref();
  }
}

/** What is left of the parts once so many bytes of them are written. A short write is rare: a disk about to fill. */
function behind(parts: Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  const whole = parts.findIndex((part) => {
    if (part.length > left) return true;
    left -= part.length;
    return false;
  });
  if (whole === -1) return [];
  const [first, ...rest] = parts.slice(whole);
  return first ? [left > 0 ? first.subarray(left) : first, ...rest] : rest;
}

function readAcked(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    // Not written yet: nothing is known to be stored.
    return 0;
  }
}
