import { DomainError } from '@throughline/domain/errors';
import type { Role } from '@throughline/domain/role';
import { lockPeople } from './people-lock.ts';
import { endSignInsOf } from './sign-in-store.ts';
import { unnameUnlessFit } from './sso-only-store.ts';
import type { Tx } from './tenant.ts';
import { grantClients } from './user-store.ts';

/* Who is at work in the organisation, as what, and with sight of which clients. */

/** What ended with a deactivation. */
export interface Ended {
  signIns: number;
  tokens: number;
  /** They were named as an emergency account, and are no more. */
  emergencyAccount: boolean;
}

/**
 * Ends every way in of a person at once: sign-ins, API tokens, one-time links. What they did stays theirs. Null when they were
 * deactivated before. Errors: INVALID_STATE for the last admin and the last emergency account.
 */
export async function deactivateUser(tx: Tx, mspId: string, userId: string, why: string): Promise<Ended | null> {
  await lockPeople(tx, mspId);
  const { rowCount } = await tx.query(
    `update app_user set deactivated_at = now(), deactivated_why = $3
     where msp_id = $1 and id = $2 and deactivated_at is null`,
    [mspId, userId, why],
  );
  if (rowCount === 0) return null;
  await mustHaveAdmin(tx, mspId);
  const emergencyAccount = await unnameUnlessFit(tx, mspId, userId);
  const tokens = await tx.query(
    'update api_token set revoked_at = now() where msp_id = $1 and user_id = $2 and revoked_at is null and expires_at > now()',
    [mspId, userId],
  );
  await tx.query(
    'update setup_link set expires_at = now() where msp_id = $1 and user_id = $2 and used_at is null and expires_at > now()',
    [mspId, userId],
  );
  // Last: it also wakes what is open, which looks the person up again.
  return { signIns: await endSignInsOf(tx, mspId, userId), tokens: tokens.rowCount ?? 0, emergencyAccount };
}

/** Lets a person sign in again, as who they were. False when they were not deactivated. Tokens and sign-ins stay ended. */
export async function reactivateUser(tx: Tx, mspId: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update app_user set deactivated_at = null, deactivated_why = ''
     where msp_id = $1 and id = $2 and deactivated_at is not null`,
    [mspId, userId],
  );
  return rowCount === 1;
}

/**
 * Gives a person another role or sight of other clients (null: all), from their next request on. True when that ended their being an
 * emergency account. Errors: INVALID_STATE for the last admin and the last emergency account, NOT_FOUND for a client.
 */
export async function setUserAccess(
  tx: Tx,
  mspId: string,
  userId: string,
  role: Role,
  clientIds: readonly string[] | null,
): Promise<boolean> {
  await lockPeople(tx, mspId);
  await tx.query('update app_user set role = $3, all_clients = $4 where msp_id = $1 and id = $2', [
    mspId,
    userId,
    role,
    clientIds === null,
  ]);
  await tx.query('delete from client_grant where msp_id = $1 and user_id = $2', [mspId, userId]);
  if (clientIds !== null) await grantClients(tx, mspId, userId, clientIds);
  await mustHaveAdmin(tx, mspId);
  return unnameUnlessFit(tx, mspId, userId);
}

async function mustHaveAdmin(tx: Tx, mspId: string): Promise<void> {
  const { rowCount } = await tx.query(
    `select 1 from app_user where msp_id = $1 and role = 'admin' and all_clients and deactivated_at is null limit 1`,
    [mspId],
  );
  if (rowCount === 0)
    throw new DomainError(
      'INVALID_STATE',
      'This is the last admin who sees all clients. Make somebody else one first, so that the organisation can be run.',
    );
}
