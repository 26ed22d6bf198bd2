import { lockPeople } from './people-lock.ts';
import type { Seal } from './seal.ts';
import { unnameUnlessFit } from './sso-only-store.ts';
import { type Tx } from './tenant.ts';

export interface SecondFactor {
  /** The shared secret, base32. */
  secret: string;
  confirmedAt: Date | null;
}

export async function secondFactorOf(tx: Tx, mspId: string, userId: string, seal: Seal): Promise<SecondFactor | null> {
  const { rows } = await tx.query<{ secret: Buffer; confirmed_at: Date | null }>(
    'select secret, confirmed_at from second_factor where msp_id = $1 and user_id = $2',
    [mspId, userId],
  );
  const row = rows[0];
  return row === undefined ? null : { secret: seal.open(row.secret), confirmedAt: row.confirmed_at };
}

export interface SecondFactorState {
  on: boolean;
  since: Date | null;
  /** Recovery codes not yet used. */
  codesLeft: number;
  /** Whether the organisation demands one of everybody. */
  required: boolean;
}

export async function secondFactorState(tx: Tx, mspId: string, userId: string): Promise<SecondFactorState> {
  const { rows } = await tx.query<{ since: Date | null; codes: number; required: boolean }>(
    `select m.require_second_factor as required,
       (select f.confirmed_at from second_factor f where f.msp_id = m.id and f.user_id = $2) as since,
       (select count(*)::int from recovery_code c where c.msp_id = m.id and c.user_id = $2 and c.used_at is null) as codes
     from msp m where m.id = $1`,
    [mspId, userId],
  );
  const { since = null, codes = 0, required = false } = rows[0] ?? {};
  return { on: since !== null, since, codesLeft: codes, required };
}

/** Keeps a new secret until a first code proves that the person has it; one that is in use is never replaced by this. */
export async function beginSecondFactor(tx: Tx, mspId: string, userId: string, sealed: Buffer): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into second_factor (msp_id, user_id, secret) values ($1, $2, $3)
     on conflict (msp_id, user_id) do update set secret = excluded.secret, created_at = now(), last_step = 0
     where second_factor.confirmed_at is null`,
    [mspId, userId, sealed],
  );
  return rowCount === 1;
}

/** Takes the code of a step, once: false when it, or a later one, was used before. */
export async function takeStep(tx: Tx, mspId: string, userId: string, step: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update second_factor set last_step = $3 where msp_id = $1 and user_id = $2 and last_step < $3',
    [mspId, userId, step],
  );
  return rowCount === 1;
}

export async function confirmSecondFactor(tx: Tx, mspId: string, userId: string): Promise<void> {
  await tx.query('update second_factor set confirmed_at = now() where msp_id = $1 and user_id = $2', [mspId, userId]);
}

/** New recovery codes; those from before stop working. */
export async function replaceRecoveryCodes(
  tx: Tx,
  mspId: string,
  userId: string,
  hashes: readonly string[],
): Promise<void> {
  await tx.query('delete from recovery_code where msp_id = $1 and user_id = $2', [mspId, userId]);
  await tx.query(
    `insert into recovery_code (msp_id, user_id, n, code_hash)
     select $1, $2, n, h from unnest($3::text[]) with ordinality as given (h, n)`,
    [mspId, userId, hashes],
  );
}

export async function unusedRecoveryCodes(
  tx: Tx,
  mspId: string,
  userId: string,
): Promise<{ n: number; code_hash: string }[]> {
  const { rows } = await tx.query<{ n: number; code_hash: string }>(
    'select n, code_hash from recovery_code where msp_id = $1 and user_id = $2 and used_at is null order by n',
    [mspId, userId],
  );
  return rows;
}

/** False when somebody used it a moment before. */
export async function useRecoveryCode(tx: Tx, mspId: string, userId: string, n: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update recovery_code set used_at = now() where msp_id = $1 and user_id = $2 and n = $3 and used_at is null',
    [mspId, userId, n],
  );
  return rowCount === 1;
}

/** What a second factor's end took with it. */
export interface Removed {
  /** The person was named as an emergency account, and is no more. */
  emergencyAccount: boolean;
}

/** Null when there was none. Errors: INVALID_STATE for the last emergency account. */
export async function removeSecondFactor(tx: Tx, mspId: string, userId: string): Promise<Removed | null> {
  await lockPeople(tx, mspId);
  await tx.query('delete from recovery_code where msp_id = $1 and user_id = $2', [mspId, userId]);
  const { rowCount } = await tx.query('delete from second_factor where msp_id = $1 and user_id = $2', [mspId, userId]);
  return rowCount === 0 ? null : { emergencyAccount: await unnameUnlessFit(tx, mspId, userId) };
}

export async function requireSecondFactor(tx: Tx, mspId: string, required: boolean): Promise<void> {
  await tx.query('update msp set require_second_factor = $2 where id = $1', [mspId, required]);
}
