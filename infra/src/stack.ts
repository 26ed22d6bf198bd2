import { join } from 'node:path';
import { webApp, workflowBundle } from './builds.ts';
import { projectRoot } from './config.ts';
import { keptSecret } from './data-folder.ts';
import { database } from './database.ts';
import { findMeilisearch, startSearch } from './embedded/search.ts';
import { findTemporalBinary } from './embedded/temporal-binary.ts';
import { startTemporal } from './embedded/temporal.ts';
import { inPart } from './in-part.ts';
import { requireOutside } from './outside/outside.ts';
import { seconds, type StackContext } from './stack-context.ts';

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
  const { config, folder, say, abort } = context;
  const searchWaits = await requireOutside(config, say);
  abort.signal.throwIfAborted();
  const here = <T>(part: string, work: () => Promise<T>): Promise<T> => inPart(part, folder.root, work);
  const [appUrl, temporalAddress, search, webDist, bundle] = await allOrNothing(abort, [
    here('Postgres', () => database(context)),
    here('Temporal', () => temporal(context)),
    here('Search', () => searchServer(context, searchWaits)),
    inPart('Web app', projectRoot, () => webApp((line) => say('web', line), abort.signal)),
    here('Worker', () => workflowBundle(folder.build, (line) => say('worker', line), abort.signal)),
  ]);
  return { appUrl, temporalAddress, ...search, webDist, bundle };
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
    onUnexpectedEnd: (end, againInMs) => {
      if (againInMs !== null) say('temporal', `${end}; starting it again`);
    },
  });
  onStop(() => server.stop());
  say('temporal', `answers after ${seconds(began)}`);
  return server.address;
}

async function searchServer(
  context: StackContext,
  waits: string | null,
): Promise<Pick<Stack, 'search' | 'searchWords'>> {
  const { config, folder, processes, say, onStop } = context;
  if (config.meiliUrl) {
    return {
      search: { url: config.meiliUrl, key: config.meiliKey ?? '' },
      searchWords: `Meilisearch at ${config.meiliUrl}${waits ? `, which ${waits}: search waits, sessions do not` : ''}`,
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
    onUnexpectedEnd: (end, againInMs) => {
      if (againInMs !== null) say('search', `${end}; starting it again`);
    },
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
