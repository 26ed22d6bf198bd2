import { createPool } from '@throughline/store/pool';
import { ensureSetupLink } from '@throughline/store/setup';

/** The one-time address where the first admin is made; null once there is one. */
export async function setupLink(databaseUrl: string, publicUrl: string): Promise<string | null> {
  const pool = createPool(databaseUrl, { max: 1, name: 'throughline start', onError: () => {} });
  try {
    return (await ensureSetupLink(pool, publicUrl))?.url ?? null;
  } finally {
    await pool.end();
  }
}
