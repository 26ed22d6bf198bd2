import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from './env.ts';
import { Problem } from './problem.ts';

/**
 * The database's address: DATABASE_URL, else the Postgres that `npm start` runs on this machine, found by what it writes into the data
 * folder (its port in postmaster.pid, the product's password in keys/).
 */
export function databaseUrl(env: Env): string {
  if (env.databaseUrl !== undefined) return env.databaseUrl;
  const password = join(env.dataDir, 'keys', 'app-db-password');
  const pidFile = join(clusterHome(env.dataDir), 'cluster', 'postmaster.pid');
  if (!existsSync(password) || !existsSync(pidFile))
    throw new Problem(
      `No running database was found in ${env.dataDir}.\nStart Throughline with "npm start", or set DATABASE_URL (or DATA_DIR, where the data is elsewhere).`,
    );
  // The fourth line of postmaster.pid is the port (PostgreSQL's own format, unchanged since 9.1).
  const port = read(pidFile).split('\n')[3]?.trim() ?? '';
  if (!/^\d+$/.test(port))
    throw new Problem(`The database is just starting or stopping (${pidFile} has no port yet). Try again.`);
  return `postgres://throughline_app:${encodeURIComponent(read(password).trim())}@127.0.0.1:${port}/throughline`;
}

/** Where root runs Postgres as another user, its files may lie outside the data folder; LOCATION says where. */
function clusterHome(dataDir: string): string {
  const folder = join(dataDir, 'postgres');
  const location = join(folder, 'LOCATION');
  return existsSync(location) ? read(location).trim() : folder;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Problem(`${file} cannot be read. Run this as the user who runs Throughline.`, 1, { cause });
  }
}
