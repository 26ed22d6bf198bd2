import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PartFailure } from '../part-failure.ts';
import { supervise } from '../process.ts';
import { freePort } from './ports.ts';

/** How to start Meilisearch. */
export interface SearchOptions {
  binary: string;
  dataDir: string;
  logFile: string;
  /** At least 16 bytes. A secret. */
  masterKey: string;
  restart?: boolean;
  onUnexpectedEnd?: (end: string, againInMs: number | null) => void;
  onStart?: (pid: number) => void;
}

/** A running Meilisearch, reachable from this machine only. */
export interface RunningSearch {
  url: string;
  stop(): Promise<void>;
}

/** `meilisearch` on PATH, or null. */
export function findMeilisearch(path = process.env.PATH ?? ''): string | null {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, 'meilisearch');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') throw error;
    }
  }
  return null;
}

/** Starts Meilisearch with its data in a folder of ours and waits until it says it is available. */
export async function startSearch(options: SearchOptions): Promise<RunningSearch> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = supervise({
    name: 'meilisearch',
    command: options.binary,
    args: ['--db-path', join(options.dataDir, 'data'), '--http-addr', `127.0.0.1:${port}`, '--no-analytics'],
    // The key travels by environment: arguments are readable by every user of the machine.
    env: { PATH: process.env.PATH ?? '', MEILI_MASTER_KEY: options.masterKey, MEILI_ENV: 'production' },
    cwd: options.dataDir,
    output: { file: options.logFile },
    onUnexpectedEnd: options.onUnexpectedEnd,
    onStart: options.onStart,
  });
  const state: { end: string | null } = { end: null };
  void server.ended.then((end) => (state.end = end));
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    if (state.end !== null) break;
    const response = await fetch(`${url}/health`).catch(() => null); // refused until it listens
    if (response?.ok) {
      if (options.restart) server.keepUp();
      return { url, stop: () => server.stop() };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await server.stop();
  throw new PartFailure(
    'Search',
    `Meilisearch ${state.end ?? 'did not answer within 30 seconds'}`,
    `read ${options.logFile}, or take "meilisearch" off PATH to search with Postgres instead`,
  );
}
