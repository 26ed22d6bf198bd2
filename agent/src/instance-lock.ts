import { existsSync, readFileSync, rmSync } from 'node:fs';
import { DomainError } from '@throughline/domain/errors';
import type { DataFolder } from './data-folder.ts';
import { writeDurably } from './data-folder.ts';
import { type ProcessIdentity, isAlive, processIdentity, zProcessIdentity } from './process-identity.ts';

/** The runtime that uses this folder now, or null. */
export function runningInstance(folder: DataFolder): ProcessIdentity | null {
  if (!existsSync(folder.lock)) return null;
  const holder = zProcessIdentity.safeParse(parseJson(readFileSync(folder.lock, 'utf8')));
  return holder.success && isAlive(holder.data) ? holder.data : null;
}

/** Two runtimes on one folder could each run the same command: the second one is refused. Returns the release. */
export function takeInstanceLock(folder: DataFolder): () => void {
  const holder = runningInstance(folder);
  if (holder && holder.pid !== process.pid) {
    throw new DomainError(
      'CONFLICT',
      `The runtime already runs with this data folder (pid ${holder.pid}). Stop that one first, or give --data another folder.`,
    );
  }
  writeDurably(folder.lock, JSON.stringify(processIdentity(process.pid)));
  return () => rmSync(folder.lock, { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
