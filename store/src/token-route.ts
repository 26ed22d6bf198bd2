import type { Pool } from 'pg';
import { withoutTenant } from './tenant.ts';

/** So many tokens' organisations are remembered for each database; the one that came longest ago is forgotten first. */
const REMEMBERED = 10_000;
const known = new WeakMap<Pool, Map<string, string>>();

/**
 * Which organisation a token's hash belongs to; null: to none. A token never changes its organisation, so what was found once is not asked
 * for again (two round trips of each request). Whether the token still counts is read under that organisation every time.
 */
export async function organisationOf(
  pool: Pool,
  route: 'route_session_token' | 'route_api_token' | 'route_approval_link' | 'route_snapshot',
  hash: Buffer,
): Promise<string | null> {
  const remembered = known.get(pool) ?? new Map<string, string>();
  known.set(pool, remembered);
  const key = `${route}:${hash.toString('base64')}`;
  const before = remembered.get(key);
  if (before !== undefined) return before;
  const found = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string | null }>(`select ${route}($1) as msp_id`, [hash]);
    return rows[0]?.msp_id ?? null;
  });
  if (found === null) return null;
  remembered.set(key, found);
  for (const oldest of remembered.keys()) {
    if (remembered.size <= REMEMBERED) break;
    remembered.delete(oldest);
  }
  return found;
}
