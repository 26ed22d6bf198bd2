import { randomUUID } from 'node:crypto';
import { audit } from '@throughline/store/audit-store';
import { raise } from '@throughline/store/notification-store';
import type { Tx } from '@throughline/store/tenant';
import { users, usersByIds } from '@throughline/store/user-store';

/** For the audit log's details of an act that may have ended somebody's being an emergency account. */
export const noLonger = ({ emergencyAccount }: { emergencyAccount: boolean }) =>
  emergencyAccount ? { noLonger: 'emergency account' } : {};

/** An emergency account came in, by password and code: a line in the audit log, and every admin is told, whoever it was. */
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
  };
  const admins = (await users(tx, mspId)).filter((each) => each.role === 'admin' && each.deactivated_at === null);
  // The page is for admins of all clients; the others are led to the start.
  for (const admin of admins)
    await raise(tx, mspId, { ...news, userId: admin.id, link: admin.all_clients ? '/settings/sign-on' : '/' });
}
