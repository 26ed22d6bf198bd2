import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk of the test's own. Mounting needs root; null without it. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static open(megabytes: number): SmallDisk | null {
    const path = mkdtempSync(join(tmpdir(), 'throughline-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' });
      return new SmallDisk(path);
    } catch {
      rmSync(path, { recursive: true });
      return null;
    }
  }

  get freeBytes(): number {
    const disk = statfsSync(this.path);
    return disk.bavail * disk.bsize;
  }

  resize(megabytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${megabytes}m`, this.path]);
  }

  /** Takes every last byte. */
  fill(): void {
    const file = openSync(join(this.path, 'filler'), 'a');
    try {
      for (let size = 1024 ** 2; size >= 1; size = Math.floor(size / 2)) while (fits(file, size));
    } finally {
      closeSync(file);
    }
  }

  empty(): void {
    rmSync(join(this.path, 'filler'), { force: true });
  }

  close(): void {
    execFileSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true });
  }
}

function fits(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
