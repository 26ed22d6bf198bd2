import type { Rights } from '@throughline/domain/rights';
import type { Pool } from 'pg';
import { publish } from './notify.ts';
import { hashToken, newToken } from './secret-token.ts';
import { type Scope, type Tx, readTenant, withTenant, withoutTenant, write } from './tenant.ts';
import { organisationOf } from './token-route.ts';
import { type UserRow, standingOf } from './user-store.ts';

/** How long a sign-in lasts, in hours, used or not. One working day. */
export const SIGN_IN_HOURS = 12;

/** What a sign-in still waits for: a code, or setting up a second factor first. */
export type SignInNeeds = 'code' | 'enrol';

/** By what somebody came in: a password of ours, or their organisation's single sign-on. */
export type SignInMethod = 'password' | 'sso';

/** How long a sign-in may wait for its second step, in minutes. */
const STEP_MINUTES = 10;

export interface SignedIn {
  id: string;
  mspId: string;
  user: UserRow;
  rights: Rights;
  clients: '*' | string[];
  method: SignInMethod;
  expiresAt: Date;
}

/** Where a sign-in comes from: the address, and what the browser calls itself. */
export interface SignInFrom {
  address: string;
  agent: string;
}
const NOWHERE: SignInFrom = { address: '', agent: '' };

/** `insertSignIn` in a transaction of its own. */
export function createSignIn(
  pool: Pool,
  mspId: string,
  userId: string,
  from: SignInFrom = NOWHERE,
  needs: SignInNeeds | null = null,
  method: SignInMethod = 'password',
): Promise<string> {
  return withTenant(pool, { mspId, clients: '*' }, (tx) => insertSignIn(tx, mspId, userId, from, needs, method));
}

/** Signs a person in and returns the token for their cookie; the database keeps its hash only. With `needs` it stands for nobody yet. */
export async function insertSignIn(
  tx: Tx,
  mspId: string,
  userId: string,
  from: SignInFrom,
  needs: SignInNeeds | null,
  method: SignInMethod,
): Promise<string> {
  const token = newToken();
  await tx.query('delete from sign_in where msp_id = $1 and expires_at < now()', [mspId]);
  await tx.query(
    `insert into sign_in (msp_id, token_hash, user_id, address, agent, needs, expires_at, method)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7), $8)`,
    [
      mspId,
      hashToken(token),
      userId,
      from.address,
      from.agent.slice(0, 300),
      needs,
      needs === null ? SIGN_IN_HOURS * 60 : STEP_MINUTES,
      method,
    ],
  );
  if (needs === null)
    await tx.query('update app_user set last_sign_in_at = now() where msp_id = $1 and id = $2', [mspId, userId]);
  return token;
}

/** Who a token stands for; null when it is unknown, over, waits for its second step, or the person was deactivated. */
export async function resolveSignIn(pool: Pool, token: string): Promise<SignedIn | null> {
  const found = await findSignIn(pool, token);
  return found === null || found.needs !== null ? null : found;
}

/** The same for a sign-in that waits for its second step. */
export async function resolveStep(pool: Pool, token: string): Promise<(SignedIn & { needs: SignInNeeds }) | null> {
  const found = await findSignIn(pool, token);
  return found?.needs == null ? null : { ...found, needs: found.needs };
}

interface FoundRow {
  id: string;
  user_id: string;
  needs: SignInNeeds | null;
  method: SignInMethod;
  expires_at: Date;
  stale: boolean;
}

async function findSignIn(pool: Pool, token: string): Promise<(SignedIn & { needs: SignInNeeds | null }) | null> {
  const hash = hashToken(token);
  const mspId = await organisationOf(pool, 'route_session_token', hash);
  if (mspId === null) return null;
  const scope: Scope = { mspId, clients: '*' };
  const seen = await readTenant(pool, scope, async (tx) => {
    const { rows } = await tx.query<FoundRow>(
      `select s.id, s.user_id, s.needs, s.method, s.expires_at, s.last_seen_at < now() - interval '1 minute' as stale
       from sign_in s where s.msp_id = $1 and s.token_hash = $2 and s.expires_at > now()`,
      [mspId, hash],
    );
    const row = rows[0];
    if (row === undefined) return null;
    const standing = await standingOf(tx, mspId, row.user_id);
    if (standing === null) return null;
    const { id, needs, method, expires_at: expiresAt } = row;
    return { stale: row.stale, found: { id, mspId, ...standing, needs, method, expiresAt } };
  });
  if (seen === null) return null;
  // Once a minute is exact enough for a person, and spares a write with every request.
  if (seen.stale)
    await withTenant(pool, scope, (tx) =>
      write(tx, 'update sign_in set last_seen_at = now() where msp_id = $1 and token_hash = $2', [mspId, hash]),
    );
  return seen.found;
}

export interface SignInRow {
  id: string;
  address: string;
  agent: string;
  method: SignInMethod;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
}

/** A person's sign-ins that stand, the one seen last first. */
export async function signInsOf(tx: Tx, mspId: string, userId: string): Promise<SignInRow[]> {
  const { rows } = await tx.query<SignInRow>(
    `select id, address, agent, method, created_at, last_seen_at, expires_at from sign_in
     where msp_id = $1 and user_id = $2 and needs is null and expires_at > now()
     order by last_seen_at desc, id`,
    [mspId, userId],
  );
  return rows;
}

/** Ends one of a person's sign-ins; false when they have none of this id. */
export async function endSignInById(tx: Tx, mspId: string, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from sign_in where msp_id = $1 and user_id = $2 and id = $3', [
    mspId,
    userId,
    id,
  ]);
  await publish(tx, { k: 'sign_in', m: mspId, u: userId });
  return rowCount === 1;
}

/** Ends one sign-in. Unknown tokens are nothing to do. */
export async function endSignIn(pool: Pool, token: string): Promise<void> {
  const mspId = await organisationOf(pool, 'route_session_token', hashToken(token));
  if (mspId !== null) await withTenant(pool, { mspId, clients: '*' }, (tx) => deleteSignIn(tx, mspId, token));
}

/** The same where the organisation is known. */
export async function deleteSignIn(tx: Tx, mspId: string, token: string): Promise<void> {
  const { rows } = await tx.query<{ user_id: string }>(
    'delete from sign_in where msp_id = $1 and token_hash = $2 returning user_id',
    [mspId, hashToken(token)],
  );
  for (const row of rows) await publish(tx, { k: 'sign_in', m: mspId, u: row.user_id });
}

/** Ends every sign-in of a person, as a new password must; `but` is one to keep. Returns how many there were. */
export async function endSignInsOf(tx: Tx, mspId: string, userId: string, but: string | null = null): Promise<number> {
  const { rowCount } = await tx.query(
    'delete from sign_in where msp_id = $1 and user_id = $2 and ($3::uuid is null or id <> $3)',
    [mspId, userId, but],
  );
  await publish(tx, { k: 'sign_in', m: mspId, u: userId });
  return rowCount ?? 0;
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
