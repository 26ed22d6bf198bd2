import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { DomainError } from '@throughline/domain/errors';
import { hashToken, newToken } from './secret-token.ts';
import { endSignInsOf } from './sign-in-store.ts';
import { passwordWorth } from './sso-only-store.ts';
import { ssoOf } from './sso-store.ts';
import { type Tx, withTenant, withoutTenant } from './tenant.ts';

/** How long a one-time link works, in days. */
export const SETUP_LINK_DAYS = 7;

export interface FirstSetup {
  mspName: string;
  /** Short name in addresses; made from the name when left out. */
  slug?: string;
  timeZone: string;
  name: string;
  email: string;
  passwordHash: string;
}

export interface Invitation {
  kind: 'first_admin' | 'user';
  name?: string;
  email?: string;
  mspName?: string;
  /** No password is chosen: the person signs in through the organisation's provider, at this path. */
  signInAt?: string;
  /** What stands on the button there. */
  label?: string;
}

/** Until there is an organisation: a fresh link for its first admin. Every call makes the links before it worthless. */
export async function ensureSetupLink(pool: Pool, publicUrl: string): Promise<{ url: string } | null> {
  return withoutTenant(pool, async (tx) => {
    if (await anyMsp(tx)) return null;
    const token = newToken();
    await tx.query(
      `insert into first_setup (token_hash) values ($1)
       on conflict (only_one) do update set token_hash = excluded.token_hash, created_at = now(), used_at = null`,
      [hashToken(token)],
    );
    return { url: `${publicUrl.replace(/\/+$/, '')}/setup/${token}` };
  });
}

/** Makes the organisation and its first admin in one transaction. Errors: NOT_FOUND, TOKEN_USED, TOKEN_EXPIRED. */
export async function takeFirstSetup(
  pool: Pool,
  token: string,
  input: FirstSetup,
): Promise<{ mspId: string; userId: string }> {
  const mspId = randomUUID();
  const userId = randomUUID();
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    // Locked, so that of two who open the link at once exactly one gets through.
    const { rows } = await tx.query<FirstSetupRow>(`${FIRST_SETUP} for update`, [hashToken(token), SETUP_LINK_DAYS]);
    mustBeUsable(rows[0]);
    if (await anyMsp(tx)) throw used();
    await tx.query('update first_setup set used_at = now()');
    await tx.query('insert into msp (id, slug, name, time_zone) values ($1, $2, $3, $4)', [
      mspId,
      input.slug ?? slugOf(input.mspName),
      input.mspName.trim(),
      input.timeZone,
    ]);
    await tx.query(
      `insert into app_user (msp_id, id, email, name, role, password_hash) values ($1, $2, $3, $4, 'admin', $5)`,
      [mspId, userId, input.email.trim().toLowerCase(), input.name.trim(), input.passwordHash],
    );
    return { mspId, userId };
  });
}

/** A link by which a person chooses a (new) password. Returns the token; links made for them before stop working. */
export async function createSetupLink(tx: Tx, mspId: string, userId: string): Promise<string> {
  const token = newToken();
  await tx.query(
    'update setup_link set expires_at = now() where msp_id = $1 and user_id = $2 and used_at is null and expires_at > now()',
    [mspId, userId],
  );
  await tx.query(
    `insert into setup_link (msp_id, token_hash, user_id, expires_at) values ($1, $2, $3, now() + make_interval(days => $4))`,
    [mspId, hashToken(token), userId, SETUP_LINK_DAYS],
  );
  return token;
}

/** Sets the password and ends every sign-in made with the old one. Errors: INVALID_STATE where passwords count for nothing, NOT_FOUND, TOKEN_USED, TOKEN_EXPIRED. */
export async function takeSetupLink(
  pool: Pool,
  token: string,
  passwordHash: string,
): Promise<{ mspId: string; userId: string }> {
  const mspId = await mspOfSetupLink(pool, token);
  if (mspId === null) throw unknownLink();
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const link = await setupLink(tx, mspId, token, 'for update of l');
    mustBeUsable(link);
    if ((await passwordWorth(tx, mspId, link.user_id)) === 'nothing') throw noPassword();
    await tx.query('update setup_link set used_at = now() where msp_id = $1 and token_hash = $2', [
      mspId,
      hashToken(token),
    ]);
    await tx.query('update app_user set password_hash = $3 where msp_id = $1 and id = $2', [
      mspId,
      link.user_id,
      passwordHash,
    ]);
    await endSignInsOf(tx, mspId, link.user_id);
    return { mspId, userId: link.user_id };
  });
}

/** What the page behind a link says before it is used. Errors: NOT_FOUND, TOKEN_USED, TOKEN_EXPIRED. */
export async function peekSetup(pool: Pool, token: string): Promise<Invitation> {
  const mspId = await mspOfSetupLink(pool, token);
  if (mspId === null) {
    const { rows } = await withoutTenant(pool, (tx) =>
      tx.query<FirstSetupRow>(FIRST_SETUP, [hashToken(token), SETUP_LINK_DAYS]),
    );
    mustBeUsable(rows[0]);
    return { kind: 'first_admin' };
  }
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const link = await setupLink(tx, mspId, token, '');
    mustBeUsable(link);
    const of = { kind: 'user' as const, name: link.name, email: link.email, mspName: link.msp_name };
    if ((await passwordWorth(tx, mspId, link.user_id)) !== 'nothing') return of;
    const query = new URLSearchParams({ org: link.msp_slug });
    return { ...of, signInAt: `/auth/sso/start?${query.toString()}`, label: (await ssoOf(tx, mspId))?.label ?? '' };
  });
}

interface FirstSetupRow {
  used: boolean;
  expired: boolean;
}
const FIRST_SETUP = `select used_at is not null as used, created_at + make_interval(days => $2) < now() as expired
  from first_setup where token_hash = $1`;

interface SetupLinkRow extends FirstSetupRow {
  user_id: string;
  name: string;
  email: string;
  msp_name: string;
  msp_slug: string;
}

async function setupLink(
  tx: Tx,
  mspId: string,
  token: string,
  lock: '' | 'for update of l',
): Promise<SetupLinkRow | undefined> {
  const { rows } = await tx.query<SetupLinkRow>(
    `select l.user_id, l.used_at is not null as used, l.expires_at <= now() as expired, u.name, u.email, m.name as msp_name, m.slug as msp_slug
     from setup_link l
     join app_user u on u.msp_id = l.msp_id and u.id = l.user_id and u.deactivated_at is null
     join msp m on m.id = l.msp_id
     where l.msp_id = $1 and l.token_hash = $2 ${lock}`,
    [mspId, hashToken(token)],
  );
  return rows[0];
}

function mustBeUsable<T extends FirstSetupRow>(link: T | undefined): asserts link is T {
  if (link === undefined) throw unknownLink();
  if (link.used) throw used();
  if (link.expired)
    throw new DomainError(
      'TOKEN_EXPIRED',
      'This link is no longer valid: it is too old or a newer one was made. Ask for a new one.',
    );
}

const used = () =>
  new DomainError('TOKEN_USED', 'This link was already used, and a link works once. Sign in, or ask for a new one.');
const noPassword = () =>
  new DomainError(
    'INVALID_STATE',
    'Your organisation signs in through its identity provider, so no password is set here.',
  );
const unknownLink = () =>
  new DomainError('NOT_FOUND', 'This link is not known. Check that it was copied whole, or ask for a new one.');

async function anyMsp(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ any_msp: boolean }>('select any_msp()');
  return rows[0]?.any_msp ?? false;
}

function mspOfSetupLink(pool: Pool, token: string): Promise<string | null> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string | null }>('select route_setup_link($1) as msp_id', [
      hashToken(token),
    ]);
    return rows[0]?.msp_id ?? null;
  });
}

/** `Nørthgate IT!` → `n-rthgate-it`: what the slug's constraint in the database takes. */
function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return slug.length >= 2 ? slug : `msp${slug ? `-${slug}` : ''}`;
}
