import { randomUUID } from 'node:crypto';
import type { Rights } from '@throughline/domain/rights';
import type { Pool } from 'pg';
import { publish } from './notify.ts';
import { hashToken, newToken } from './secret-token.ts';
import { type Tx, withTenant, write } from './tenant.ts';
import { organisationOf } from './token-route.ts';
import { type UserRow, standingOf } from './user-store.ts';

/** Tells people and secret scanners what it is. */
const PREFIX = 'tl_';

export interface ApiTokenRow {
  id: string;
  user_id: string;
  name: string;
  scopes: string[];
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  last_address: string;
  revoked_at: Date | null;
}
const COLUMNS = 'id, user_id, name, scopes, created_at, expires_at, last_used_at, last_address, revoked_at';

/** Returns the token itself, which is kept nowhere, beside its row. `days`: how long it lasts. */
export async function createApiToken(
  tx: Tx,
  mspId: string,
  userId: string,
  { name, scopes, days }: { name: string; scopes: readonly string[]; days: number },
): Promise<{ token: string; row: ApiTokenRow }> {
  const token = PREFIX + newToken();
  const { rows } = await tx.query<ApiTokenRow>(
    `insert into api_token (msp_id, id, user_id, token_hash, name, scopes, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7)) returning ${COLUMNS}`,
    [mspId, randomUUID(), userId, hashToken(token), name, scopes, days],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('A token just made is not there');
  return { token, row };
}

/** Those that work and those that were, newest first: of one person, or of everybody. */
export async function apiTokens(tx: Tx, mspId: string, userId: string | null): Promise<ApiTokenRow[]> {
  const { rows } = await tx.query<ApiTokenRow>(
    `select ${COLUMNS} from api_token where msp_id = $1 and ($2::uuid is null or user_id = $2)
     order by created_at desc, id limit 200`,
    [mspId, userId],
  );
  return rows;
}

/** Ends a token at once; again is nothing to do. Null when there is none (of this person, where one is named). */
export async function revokeApiToken(
  tx: Tx,
  mspId: string,
  id: string,
  userId: string | null,
): Promise<ApiTokenRow | null> {
  const { rows } = await tx.query<ApiTokenRow>(
    `update api_token set revoked_at = coalesce(revoked_at, now())
     where msp_id = $1 and id = $2 and ($3::uuid is null or user_id = $3) returning ${COLUMNS}`,
    [mspId, id, userId],
  );
  const row = rows[0] ?? null;
  if (row !== null) await publish(tx, { k: 'sign_in', m: mspId, u: row.user_id });
  return row;
}

export interface TokenOwner {
  id: string;
  mspId: string;
  user: UserRow;
  rights: Rights;
  clients: '*' | string[];
  scopes: string[];
  expiresAt: Date;
}

/** Whose rights a token has; null when it is unknown, over, revoked, or its owner was deactivated. `address`: where it is used from, if it is being used. */
export async function resolveApiToken(pool: Pool, token: string, address: string | null): Promise<TokenOwner | null> {
  const hash = hashToken(token);
  const mspId = await organisationOf(pool, 'route_api_token', hash);
  if (mspId === null) return null;
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<ApiTokenRow & { stale: boolean }>(
      `select ${COLUMNS},
         last_used_at is null or last_used_at < now() - interval '1 minute' or last_address <> $3 as stale
       from api_token where msp_id = $1 and token_hash = $2 and revoked_at is null and expires_at > now()`,
      [mspId, hash, address],
    );
    const row = rows[0];
    if (row === undefined) return null;
    const standing = await standingOf(tx, mspId, row.user_id);
    if (standing === null) return null;
    if (row.stale && address !== null)
      await write(tx, 'update api_token set last_used_at = now(), last_address = $3 where msp_id = $1 and id = $2', [
        mspId,
        row.id,
        address,
      ]);
    const { id, scopes, expires_at: expiresAt } = row;
    return { id, mspId, ...standing, scopes, expiresAt };
  });
}
