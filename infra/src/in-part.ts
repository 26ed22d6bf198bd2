import { diskFull, hasNoSpace, saysDiskIsFull } from './disk.ts';
import { PartFailure } from './part-failure.ts';

/**
 * Does a part's work. Whatever goes wrong comes out as a {@link PartFailure}, and what a full disk is behind says so,
 * however the program that met it put it. `folder` is where the part writes.
 */
export async function inPart<T>(part: string, folder: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asPartFailure(part, folder, error);
  }
}

function asPartFailure(part: string, folder: string, error: unknown): PartFailure {
  const known = error instanceof PartFailure ? error : null;
  if (known?.why.startsWith('the disk is full')) return known; // says already whose disk
  if (saysDiskIsFull(error) || hasNoSpace(folder)) return diskFull(known?.part ?? part, folder, error);
  if (known) return known;
  const why = error instanceof Error ? error.message : String(error);
  return new PartFailure(part, why, 'put right what these words name, then start again', { cause: error });
}
