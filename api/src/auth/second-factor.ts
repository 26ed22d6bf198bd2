import { DomainError } from '@throughline/domain/errors';
import type { Seal } from '@throughline/store/seal';
import {
  beginSecondFactor,
  confirmSecondFactor,
  replaceRecoveryCodes,
  secondFactorOf,
  takeStep,
  unusedRecoveryCodes,
  useRecoveryCode,
} from '@throughline/store/second-factor-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import { hashPassword, verifyPassword } from './passwords.ts';
import { newRecoveryCodes, newSecret, plainCode, stepOf, uriOf } from './totp.ts';

interface Of {
  mspId: string;
  userId: string;
}
interface Deps {
  pool: Pool;
  seal: Seal;
}

const whole = (mspId: string) => ({ mspId, clients: '*' as const });
const inUse = () =>
  new DomainError('CONFLICT', 'A second factor is set up already. Turn it off first, then set up the new one.');
export const wrongCode = () =>
  new DomainError(
    'UNAUTHENTICATED',
    'That code is not right, or was used before. Wait for the next one, then try again.',
  );

/** Makes a secret for an authenticator app. It asks for nothing until `confirm`. Errors: CONFLICT. */
export async function begin(
  { pool, seal }: Deps,
  { mspId, userId }: Of,
  email: string,
): Promise<{ secret: string; uri: string }> {
  const secret = newSecret();
  return withTenant(pool, whole(mspId), async (tx) => {
    if (!(await beginSecondFactor(tx, mspId, userId, seal.seal(secret)))) throw inUse();
    const { rows } = await tx.query<{ name: string }>('select name from msp where id = $1', [mspId]);
    return { secret, uri: uriOf(secret, `Throughline ${rows[0]?.name ?? ''}`.trim().replaceAll(':', ' '), email) };
  });
}

/** The first right code turns the second factor on; answers with the recovery codes, the only time they are seen. Errors: UNAUTHENTICATED, CONFLICT. */
export async function confirm({ pool, seal }: Deps, { mspId, userId }: Of, code: string): Promise<string[]> {
  const { codes, hashes } = await recoveryCodes();
  await withTenant(pool, whole(mspId), async (tx) => {
    const factor = await secondFactorOf(tx, mspId, userId, seal);
    if (factor === null) throw new DomainError('INVALID_STATE', 'Begin with the QR code.');
    if (factor.confirmedAt !== null) throw inUse();
    if (!(await right(tx, { mspId, userId }, factor.secret, code))) throw wrongCode();
    await confirmSecondFactor(tx, mspId, userId);
    await replaceRecoveryCodes(tx, mspId, userId, hashes);
  });
  return codes;
}

/** New recovery codes in the place of the old ones. */
export async function renewCodes({ pool }: Deps, { mspId, userId }: Of): Promise<string[]> {
  const { codes, hashes } = await recoveryCodes();
  await withTenant(pool, whole(mspId), (tx) => replaceRecoveryCodes(tx, mspId, userId, hashes));
  return codes;
}

/** Takes a code of the app or a recovery code, each once; null when it is neither. */
export async function takeCode(
  { pool, seal }: Deps,
  { mspId, userId }: Of,
  typed: string,
): Promise<'app' | 'recovery' | null> {
  const code = plainCode(typed);
  if (/^\d{6}$/.test(code)) {
    const taken = await withTenant(pool, whole(mspId), async (tx) => {
      const factor = await secondFactorOf(tx, mspId, userId, seal);
      return factor?.confirmedAt != null && right(tx, { mspId, userId }, factor.secret, code);
    });
    return taken ? 'app' : null;
  }
  if (code.length !== 10) return null;
  const left = await withTenant(pool, whole(mspId), (tx) => unusedRecoveryCodes(tx, mspId, userId));
  for (const { n, code_hash: hash } of left)
    if (await verifyPassword(hash, code)) {
      const taken = await withTenant(pool, whole(mspId), (tx) => useRecoveryCode(tx, mspId, userId, n));
      return taken ? 'recovery' : null;
    }
  return null;
}

async function right(tx: Tx, { mspId, userId }: Of, secret: string, code: string): Promise<boolean> {
  const step = stepOf(secret, plainCode(code), Date.now());
  return step !== null && takeStep(tx, mspId, userId, step);
}

async function recoveryCodes(): Promise<{ codes: string[]; hashes: string[] }> {
  const codes = newRecoveryCodes();
  return { codes, hashes: await Promise.all(codes.map((code) => hashPassword(plainCode(code)))) };
}
