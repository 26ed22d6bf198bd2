import type { Seal } from '@throughline/store/seal';
import type { Response } from 'express';
import { z } from 'zod';
import type { WithCookies } from './session-cookie.ts';

const NAME = 'throughline_sso';
const PATTERN = new RegExp(`(?:^|;\\s*)${NAME}=([A-Za-z0-9_-]{1,3000})(?:;|$)`);
const PATH = '/auth/sso';

/** How long somebody may take at the provider, in minutes. */
export const ATTEMPT_MINUTES = 10;

const zAttempt = z.object({
  mspId: z.uuid(),
  /** The organisation's short name where the page was opened by it. */
  org: z.string().nullable(),
  issuer: z.string(),
  clientId: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where to go after it: a path of this site. */
  next: z.string(),
  /** Milliseconds since the epoch. */
  begunAt: z.number(),
});
/** A sign-in under way at the provider. It lies sealed in the browser that began it, and nowhere else. */
export type SsoAttempt = z.infer<typeof zAttempt>;

export function setAttempt(res: Response, seal: Seal, attempt: SsoAttempt, secure: boolean): void {
  const value = seal.seal(JSON.stringify(attempt)).toString('base64url');
  // Lax: the provider sends the browser back from another site.
  res.cookie(NAME, value, { httpOnly: true, sameSite: 'lax', path: PATH, secure, maxAge: ATTEMPT_MINUTES * 60_000 });
}

export function clearAttempt(res: Response, secure: boolean): void {
  res.clearCookie(NAME, { httpOnly: true, sameSite: 'lax', path: PATH, secure });
}

/** Null when there is none, it is not ours, or it is too old. `now` in milliseconds since the epoch. */
export function attemptOf(req: WithCookies, seal: Seal, now: number): SsoAttempt | null {
  const value = PATTERN.exec(req.headers.cookie ?? '')?.[1];
  if (value === undefined) return null;
  try {
    const attempt = zAttempt.parse(JSON.parse(seal.open(Buffer.from(value, 'base64url'))));
    return now - attempt.begunAt < ATTEMPT_MINUTES * 60_000 ? attempt : null;
  } catch {
    return null; // Not sealed by us: as good as none.
  }
}

/** Only a path of this very site, so that a link cannot send a person elsewhere. */
export function safePath(next: unknown): string {
  if (typeof next !== 'string' || next.length > 500 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes('\\'))
    return '/';
  return next.startsWith('/sign-in') || next.startsWith('/auth/') ? '/' : next;
}
