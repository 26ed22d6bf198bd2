import type { Pool } from 'pg';
import { hashToken, newToken } from './secret-token.ts';
import { type Tx, withTenant, withoutTenant } from './tenant.ts';
import { type UserRow, grantsOf, usersByIds } from './user-store.ts';

/** How long a sign-in lasts, in hours, used or not. One working day. */
export const SIGN_IN_HOURS = 12;

export interface SignedIn {
  mspId: string;
  user: UserRow;
  clients: '*' | string[];
}

/** Signs a person in and returns the token for their cookie; the database keeps its hash only. */
export async function createSignIn(pool: Pool, mspId: string, userId: string): Promise<string> {
  const token = newToken();
  await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    await tx.query('delete from sign_in where msp_id = $1 and expires_at < now()', [mspId]);
    await tx.query(
      `insert into sign_in (msp_id, token_hash, user_id, expires_at) values ($1, $2, $3, now() + make_interval(hours => $4))`,
      [mspId, hashToken(token), userId, SIGN_IN_HOURS],
    );
  });
  return token;
}

/** Who a token stands for; null when it is unknown, over, or the person was deactivated. */
export async function resolveSignIn(pool: Pool, token: string): Promise<SignedIn | null> {
  const hash = hashToken(token);
  const mspId = await mspOfToken(pool, hash);
  if (mspId === null) return null;
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<{ user_id: string }>(
      `select s.user_id from sign_in s where s.msp_id = $1 and s.token_hash = $2 and s.expires_at > now()`,
      [mspId, hash],
    );
    const userId = rows[0]?.user_id;
    if (userId === undefined) return null;
    const [user] = await usersByIds(tx, mspId, [userId]);
    if (user === undefined || user.deactivated_at !== null) return null;
    return { mspId, user, clients: await grantsOf(tx, mspId, userId) };
  });
}

/** Ends one sign-in. Unknown tokens are nothing to do. */
export async function endSignIn(pool: Pool, token: string): Promise<void> {
  const hash = hashToken(token);
  const mspId = await mspOfToken(pool, hash);
  if (mspId === null) return;
  await withTenant(pool, { mspId, clients: '*' }, (tx) =>
    tx.query('delete from sign_in where msp_id = $1 and token_hash = $2', [mspId, hash]),
  );
}

/** Ends every sign-in of a person, as a new password must. */
export async function endSignInsOf(tx: Tx, mspId: string, userId: string): Promise<void> {
  await tx.query('delete from sign_in where msp_id = $1 and user_id = $2', [mspId, userId]);
}

export interface Candidate {
  mspId: string;
  userId: string;
  /** null until the person chose a password. */
  passwordHash: string | null;
}

/** The active accounts an e-mail address has, at most one per organisation. */
export async function candidatesFor(pool: Pool, email: string): Promise<Candidate[]> {
  const routes = await withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string; user_id: string }>(
      'select msp_id, user_id from route_sign_in($1)',
      [email.trim()],
    );
    return rows;
  });
  const found: Candidate[] = [];
  for (const { msp_id: mspId, user_id: userId } of routes) {
    const passwordHash = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
      const { rows } = await tx.query<{ password_hash: string | null }>(
        'select password_hash from app_user where msp_id = $1 and id = $2',
        [mspId, userId],
      );
      return rows[0]?.password_hash ?? null;
    });
    found.push({ mspId, userId, passwordHash });
  }
  return found;
}

function mspOfToken(pool: Pool, hash: Buffer): Promise<string | null> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string | null }>('select route_session_token($1) as msp_id', [hash]);
    return rows[0]?.msp_id ?? null;
  });
}
