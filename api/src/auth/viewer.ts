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
  /** The sign-in's own secret: for ending it, never for showing or logging. */
  token: string;
}

/** Null when nobody is signed in, the sign-in is over, or the person was deactivated. */
export async function viewerOf(pool: Pool, req: WithCookies): Promise<Viewer | null> {
  const token = tokenOf(req);
  if (token === null) return null;
  const signedIn = await resolveSignIn(pool, token);
  if (signedIn === null) return null;
  const { mspId, user, clients } = signedIn;
  return { mspId, userId: user.id, name: user.name, email: user.email, role: user.role, clients, token };
}
