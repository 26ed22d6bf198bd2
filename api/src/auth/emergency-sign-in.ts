import { randomUUID } from 'node:crypto';
import { audit } from '@throughline/store/audit-store';
import { raise } from '@throughline/store/notification-store';
import type { Tx } from '@throughline/store/tenant';
import { users, usersByIds } from '@throughline/store/user-store';

/** An emergency account's password was right: a line in the audit log, and every admin is told, whoever it was. */
export async function noteEmergency(tx: Tx, mspId: string, userId: string, ip: string): Promise<void> {
  const [user] = await usersByIds(tx, mspId, [userId]);
  const name = user?.name ?? userId;
  await audit(tx, mspId, user?.email ?? userId, 'sign_in.emergency', `user ${userId}`, { ip });
  const key = `emergency_sign_in:${randomUUID()}`;
  const title = `Emergency account ${name} was used to sign in with a password`;
  const news = {
    key,
    kind: 'emergency_sign_in' as const,
    title,
    text: `${title}, from ${ip}`,
    link: '/settings/sign-on',
  };
  const admins = (await users(tx, mspId)).filter((each) => each.role === 'admin' && each.deactivated_at === null);
  for (const admin of admins) await raise(tx, mspId, { ...news, userId: admin.id });
}
