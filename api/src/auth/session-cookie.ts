import type { Response } from 'express';
import { SIGN_IN_HOURS } from '@throughline/store/sign-in-store';

const NAME = 'throughline_session';
const PATTERN = new RegExp(`(?:^|;\\s*)${NAME}=([A-Za-z0-9_-]{43})(?:;|$)`);

export interface WithCookies {
  headers: { cookie?: string | undefined };
}

/** The sign-in token a request carries, if it has the form of one. */
export const tokenOf = (req: WithCookies): string | null => PATTERN.exec(req.headers.cookie ?? '')?.[1] ?? null;

export function setSessionCookie(res: Response, token: string, secure: boolean): void {
  res.cookie(NAME, token, { httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge: SIGN_IN_HOURS * 3_600_000 });
}

export function clearSessionCookie(res: Response, secure: boolean): void {
  res.clearCookie(NAME, { httpOnly: true, sameSite: 'lax', path: '/', secure });
}
