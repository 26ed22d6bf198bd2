import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { PartFailure } from './part-failure.ts';

/** With less than this nothing of ours gets far: Postgres and Temporal write more than that at every start. */
const NEXT_TO_NOTHING = 1024 * 1024;
const FULL = /no space left on device|ENOSPC|disk is full|check free disk space|disk quota exceeded|EDQUOT/i;
/** Of the system, of a quota, and of Postgres (whose words for it differ from one file to the next). */
const FULL_CODES = ['ENOSPC', 'EDQUOT', '53100'];

/** Whether these words of a program, or this error or one of its causes, come from a full disk. */
export function saysDiskIsFull(said: unknown): boolean {
  if (typeof said === 'string') return FULL.test(said);
  if (!(said instanceof Error)) return false;
  const { code } = said as { code?: unknown };
  return FULL_CODES.includes(String(code)) || FULL.test(said.message) || saysDiskIsFull(said.cause);
}

/** Whether hardly anything can be written in a folder. Asked when a program failed that could not even say why. */
export function hasNoSpace(folder: string): boolean {
  return freeBytes(folder) < NEXT_TO_NOTHING;
}

/** A sentence for the screen when a start succeeded with little space left; null when there is enough for a while. */
export function littleSpace(folder: string): string | null {
  const megabytes = Math.floor(freeBytes(folder) / 1024 / 1024);
  if (megabytes >= 200) return null;
  return `only ${megabytes} MB left on the disk of ${folder}: free some space before Postgres stops for want of it`;
}

/** Infinity where the system will not say: then nothing is blamed on the disk. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder;
    return missing ? freeBytes(dirname(folder)) : Infinity;
  }
}

/** The one way of saying it. */
export function diskFull(part: string, folder: string, cause?: unknown): PartFailure {
  return new PartFailure(
    part,
    `the disk is full (the one of ${folder})`,
    'free some space there (a new data folder takes about 100 MB, and grows with use) or set DATA_DIR to a folder on ' +
      'another disk, then start again',
    { cause },
  );
}
