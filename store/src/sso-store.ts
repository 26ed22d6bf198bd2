import type { Role } from '@throughline/domain/role';
import type { Pool } from 'pg';
import type { Seal } from './seal.ts';
import { hashToken } from './secret-token.ts';
import { type Tx, withoutTenant } from './tenant.ts';

/** An organisation's identity provider, as its admins see it: without the secret. */
export interface SsoRow {
  issuer: string;
  client_id: string;
  /** What stands on the sign-in page's button. */
  label: string;
  /** Of which domains an e-mail address may be that ties an account; empty for any. */
  email_domains: string[];
  /** The role of somebody whom no admin added; null: they are refused. */
  create_role: Role | null;
  changed_at: Date;
  /** Passwords are taken from emergency accounts only. */
  sole: boolean;
  /** When somebody last came in through it as it is set up now. */
  worked_at: Date | null;
}

export interface NewSso {
  issuer: string;
  clientId: string;
  label: string;
  emailDomains: readonly string[];
  createRole: Role | null;
}

/** `-infinity`: the secret changed while the provider was the only way, where the table wants an instant. Nobody came in with it yet. */
const COLUMNS = `issuer, client_id, label, email_domains, create_role, changed_at, sole, nullif(worked_at, '-infinity') as worked_at`;

/** The organisation whose provider a sign-in page means: that of the short name, or the only one of the installation; null for none. */
export function mspOfSso(pool: Pool, slug: string | null): Promise<string | null> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ msp_id: string | null }>('select route_sso($1) as msp_id', [slug]);
    return rows[0]?.msp_id ?? null;
  });
}

export async function ssoOf(tx: Tx, mspId: string, lock: '' | 'for update' = ''): Promise<SsoRow | null> {
  const { rows } = await tx.query<SsoRow>(`select ${COLUMNS} from sso where msp_id = $1 ${lock}`, [mspId]);
  return rows[0] ?? null;
}

/** The client secret: for asking the provider, never for showing. Null where there is no provider. */
export async function ssoSecret(tx: Tx, mspId: string, seal: Seal): Promise<string | null> {
  const { rows } = await tx.query<{ client_secret: Buffer }>('select client_secret from sso where msp_id = $1', [
    mspId,
  ]);
  return rows[0] === undefined ? null : seal.open(rows[0].client_secret);
}

/** Issuer, client id or secret that changed have not worked yet, whatever the ones before did. */
export async function saveSso(tx: Tx, mspId: string, seal: Seal, sso: NewSso, secret: string): Promise<void> {
  const sameSecret = (await ssoSecret(tx, mspId, seal)) === secret;
  await tx.query(
    `insert into sso (msp_id, issuer, client_id, client_secret, label, email_domains, create_role)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (msp_id) do update set issuer = excluded.issuer, client_id = excluded.client_id,
       client_secret = excluded.client_secret, label = excluded.label, email_domains = excluded.email_domains,
       create_role = excluded.create_role, changed_at = now(),
       worked_at = case when sso.issuer = excluded.issuer and sso.client_id = excluded.client_id and $8 then sso.worked_at
         when sso.sole then '-infinity'::timestamptz end`,
    [mspId, sso.issuer, sso.clientId, seal.seal(secret), sso.label, sso.emailDomains, sso.createRole, sameSecret],
  );
}

/** Nobody comes in by the provider any more; who is tied to it stays so. */
export async function removeSso(tx: Tx, mspId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from sso where msp_id = $1', [mspId]);
  return rowCount === 1;
}

/** Takes a state once: false when it came back before. `minutes`: how long one is good for. */
export async function takeState(tx: Tx, mspId: string, state: string, minutes: number): Promise<boolean> {
  await tx.query('delete from sso_used_state where msp_id = $1 and expires_at < now()', [mspId]);
  const { rowCount } = await tx.query(
    `insert into sso_used_state (msp_id, state_hash, expires_at) values ($1, $2, now() + make_interval(mins => $3))
     on conflict do nothing`,
    [mspId, hashToken(state), minutes],
  );
  return rowCount === 1;
}

/** Whom a provider's subject is tied to. */
export async function userOfSubject(tx: Tx, mspId: string, issuer: string, subject: string): Promise<string | null> {
  const { rows } = await tx.query<{ user_id: string }>(
    'select user_id from sso_identity where msp_id = $1 and issuer = $2 and subject = $3',
    [mspId, issuer, subject],
  );
  return rows[0]?.user_id ?? null;
}

/** Ties a subject to a person. False when either is tied already: an address that changed hands moves no account. */
export async function tieSubject(
  tx: Tx,
  mspId: string,
  issuer: string,
  subject: string,
  userId: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into sso_identity (msp_id, issuer, subject, user_id) values ($1, $2, $3, $4) on conflict do nothing`,
    [mspId, issuer, subject, userId],
  );
  return rowCount === 1;
}

/** Unties a person from the provider, so that a new account there can be tied by its address. False when there was nothing to untie. */
export async function untieSubject(tx: Tx, mspId: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from sso_identity where msp_id = $1 and user_id = $2', [mspId, userId]);
  return (rowCount ?? 0) > 0;
}

/** The person of an e-mail address, also one who left. */
export async function userByEmail(
  tx: Tx,
  mspId: string,
  email: string,
): Promise<{ id: string; deactivated: boolean } | null> {
  const { rows } = await tx.query<{ id: string; deactivated: boolean }>(
    'select id, deactivated_at is not null as deactivated from app_user where msp_id = $1 and email = lower($2)',
    [mspId, email],
  );
  return rows[0] ?? null;
}
