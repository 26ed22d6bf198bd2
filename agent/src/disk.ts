import { statfsSync } from 'node:fs';

/** Free bytes of the disk that holds this path. Apart from facts.ts, so that a runner starts with little to load. */
export function diskFreeBytes(path: string): number {
  const disk = statfsSync(path);
  return disk.bavail * disk.bsize;
}
