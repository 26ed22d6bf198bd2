import { DomainError } from '@throughline/domain/errors';
import { ROLES } from '@throughline/domain/role';
import { audit } from '@throughline/store/audit-store';
import { type SsoRow, saveSso, ssoOf, ssoSecret } from '@throughline/store/sso-store';
import { withTenant } from '@throughline/store/tenant';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { scopeOf } from '../sessions/viewer.ts';
import { openSsoClient, refusalOf } from './sso-client.ts';
import { redirectUriOf } from './sso-routes.ts';
import type { Viewer } from './viewer.ts';

const zSso = z.object({
  issuer: z.string().trim().max(500),
  clientId: z.string().trim().min(1, 'The client id is missing.').max(200, 'The client id is too long.'),
  clientSecret: z.string().trim().max(1000, 'The client secret is too long.').nullish(),
  label: z
    .string()
    .trim()
    .min(1, 'The button needs words.')
    .max(60, "The button's words may have 60 characters at most."),
  emailDomains: z
    .array(
      z
        .string()
        .trim()
        .toLowerCase()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'A domain looks like northgate.example, without @.'),
    )
    .max(50, 'At most 50 domains.')
    .nullish(),
  createRole: z
    .enum(ROLES)
    .refine((role) => role !== 'admin', 'Nobody becomes an admin by single sign-on. Choose another role.')
    .nullish(),
});
export type SsoInput = z.input<typeof zSso>;

/** Asks the provider who it is before anything is saved. Errors: INVALID_INPUT, INVALID_STATE, UNAVAILABLE. */
export async function setSso(deps: Deps, viewer: Viewer, address: string, raw: SsoInput): Promise<void> {
  const result = zSso.safeParse(raw);
  if (!result.success)
    throw new DomainError('INVALID_INPUT', result.error.issues.map(({ message }) => message).join(' '));
  const { clientSecret, emailDomains, createRole, ...rest } = result.data;
  const plain = deps.publicUrl.startsWith('http:');
  mustBeAddress(rest.issuer, plain);
  const { mspId } = viewer;
  const before = await withTenant(deps.pool, scopeOf(viewer), async (tx) => ({
    sso: await ssoOf(tx, mspId),
    secret: await ssoSecret(tx, mspId, deps.seal),
  }));
  mustNotLockOut(before.sso, rest);
  // What was given to one provider is not shown to another.
  const kept = before.sso?.issuer === rest.issuer ? before.secret : null;
  const secret = clientSecret || kept;
  if (!secret) throw new DomainError('INVALID_INPUT', 'The client secret is missing.');
  const asked = { ...rest, client_id: rest.clientId, secret };
  await openSsoClient(asked, redirectUriOf(deps.publicUrl), plain, deps.webhookNetworks).catch((error: unknown) => {
    throw words(error);
  });
  const after = { ...rest, emailDomains: emailDomains ?? [], createRole: createRole ?? null };
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const sso = await ssoOf(tx, mspId, 'for update');
    // Again: the provider took its time to answer, and somebody else may have made it the only way meanwhile.
    mustNotLockOut(sso, rest);
    await saveSso(tx, mspId, deps.seal, after, secret);
    const shown = sso && {
      issuer: sso.issuer,
      clientId: sso.client_id,
      label: sso.label,
      emailDomains: sso.email_domains,
      createRole: sso.create_role,
    };
    await audit(tx, mspId, viewer.email, 'sso.set', 'organisation', {
      before: shown,
      after,
      secretChanged: secret !== before.secret,
      ip: address,
    });
  });
}

/** Nobody has come in through a new one yet, so nobody might. */
function mustNotLockOut(sso: SsoRow | null, to: { issuer: string; clientId: string }): void {
  if (sso?.sole && (sso.issuer !== to.issuer || sso.client_id !== to.clientId))
    throw new DomainError(
      'INVALID_STATE',
      'People sign in through this provider only. Let passwords count again before you change to another one.',
    );
}

/** https; plain http only where the installation is itself on plain http, for trying it out. */
function mustBeAddress(issuer: string, plain: boolean): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  const right = url !== null && (url.protocol === 'https:' || (plain && url.protocol === 'http:'));
  if (!right || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new DomainError(
      'INVALID_INPUT',
      'The issuer is an address like https://login.example.com, as the provider tells it.',
    );
}

function words(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { why, reason } = refusalOf(error);
  if (reason === 'PRIVATE_ADDRESS')
    return new DomainError(
      'INVALID_INPUT',
      'The issuer is in a private network, which is not asked. The operator can allow a network in WEBHOOK_NETWORKS.',
    );
  return why === 'provider_silent'
    ? new DomainError('UNAVAILABLE', 'The provider did not answer. Check the issuer, then try again.')
    : new DomainError(
        'INVALID_INPUT',
        `There is no OpenID Connect provider at this issuer (${reason}). Copy it from the provider's own pages.`,
      );
}
