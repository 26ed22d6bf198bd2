import type { Pool } from 'pg';
import type { ApiScope } from '@throughline/domain/api-scope';
import { isApiScope } from '@throughline/domain/api-scope';
import type { Rights } from '@throughline/domain/rights';
import type { Role } from '@throughline/domain/role';
import { resolveApiToken } from '@throughline/store/api-token-store';
import { resolveSignIn } from '@throughline/store/sign-in-store';
import { type WithCookies, tokenOf } from './session-cookie.ts';

/** The signed-in person behind a request, and what they may see. */
export interface Viewer {
  mspId: string;
  userId: string;
  name: string;
  email: string;
  role: Role;
  /** What the organisation changed of the role's published rights, as of this request. */
  rights: Rights;
  clients: '*' | string[];
  /** The sign-in's own id; null behind an API token. */
  signInId: string | null;
  /** What an API token was made for; null behind a sign-in, which may all that its person may. */
  scopes: readonly ApiScope[] | null;
  /** The sign-in's or API token's own secret: for ending it, never for showing or logging. */
  token: string;
  /** The network address the request came from; empty when not known. */
  address: string;
  expiresAt: Date;
  /** When it was looked up, on the clock of performance.now(): what ended a sign-in after that is not known here. */
  asOf: number;
}

/** Null when nobody is signed in, the sign-in is over, or the person was deactivated. */
export async function viewerOf(pool: Pool, req: WithCookies & { ip?: string | undefined }): Promise<Viewer | null> {
  const token = tokenOf(req);
  if (token === null) return null;
  const asOf = performance.now();
  const signedIn = await resolveSignIn(pool, token);
  if (signedIn === null) return null;
  const { id: signInId, mspId, user, rights, clients, expiresAt } = signedIn;
  const { id: userId, name, email, role } = user;
  return {
    mspId,
    userId,
    name,
    email,
    role,
    rights,
    clients,
    signInId,
    scopes: null,
    token,
    address: req.ip ?? '',
    expiresAt,
    asOf,
  };
}

type WithToken = WithCookies & { headers: { authorization?: string | undefined } };
const BEARER = /^Bearer +(\S{1,200}) *$/i;

/** Whether a request comes with `Authorization: Bearer`. Then its cookies count for nothing. */
export const hasBearer = (req: WithToken): boolean => /^Bearer\b/i.test(req.headers.authorization ?? '');

/** The owner of the API token in `Authorization: Bearer`, where there is one; else whoever is signed in. `address`: where it comes from. */
export async function callerOf(pool: Pool, req: WithToken, address: string): Promise<Viewer | null> {
  if (!hasBearer(req)) return viewerOf(pool, { headers: req.headers, ip: address });
  const token = BEARER.exec(req.headers.authorization ?? '')?.[1];
  const asOf = performance.now();
  const owner = token === undefined ? null : await resolveApiToken(pool, token, address);
  if (owner === null || token === undefined) return null;
  const { mspId, user, rights, clients, expiresAt } = owner;
  const { id: userId, name, email, role } = user;
  const scopes = owner.scopes.filter(isApiScope);
  return { mspId, userId, name, email, role, rights, clients, signInId: null, scopes, token, address, expiresAt, asOf };
}

/** Whether what somebody came in with still stands, and for the same: with another role or other clients they begin anew. */
export async function stillSignedIn(pool: Pool, viewer: Viewer): Promise<boolean> {
  const found =
    viewer.scopes === null ? await resolveSignIn(pool, viewer.token) : await resolveApiToken(pool, viewer.token, null);
  if (found === null || found.user.role !== viewer.role) return false;
  return [found.clients].flat().join() === [viewer.clients].flat().join();
}
