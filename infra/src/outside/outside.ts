import type { StartConfig } from '../config.ts';
import { requirePostgres } from './postgres.ts';
import { searchTrouble } from './search.ts';
import { requireTemporal } from './temporal.ts';

/**
 * Looks at the servers that the settings name, before anything of ours is started: a wrong address is told in seconds, and
 * nothing has to be stopped again. Resolves with what keeps search waiting, or null.
 */
export async function requireOutside(
  config: StartConfig,
  say: (part: string, line: string) => void,
): Promise<string | null> {
  const [, , trouble] = await Promise.all([
    outsidePostgres(config, say),
    outsideTemporal(config, say),
    config.meiliUrl ? searchTrouble(config.meiliUrl, config.meiliKey) : null,
  ]);
  if (trouble) say('search', `${config.meiliUrl} ${trouble}: starting without it; search catches up once it does`);
  return trouble;
}

async function outsidePostgres({ databaseUrl }: StartConfig, say: (part: string, line: string) => void): Promise<void> {
  if (!databaseUrl) return;
  const version = await requirePostgres(databaseUrl);
  say('postgres', `${new URL(databaseUrl).host} answers (Postgres ${version})`);
}

async function outsideTemporal(config: StartConfig, say: (part: string, line: string) => void): Promise<void> {
  const { temporalAddress: address, temporalNamespace: namespace, temporalTls: tls, temporalApiKey: apiKey } = config;
  if (!address) return;
  const made = await requireTemporal({ address, namespace, tls, apiKey });
  say('temporal', `${address} answers; ${made ? 'made the' : 'it has the'} namespace "${namespace}"`);
}
