import type { BlockList } from 'node:net';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import type { SsoRow } from '@throughline/store/sso-store';
import * as oidc from 'openid-client';
import { guardedFetch } from './guarded-fetch.ts';
import { SsoRefused } from './sso-refused.ts';

/** How long to wait for a provider, in seconds. */
const PATIENCE_SECONDS = 10;
/** How long what a provider says of itself is good for. Its keys are read anew by themselves when one is unknown. */
const KEPT_MS = 3_600_000;

/** What a provider said of somebody, once everything it said was checked. */
export interface SsoClaims {
  subject: string;
  /** null where the provider tells none. */
  email: string | null;
  /** Whether the provider says that the address is the person's. */
  verified: boolean;
  name: string | null;
}

/** What only the browser that began knows, and what the answer must fit. */
export interface SsoChecks {
  state: string;
  nonce: string;
  verifier: string;
}
export const newChecks = (): SsoChecks => ({
  state: oidc.randomState(),
  nonce: oidc.randomNonce(),
  verifier: oidc.randomPKCECodeVerifier(),
});

export interface SsoClient {
  /** Where the browser goes to sign in. */
  startUrl(checks: SsoChecks): Promise<URL>;
  /** Changes the code for who it stands for. Errors: SsoRefused. */
  finish(callback: URL, checks: SsoChecks): Promise<SsoClaims>;
}

type Settings = Pick<SsoRow, 'issuer' | 'client_id'> & { secret: string };

/**
 * A relying party at one provider (authorization code with PKCE). `plain`: the installation itself is on plain http, so a provider may be
 * too. `networks`: private networks that a provider may lie in. Errors: SsoRefused, DomainError, what openid-client throws.
 */
export async function openSsoClient(
  { issuer, client_id: clientId, secret }: Settings,
  redirectUri: string,
  plain: boolean,
  networks: BlockList,
): Promise<SsoClient> {
  const server = new URL(issuer);
  const config = await oidc.discovery(server, clientId, undefined, authenticate(secret), {
    timeout: PATIENCE_SECONDS,
    [oidc.customFetch]: guardedFetch(networks),
    // The code comes to us over TLS, so the signature could go unchecked; checking it costs one look at the provider's keys.
    execute: [oidc.enableNonRepudiationChecks, ...(plain ? [oidc.allowInsecureRequests] : [])],
  });
  // Also refuses Entra's "common", where every tenant of the world would be our provider.
  if (config.serverMetadata().issuer !== issuer)
    throw new DomainError('INVALID_INPUT', `The provider calls itself ${config.serverMetadata().issuer}. Use that.`);
  return {
    async startUrl({ state, nonce, verifier }) {
      return oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
    },
    async finish(callback, { state, nonce, verifier }) {
      try {
        const tokens = await oidc.authorizationCodeGrant(config, callback, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        // Exactly the issuer: Entra's are else filled in from the token itself.
        if (claims === undefined || claims.iss !== issuer) throw new SsoRefused('not_believed', 'issuer');
        // Many providers put the address into the userinfo answer only.
        const told =
          claims['email'] === undefined && config.serverMetadata().userinfo_endpoint !== undefined
            ? { ...claims, ...(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)) }
            : claims;
        return claimsOf(claims.sub, told, server.hostname);
      } catch (error) {
        throw refusalOf(error);
      }
    },
  };
}

/** Keeps one client per organisation for an hour, or until its settings change. */
export class SsoClients {
  private readonly kept = new Map<string, { key: string; until: number; client: Promise<SsoClient> }>();

  /** `open` is called where there is none yet. */
  of(mspId: string, sso: SsoRow, open: () => Promise<SsoClient>): Promise<SsoClient> {
    const key = `${sso.issuer} ${sso.client_id} ${sso.changed_at.getTime()}`;
    const known = this.kept.get(mspId);
    if (known?.key === key && known.until > Date.now()) return known.client;
    const client = open();
    this.kept.set(mspId, { key, until: Date.now() + KEPT_MS, client });
    // What failed is tried again the next time.
    client.catch(() => this.kept.delete(mspId));
    return client;
  }
}

/** Shows the secret the way the provider takes it. A provider that says nothing takes the Basic way (OpenID Connect Discovery 1.0 §3). */
const authenticate = (secret: string): oidc.ClientAuth => {
  const [post, basic] = [oidc.ClientSecretPost(secret), oidc.ClientSecretBasic(secret)];
  return (server, client, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (ways.includes('client_secret_basic') ? basic : post)(server, client, body, headers);
  };
};

function claimsOf(subject: string, told: Record<string, unknown>, host: string): SsoClaims {
  const text = (name: string) => (typeof told[name] === 'string' && told[name] !== '' ? told[name] : null);
  // Entra never sends email_verified, but says whether the owner of the address's domain was verified.
  const byDomain = host === 'login.microsoftonline.com' && [true, 1, '1', 'true'].includes(told['xms_edov'] as never);
  return {
    subject,
    email: text('email')?.trim().toLowerCase() ?? null,
    verified: told['email_verified'] === true || byDomain,
    name: text('name')?.trim().slice(0, 120) ?? null,
  };
}

/** What failed, in one word for the page and the library's own for the audit log; nothing of the tokens. */
export function refusalOf(error: unknown): SsoRefused {
  if (error instanceof SsoRefused) return error;
  // The library may wrap what its fetch threw.
  if (error instanceof Error && error.cause instanceof SsoRefused) return error.cause;
  if (isDomainError(error)) return new SsoRefused('not_believed', error.message);
  if (error instanceof oidc.AuthorizationResponseError) return new SsoRefused('provider_refused', error.error);
  // A code that was used, is too old, or belongs to another client.
  if (error instanceof oidc.ResponseBodyError) return new SsoRefused('not_believed', error.error);
  if (error instanceof oidc.ClientError) {
    // The library wraps its own error, whose cause names the claim.
    const claim = (error.cause as { cause?: { claim?: unknown } } | undefined)?.cause?.claim;
    const reason = [error.code, typeof claim === 'string' ? claim : null].filter(Boolean).join(' ');
    return new SsoRefused(error.code === 'OAUTH_TIMEOUT' ? 'provider_silent' : 'not_believed', reason);
  }
  return new SsoRefused('provider_silent', error instanceof Error ? error.name : 'unknown', { cause: error });
}
