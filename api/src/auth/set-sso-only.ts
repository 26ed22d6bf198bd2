import { audit } from '@throughline/store/audit-store';
import { emergencyAccounts, setSsoOnly } from '@throughline/store/sso-only-store';
import { ssoOf } from '@throughline/store/sso-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { usersByIds } from '@throughline/store/user-store';
import { DomainError } from '@throughline/domain/errors';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { scopeOf } from '../sessions/viewer.ts';
import type { Viewer } from './viewer.ts';

const zOnly = z.object({
  only: z.boolean(),
  emergencyIds: z.array(z.string()).max(20, 'At most 20 emergency accounts.'),
});
export type SsoOnlyInput = z.input<typeof zOnly>;

/** Makes the provider the only way in, or not any more. What was so and what is so goes into the audit log. Errors: INVALID_INPUT, INVALID_STATE. */
export async function setOnly(deps: Deps, viewer: Viewer, address: string, raw: SsoOnlyInput): Promise<void> {
  const result = zOnly.safeParse(raw);
  if (!result.success)
    throw new DomainError('INVALID_INPUT', result.error.issues.map(({ message }) => message).join(' '));
  const { only, emergencyIds } = result.data;
  const { mspId } = viewer;
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const before = await stateOf(tx, mspId);
    const signInsEnded = await setSsoOnly(tx, mspId, only, emergencyIds, viewer.signInId);
    const after = await stateOf(tx, mspId);
    await audit(tx, mspId, viewer.email, 'sso.only', 'organisation', { before, after, signInsEnded, ip: address });
  });
}

async function stateOf(tx: Tx, mspId: string): Promise<{ only: boolean; emergency: string[] }> {
  const named = (await emergencyAccounts(tx, mspId)).filter((each) => each.named);
  const people = await usersByIds(
    tx,
    mspId,
    named.map(({ id }) => id),
  );
  return { only: (await ssoOf(tx, mspId))?.sole ?? false, emergency: people.map(({ email }) => email).sort() };
}
