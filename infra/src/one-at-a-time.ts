import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

/**
 * Does work that two starts of one checkout must not do at the same time: the second waits for the first. The lock of a
 * process that is gone counts for nothing.
 */
export async function oneAtATime<T>(lock: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lock), { recursive: true });
  while (!take(lock)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    signal.throwIfAborted();
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      rmSync(lock, { force: true }); // made, but not written: a full disk
      throw error;
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isAbandoned(lock: string): boolean {
  try {
    const words = readFileSync(lock, 'utf8');
    if (words) return !isAlive(JSON.parse(words) as ProcessIdentity);
    return Date.now() - statSync(lock).mtimeMs > 10_000; // empty: being written, or killed while doing so
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // given back in this moment
    throw error;
  }
}
