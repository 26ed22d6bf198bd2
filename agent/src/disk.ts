import { statfsSync } from 'node:fs';

/** Free bytes of the disk that holds this path. Apart from facts.ts, so that a runner starts with little to load. */
export function diskFreeBytes(path: string): number {
  const disk = statfsSync(path);
  return disk.bavail * disk.bsize;
}

/** Whether this error says that the disk, or the account's share of it, is full. */
export const isNoRoom = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');

const LOOK_AGAIN_MS = 250;

/** Does it again until it no longer fails for want of room (or says false, which means the same). */
export async function onceThereIsRoom(work: () => boolean | void): Promise<void> {
  for (;;) {
    try {
      if (work() !== false) return;
    } catch (error) {
      if (!isNoRoom(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
