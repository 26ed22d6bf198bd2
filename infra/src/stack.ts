import { join } from 'node:path';
import { migrate } from '@throughline/store/migrate';
import { webApp, workflowBundle } from './builds.ts';
import type { StartConfig } from './config.ts';
import { keptSecret, type DataFolder } from './data-folder.ts';
import { startPostgres } from './embedded/postgres.ts';
import { findMeilisearch, startSearch } from './embedded/search.ts';
import { findTemporalBinary } from './embedded/temporal-binary.ts';
import { startTemporal } from './embedded/temporal.ts';
import { PartFailure } from './part-failure.ts';
import type { ProcessList } from './process-list.ts';

/** Tells of progress and remembers what to stop. Handed to every part that starts something. */
export interface StackContext {
  config: StartConfig;
  folder: DataFolder;
  processes: ProcessList;
  say: (part: string, line: string) => void;
  /** Stopped in the reverse order of registration. */
  onStop: (stop: () => Promise<void>) => void;
  /** Aborted when the whole start is given up: ends builds that are under way. */
  abort: AbortController;
}

/** The services api and worker lean on, all answering. */
export interface Stack {
  /** The product's own login: a secret. */
  appUrl: string;
  temporalAddress: string;
  search: { url: string; key: string } | null;
  /** For the screen: which search it is. */
  searchWords: string;
  webDist: string | null;
  bundle: string | null;
}

/** Starts or finds Postgres, Temporal and search, and builds what is stale, all side by side. */
export async function startStack(context: StackContext): Promise<Stack> {
  const { folder, say, abort } = context;
  const [appUrl, temporalAddress, search, webDist, bundle] = await allOrNothing(abort, [
    database(context),
    temporal(context),
    searchServer(context),
    webApp((line) => say('web', line), abort.signal),
    workflowBundle(folder.build, (line) => say('worker', line), abort.signal),
  ]);
  return { appUrl, temporalAddress, ...search, webDist, bundle };
}

/** The database, migrated; resolves with the address of the product's login. */
async function database({ config, folder, processes, say, onStop }: StackContext): Promise<string> {
  const watch = (name: string, signal: 'SIGTERM' | 'SIGINT') => ({
    restart: true,
    onStart: (pid: number) => processes.add(name, pid, signal),
    onUnexpectedEnd: (end: string) => say(name, `${end}; starting it again`),
  });
  let adminUrl = config.databaseUrl;
  if (!adminUrl) {
    const began = Date.now();
    const postgres = await startPostgres({
      dataDir: folder.postgres,
      database: 'throughline',
      ...watch('postgres', 'SIGINT'),
    });
    onStop(() => postgres.stop());
    say('postgres', `answers after ${seconds(began)}`);
    adminUrl = postgres.adminUrl;
  }
  const appPassword = keptSecret(folder, 'app-db-password');
  try {
    const { applied } = await migrate({ adminUrl, appPassword });
    if (applied.length > 0) say('postgres', `${applied.length} migrations applied`);
  } catch (error) {
    const todo = config.databaseUrl
      ? 'check DATABASE_URL: its login must reach the server and be allowed to create roles and tables'
      : 'see the message; the data is untouched, every migration is one transaction';
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message ? `${message} (${cause.message})` : message;
    throw new PartFailure('Database', why, todo, { cause: error });
  }
  const url = new URL(adminUrl);
  url.username = 'throughline_app';
  url.password = appPassword;
  return url.toString();
}

async function temporal({ config, folder, processes, say, onStop, abort }: StackContext): Promise<string> {
  if (config.temporalAddress) return config.temporalAddress;
  const binary = await findTemporalBinary({
    onProgress: (line) => say('temporal', line),
    moreDirs: [join(folder.root, 'bin')],
    signal: abort.signal,
  });
  const began = Date.now();
  const server = await startTemporal({
    binary,
    namespace: config.temporalNamespace,
    dbFile: join(folder.temporal, 'temporal.db'),
    logFile: join(folder.logs, 'temporal.log'),
    restart: true,
    onStart: (pid) => processes.add('temporal', pid),
    onUnexpectedEnd: (end) => say('temporal', `${end}; starting it again`),
  });
  onStop(() => server.stop());
  say('temporal', `answers after ${seconds(began)}`);
  return server.address;
}

async function searchServer(context: StackContext): Promise<Pick<Stack, 'search' | 'searchWords'>> {
  const { config, folder, processes, say, onStop } = context;
  if (config.meiliUrl) {
    return {
      search: { url: config.meiliUrl, key: config.meiliKey ?? '' },
      searchWords: `Meilisearch at ${config.meiliUrl}`,
    };
  }
  const binary = findMeilisearch();
  if (!binary) {
    return { search: null, searchWords: 'Postgres full-text (no "meilisearch" on PATH, MEILI_URL not set)' };
  }
  const masterKey = keptSecret(folder, 'search-master-key');
  const server = await startSearch({
    binary,
    dataDir: folder.search,
    logFile: join(folder.logs, 'meilisearch.log'),
    masterKey,
    restart: true,
    onStart: (pid) => processes.add('meilisearch', pid),
    onUnexpectedEnd: (end) => say('search', `${end}; starting it again`),
  });
  onStop(() => server.stop());
  return { search: { url: server.url, key: masterKey }, searchWords: 'Meilisearch, started here' };
}

/** Like Promise.all, but waits until every part has settled, so that nothing is still starting while we stop. */
async function allOrNothing<T extends unknown[]>(
  abort: AbortController,
  parts: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  try {
    return (await Promise.all(parts)) as T;
  } catch (error) {
    abort.abort(error);
    await Promise.allSettled(parts);
    throw error;
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1_000).toFixed(1)} s`;
}
