import type { Pool } from 'pg';
import type { Role } from '@throughline/domain/role';
import { resolveSignIn } from '@throughline/store/sign-in-store';
import { type WithCookies, tokenOf } from './session-cookie.ts';

/** The signed-in person behind a request, and what they may see. */
export interface Viewer {
  mspId: string;
  userId: string;
  name: string;
  email: string;
  role: Role;
  clients: '*' | string[];
  /** The sign-in's own id; null behind an API token. */
  signInId: string | null;
  /** The sign-in's own secret: for ending it, never for showing or logging. */
  token: string;
  expiresAt: Date;
}

/** Null when nobody is signed in, the sign-in is over, or the person was deactivated. */
export async function viewerOf(pool: Pool, req: WithCookies): Promise<Viewer | null> {
  const token = tokenOf(req);
  if (token === null) return null;
  const signedIn = await resolveSignIn(pool, token);
  if (signedIn === null) return null;
  const { id: signInId, mspId, user, clients, expiresAt } = signedIn;
  const { id: userId, name, email, role } = user;
  return { mspId, userId, name, email, role, clients, signInId, token, expiresAt };
}

/** Whether what somebody came in with still stands. */
export async function stillSignedIn(pool: Pool, viewer: Viewer): Promise<boolean> {
  return (await resolveSignIn(pool, viewer.token)) !== null;
}
