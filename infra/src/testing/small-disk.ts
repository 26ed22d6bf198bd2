import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from './services.ts';

/** A disk of its own, in memory, with the size we like. */
export interface SmallDisk {
  folder: string;
  /** Sizes as mount knows them: `64k`, `20m`. What lies there stays. */
  resize(size: string): void;
  remove(): void;
}

/** Null where the system does not let us mount one: only root may, and not in every container. */
export function smallDisk(size: string): SmallDisk | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const folder = join(testFolder(), 'disk');
  mkdirSync(folder);
  if (!mount('-t', 'tmpfs', '-o', `size=${size},mode=755`, 'throughline-test', folder)) return null;
  return {
    folder,
    resize(to) {
      if (!mount('-o', `remount,size=${to}`, folder)) throw new Error(`The disk cannot be made ${to} large.`);
    },
    remove() {
      // Lazily: should a test have failed, something may still have a file open there.
      spawnSync('umount', ['--lazy', folder]);
    },
  };
}

function mount(...args: string[]): boolean {
  return spawnSync('mount', args).status === 0;
}
