import { DomainError } from '@throughline/domain/errors';
import type { Pool } from 'pg';
import { lockPeople } from './people-lock.ts';
import { publish } from './notify.ts';
import { type SsoRow, ssoOf } from './sso-store.ts';
import { type Tx, withoutTenant } from './tenant.ts';

/* Signing in through the identity provider only, and the emergency accounts that may still use a password. */

/** Whether an organisation takes passwords from everybody, or from its emergency accounts only (`closed`); `some`: another one on this installation does that. */
export type PasswordRule = 'open' | 'some' | 'closed';

/** What the sign-in page of a short name may say; without one that of the installation's only organisation. */
export function passwordRule(pool: Pool, slug: string | null): Promise<PasswordRule> {
  return withoutTenant(pool, async (tx) => {
    const { rows } = await tx.query<{ rule: PasswordRule }>('select route_password_rule($1) as rule', [slug]);
    return rows[0]?.rule ?? 'open';
  });
}

/** An admin of all clients at work, with a password and a second factor: who else could put things right, and no weaker than the provider. */
const FIT = `u.role = 'admin' and u.all_clients and u.deactivated_at is null and u.password_hash is not null
  and exists (select from second_factor f where f.msp_id = u.msp_id and f.user_id = u.id and f.confirmed_at is not null)`;

/** What a person's password is worth. */
export type PasswordWorth = 'sign_in' | 'emergency' | 'nothing';

export async function passwordWorth(tx: Tx, mspId: string, userId: string): Promise<PasswordWorth> {
  const { rows } = await tx.query<{ sole: boolean; emergency: boolean }>(
    `select exists (select from sso s where s.msp_id = u.msp_id and s.sole) as sole, u.emergency and ${FIT} as emergency
     from app_user u where u.msp_id = $1 and u.id = $2`,
    [mspId, userId],
  );
  const row = rows[0];
  if (row === undefined) return 'nothing';
  if (!row.sole) return 'sign_in';
  return row.emergency ? 'emergency' : 'nothing';
}

/**
 * The same, and true until the transaction ends: whoever turns the rule on, or takes the person's fitness away, waits, and then ends
 * the sign-in that this transaction makes. The rule is locked before the person, as in `setSsoOnly`.
 */
export async function passwordWorthHeld(tx: Tx, mspId: string, userId: string): Promise<PasswordWorth> {
  await tx.query('select 1 from sso where msp_id = $1 for share', [mspId]);
  await tx.query('select 1 from app_user where msp_id = $1 and id = $2 for no key update', [mspId, userId]);
  return passwordWorth(tx, mspId, userId);
}

/** Who could be an emergency account, and who is one. */
export async function emergencyAccounts(tx: Tx, mspId: string): Promise<{ id: string; named: boolean }[]> {
  const { rows } = await tx.query<{ id: string; named: boolean }>(
    `select u.id, u.emergency as named from app_user u where u.msp_id = $1 and ${FIT} order by lower(u.name), u.id`,
    [mspId],
  );
  return rows;
}

/** Notes that somebody came in through this provider; nothing where another was set up meanwhile. */
export async function ssoWorked(tx: Tx, mspId: string, provider: Pick<SsoRow, 'issuer' | 'client_id'>): Promise<void> {
  await tx.query('update sso set worked_at = now() where msp_id = $1 and issuer = $2 and client_id = $3', [
    mspId,
    provider.issuer,
    provider.client_id,
  ]);
}

/**
 * Makes the provider the only way in, or not any more, and names the emergency accounts. Sign-ins by password of everybody else end,
 * but `keep`, the one of whoever does this. Returns how many. Errors: INVALID_STATE, INVALID_INPUT.
 */
export async function setSsoOnly(
  tx: Tx,
  mspId: string,
  only: boolean,
  emergencyIds: readonly string[],
  keep: string | null,
): Promise<number> {
  await lockPeople(tx, mspId);
  const sso = await ssoOf(tx, mspId, 'for update');
  if (sso === null) throw new DomainError('INVALID_STATE', 'No identity provider is set up. Set one up first.');
  if (only && !sso.sole && sso.worked_at === null)
    throw new DomainError(
      'INVALID_STATE',
      'Nobody has come in through this provider yet. Sign in through it once, then make it the only way.',
    );
  if (only && emergencyIds.length === 0)
    throw new DomainError(
      'INVALID_INPUT',
      'Choose at least one emergency account, for the day when the identity provider is away.',
    );
  const fit = new Set((await emergencyAccounts(tx, mspId)).map(({ id }) => id));
  if (emergencyIds.some((id) => !fit.has(id)))
    throw new DomainError(
      'INVALID_INPUT',
      'An emergency account is an admin who sees all clients, with a password and a second factor. Choose another, or set that up first.',
    );
  await tx.query('update app_user set emergency = (id = any($2)) where msp_id = $1', [mspId, emergencyIds]);
  // A secret that changed while the rule was on has to prove itself before it is turned on again.
  await tx.query(
    `update sso set sole = $2, changed_at = now(), worked_at = case when $2 then worked_at else nullif(worked_at, '-infinity') end
     where msp_id = $1`,
    [mspId, only],
  );
  await mustHaveEmergencyAccount(tx, mspId);
  if (!only) return 0;
  const ended = await tx.query<{ user_id: string }>(
    `delete from sign_in s using app_user u where s.msp_id = $1 and u.msp_id = s.msp_id and u.id = s.user_id
       and s.method = 'password' and not u.emergency and ($2::uuid is null or s.id <> $2) returning s.user_id`,
    [mspId, keep],
  );
  for (const userId of new Set(ended.rows.map((row) => row.user_id)))
    await publish(tx, { k: 'sign_in', m: mspId, u: userId });
  return ended.rowCount ?? 0;
}

/**
 * A named emergency account that is fit for it no more is named no more, and where passwords count for nothing else its sign-ins by
 * password end. True when it was one. For the end of whatever may have changed that. Errors: INVALID_STATE for the last one.
 */
export async function unnameUnlessFit(tx: Tx, mspId: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update app_user u set emergency = false where u.msp_id = $1 and u.id = $2 and u.emergency and not (${FIT})`,
    [mspId, userId],
  );
  if (rowCount === 0) return false;
  await mustHaveEmergencyAccount(tx, mspId);
  const ended = await tx.query(
    `delete from sign_in where msp_id = $1 and user_id = $2 and method = 'password'
       and exists (select from sso where msp_id = $1 and sole)`,
    [mspId, userId],
  );
  if (ended.rowCount !== 0) await publish(tx, { k: 'sign_in', m: mspId, u: userId });
  return true;
}

/** Where passwords count for nothing else, one account is left for the day when the provider is away. Errors: INVALID_STATE. */
async function mustHaveEmergencyAccount(tx: Tx, mspId: string): Promise<void> {
  const { rowCount } = await tx.query(
    `select 1 from sso s where s.msp_id = $1 and s.sole
       and not exists (select from app_user u where u.msp_id = s.msp_id and u.emergency and ${FIT})`,
    [mspId],
  );
  if (rowCount !== 0)
    throw new DomainError(
      'INVALID_STATE',
      'People sign in through the identity provider only, and no emergency account would be left. Name another one in Settings → Single sign-on first. An admin without a password can choose one while passwords count: “Take passwords again” there.',
    );
}
