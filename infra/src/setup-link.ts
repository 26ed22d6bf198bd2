import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { createPool } from '@throughline/store/pool';
import { projectRoot } from './config.ts';

/** The one-time address where the first admin is made; null once there is one. */
export async function setupLink(databaseUrl: string, publicUrl: string): Promise<string | null> {
  if (!existsSync(join(projectRoot, 'store/src/setup.ts'))) return null;
  const specifier: string = '@throughline/store/setup';
  const { ensureSetupLink } = (await import(specifier)) as {
    ensureSetupLink: (pool: pg.Pool, publicUrl: string) => Promise<{ url: string } | null>;
  };
  const pool = createPool(databaseUrl, { max: 1, name: 'throughline start', onError: () => {} });
  try {
    return (await ensureSetupLink(pool, publicUrl))?.url ?? null;
  } finally {
    await pool.end();
  }
}
