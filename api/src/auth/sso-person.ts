import { audit } from '@throughline/store/audit-store';
import { type SsoRow, tieSubject, userByEmail, userOfSubject } from '@throughline/store/sso-store';
import type { Tx } from '@throughline/store/tenant';
import { createUser, usersByIds } from '@throughline/store/user-store';
import type { SsoClaims } from './sso-client.ts';
import { SsoRefused } from './sso-refused.ts';

/**
 * Who the provider's subject stands for. Who is not known by issuer and subject is tied once, by a verified e-mail address; nobody
 * is made unless the organisation said so, and then with sight of no client. Errors: SsoRefused.
 */
export async function personOf(tx: Tx, mspId: string, sso: SsoRow, claims: SsoClaims): Promise<string> {
  const { email } = claims;
  const known = await userOfSubject(tx, mspId, sso.issuer, claims.subject);
  if (known !== null) {
    const [user] = await usersByIds(tx, mspId, [known]);
    if (user === undefined || user.deactivated_at !== null) throw new SsoRefused('deactivated', '', { email });
    return known;
  }
  if (email === null || !claims.verified) throw new SsoRefused('unverified_email', '', { email });
  const domain = email.slice(email.lastIndexOf('@') + 1);
  if (sso.email_domains.length > 0 && !sso.email_domains.includes(domain))
    throw new SsoRefused('other_domain', domain, { email });
  const person = await userByEmail(tx, mspId, email);
  if (person?.deactivated) throw new SsoRefused('deactivated', '', { email });
  const userId = person?.id ?? (await made(tx, mspId, sso, email, claims.name));
  if (!(await tieSubject(tx, mspId, sso.issuer, claims.subject, userId)))
    throw new SsoRefused('tied_otherwise', '', { email });
  await audit(tx, mspId, email, 'sso.tied', `user ${userId}`, { issuer: sso.issuer, subject: claims.subject });
  return userId;
}

async function made(tx: Tx, mspId: string, sso: SsoRow, email: string, name: string | null): Promise<string> {
  const role = sso.create_role;
  if (role === null) throw new SsoRefused('unknown_person', '', { email });
  const user = await createUser(tx, mspId, { name: name ?? email, email, role, clientIds: [] });
  await audit(tx, mspId, 'single sign-on', 'user.created', email, { role });
  return user.id;
}
