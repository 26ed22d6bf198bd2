import { isDomainError } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { secondFactorState } from '@throughline/store/second-factor-store';
import { createSignIn } from '@throughline/store/sign-in-store';
import { ssoWorked } from '@throughline/store/sso-only-store';
import { mspOfSso, ssoOf, ssoSecret, takeState } from '@throughline/store/sso-store';
import { type Scope, withTenant } from '@throughline/store/tenant';
import express, { type Request, type Response } from 'express';
import { type AuthDeps, type Note, fromOf } from './auth-deps.ts';
import { setSessionCookie } from './session-cookie.ts';
import type { SignInLimit } from './sign-in-limit.ts';
import { ATTEMPT_MINUTES, type SsoAttempt, attemptOf, clearAttempt, safePath, setAttempt } from './sso-attempt.ts';
import { SsoClients, newChecks, openSsoClient, refusalOf as refusalOfProvider } from './sso-client.ts';
import { personOf } from './sso-person.ts';
import { SsoRefused } from './sso-refused.ts';

type Deps = AuthDeps & { limit: SignInLimit; note: Note };

export const redirectUriOf = (publicUrl: string): string => `${publicUrl}/auth/sso/callback`;
const whole = (mspId: string): Scope => ({ mspId, clients: '*' });
const orgOf = (req: Request): string | null => {
  const org = req.query['org'];
  return typeof org === 'string' && /^[a-z0-9][a-z0-9-]{1,40}$/.test(org) ? org : null;
};

/**
 * GET /auth/sso tells what stands on the button; /auth/sso/start sends the browser to the provider, and /auth/sso/callback is where it
 * comes back. `?org=` names the organisation by its short name, where the installation has several.
 */
export function ssoRoutes(deps: Deps): express.Router {
  const { pool, log, seal, limit, note, publicUrl, secureCookies, webhookNetworks } = deps;
  const clients = new SsoClients();
  const router = express.Router();

  router.get('/auth/sso', async (req, res) => {
    const mspId = await mspOfSso(pool, orgOf(req));
    const sso = mspId === null ? null : await withTenant(pool, whole(mspId), (tx) => ssoOf(tx, mspId));
    res.json({ label: sso?.label ?? null, only: sso?.sole ?? false });
  });

  router.get('/auth/sso/start', async (req, res) => {
    const org = orgOf(req);
    const mspId = await mspOfSso(pool, org);
    await orRefuse(req, res, { mspId, org }, async () => {
      const { mspId: id, sso, client } = await providerOf(mspId);
      const checks = newChecks();
      const url = await client.startUrl(checks);
      const ids = { mspId: id, org, issuer: sso.issuer, clientId: sso.client_id };
      const attempt = { ...ids, ...checks, next: safePath(req.query['next']), begunAt: Date.now() };
      setAttempt(res, seal, attempt, secureCookies);
      res.redirect(303, url.href);
    });
  });

  router.get('/auth/sso/callback', async (req, res) => {
    const attempt = attemptOf(req, seal, Date.now());
    clearAttempt(res, secureCookies);
    const mspId = attempt?.mspId ?? (await mspOfSso(pool, null));
    await orRefuse(req, res, { mspId, org: attempt?.org ?? null }, async () => {
      await limit.takeAddress(ipOf(req));
      const { by, userId, needs, next } = await finish(req, res, attempt);
      await limit.clearAddress(ipOf(req));
      const action = needs === null ? 'sign_in' : 'sign_in.first_step';
      await note(by, userId, action, ipOf(req), { with: 'single sign-on' });
      res.redirect(303, needs === null ? next : `/sign-in?${new URLSearchParams({ step: needs, next }).toString()}`);
    });
  });

  const providerOf = async (mspId: string | null) => {
    if (mspId === null) throw new SsoRefused('off');
    const { sso, secret } = await withTenant(pool, whole(mspId), async (tx) => ({
      sso: await ssoOf(tx, mspId),
      secret: await ssoSecret(tx, mspId, seal),
    }));
    if (sso === null || secret === null) throw new SsoRefused('off');
    const plain = publicUrl.startsWith('http:');
    const open = () => openSsoClient({ ...sso, secret }, redirectUriOf(publicUrl), plain, webhookNetworks);
    const client = await clients.of(mspId, sso, open).catch((error: unknown) => {
      throw refusalOfProvider(error);
    });
    return { mspId, sso, client };
  };

  const finish = async (req: Request, res: Response, attempt: SsoAttempt | null) => {
    if (attempt === null || req.query['state'] !== attempt.state) throw new SsoRefused('not_begun_here');
    const { mspId, state } = attempt;
    const { sso, client } = await providerOf(mspId);
    // The settings changed meanwhile: the answer is another provider's.
    if (sso.issuer !== attempt.issuer || sso.client_id !== attempt.clientId) throw new SsoRefused('not_begun_here');
    if (!(await withTenant(pool, whole(mspId), (tx) => takeState(tx, mspId, state, ATTEMPT_MINUTES))))
      throw new SsoRefused('not_begun_here', 'state used before');
    const query = req.originalUrl.split('?').slice(1).join('?');
    const claims = await client.finish(new URL(`${redirectUriOf(publicUrl)}?${query}`), attempt);
    const userId = await withTenant(pool, whole(mspId), async (tx) => {
      const person = await personOf(tx, mspId, sso, claims);
      await ssoWorked(tx, mspId, sso);
      return person;
    });
    const { on, required } = await withTenant(pool, whole(mspId), (tx) => secondFactorState(tx, mspId, userId));
    // The provider asks for its own second factor. Ours comes on top where the organisation demands it of everybody.
    const needs = !required ? null : on ? 'code' : 'enrol';
    const token = await createSignIn(pool, mspId, userId, fromOf(req), needs, 'sso');
    setSessionCookie(res, token, secureCookies);
    return { by: mspId, userId, needs, next: attempt.next };
  };

  /** Whatever fails ends at the sign-in page, which says why in words of its own; the audit log has the rest. */
  const orRefuse = async (req: Request, res: Response, { mspId, org }: Of, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      const refused = refusalOf(error);
      if (refused.why === 'failed') log.error({ err: error }, 'a single sign-on failed');
      else log.info({ ip: ipOf(req), why: refused.why, reason: refused.reason }, 'a single sign-on was refused');
      if (mspId !== null && refused.why !== 'too_many')
        await withTenant(pool, whole(mspId), (tx) =>
          audit(tx, mspId, refused.email ?? 'somebody', 'sso.refused', 'single sign-on', {
            why: refused.why,
            reason: refused.reason,
            ip: ipOf(req),
          }),
        );
      const query = new URLSearchParams({ sso: refused.why, ...(org === null ? {} : { org }) });
      res.redirect(303, `/sign-in?${query.toString()}`);
    }
  };
  return router;
}

interface Of {
  mspId: string | null;
  org: string | null;
}

const ipOf = (req: Request): string => req.ip ?? 'unknown';

function refusalOf(error: unknown): SsoRefused {
  if (error instanceof SsoRefused) return error;
  if (isDomainError(error) && error.code === 'RATE_LIMITED') return new SsoRefused('too_many');
  return new SsoRefused('failed', '', { cause: error });
}
