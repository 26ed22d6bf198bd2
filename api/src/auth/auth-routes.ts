import express from 'express';
import { DomainError } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { secondFactorState } from '@throughline/store/second-factor-store';
import { peekSetup, takeFirstSetup, takeSetupLink } from '@throughline/store/setup';
import { candidatesFor, endSignIn, insertSignIn, resolveSignIn } from '@throughline/store/sign-in-store';
import { withTenant } from '@throughline/store/tenant';
import { type PasswordRule, passwordRule, passwordWorthHeld } from '@throughline/store/sso-only-store';
import { usersByIds } from '@throughline/store/user-store';
import { type AuthDeps, type Note, PASSWORD_REFUSED, fromOf } from './auth-deps.ts';
import { parsed, zFirstAdmin, zPassword, zSignIn } from './auth-input.ts';
import { answerErrors } from './http-error.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { secondFactorRoutes } from './second-factor-routes.ts';
import { clearSessionCookie, setSessionCookie, tokenOf } from './session-cookie.ts';
import { createSignInLimit } from './sign-in-limit.ts';
import { ssoRoutes } from './sso-routes.ts';

/** POST /auth/sign-in, POST /auth/sign-out, GET and POST /auth/setup/:token; second factor and single sign-on beside them. */
export function authRoutes(deps: AuthDeps): express.Router {
  const { pool, log, secureCookies } = deps;
  const limit = createSignInLimit();
  const router = express.Router();
  router.use('/auth', (_req, res, next) => {
    res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
    next();
  });
  router.use('/auth', express.json({ limit: '16kb' }));

  const note: Note = (mspId, userId, action, ip, details = {}) =>
    withTenant(pool, { mspId, clients: '*' }, async (tx) => {
      const [user] = await usersByIds(tx, mspId, [userId]);
      await audit(tx, mspId, user?.email ?? userId, action, `user ${userId}`, { ...details, ip });
    });

  router.post('/auth/sign-in', async (req, res) => {
    const { email, password, org } = parsed(zSignIn, req.body);
    const ip = req.ip ?? 'unknown';
    await limit.take(email, ip);
    const candidates = await candidatesFor(pool, email);
    if (candidates.length === 0) await verifyPassword(null, password);
    // The same address may have an account in several organisations: the password tells which, where that one takes it.
    const refused: Of[] = [];
    for (const candidate of candidates) {
      if (!(await verifyPassword(candidate.passwordHash, password))) continue;
      const needs = await letIn(req, res, candidate);
      if (needs === 'refused') {
        refused.push(candidate);
        continue;
      }
      await limit.clear(email, ip);
      const action = needs === null ? 'sign_in' : 'sign_in.first_step';
      await note(candidate.mspId, candidate.userId, action, ip, { with: 'password' });
      return void res.json(needs === null ? {} : { next: needs });
    }
    log.info({ ip, accounts: candidates.length, refused: refused.length }, 'a sign-in failed');
    if (refused.length === 0)
      for (const { mspId, userId } of candidates) await note(mspId, userId, 'sign_in.failed', ip);
    for (const { mspId, userId } of refused) await note(mspId, userId, 'sign_in.refused', ip, PASSWORD_REFUSED);
    throw notLetIn(await passwordRule(pool, org ?? null));
  });

  router.post('/auth/sign-out', async (req, res) => {
    const token = tokenOf(req);
    const signedIn = token === null ? null : await resolveSignIn(pool, token);
    if (token !== null) await endSignIn(pool, token);
    if (signedIn !== null) await note(signedIn.mspId, signedIn.user.id, 'sign_out', req.ip ?? 'unknown');
    clearSessionCookie(res, secureCookies);
    res.json({});
  });

  router.get('/auth/setup/:token', async (req, res) => {
    res.json(await peekSetup(pool, req.params.token));
  });

  router.post('/auth/setup/:token', async (req, res) => {
    const { token } = req.params;
    // Read before the costly hash, so that a made-up link costs nothing.
    const { kind } = await peekSetup(pool, token);
    const { mspId, userId } =
      kind === 'first_admin' ? await setUpMsp(token, req.body) : await setPassword(token, req.body);
    const needs = await letIn(req, res, { mspId, userId });
    await note(mspId, userId, kind === 'first_admin' ? 'setup.msp' : 'setup.password', req.ip ?? 'unknown');
    if (needs === 'refused') throw notLetIn('closed');
    res.json(needs === null ? {} : { next: needs });
  });

  /** Signs in by password; with a second factor, or where one is demanded, only as far as asking for it. `refused`: it counts for nothing. */
  const letIn = async (req: express.Request, res: express.Response, { mspId, userId }: Of) => {
    const done = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
      // In one transaction with the sign-in: a rule that is turned on this moment finds it, and ends it.
      if ((await passwordWorthHeld(tx, mspId, userId)) === 'nothing') return null;
      const { on, required } = await secondFactorState(tx, mspId, userId);
      const needs = on ? ('code' as const) : required ? ('enrol' as const) : null;
      return { needs, token: await insertSignIn(tx, mspId, userId, fromOf(req), needs, 'password') };
    });
    if (done === null) return 'refused' as const;
    setSessionCookie(res, done.token, secureCookies);
    return done.needs;
  };
  const setUpMsp = async (token: string, body: unknown) => {
    const { password, ...input } = parsed(zFirstAdmin, body);
    return takeFirstSetup(pool, token, { ...input, passwordHash: await hashPassword(password) });
  };
  const setPassword = async (token: string, body: unknown) =>
    takeSetupLink(pool, token, await hashPassword(parsed(zPassword, body).password));

  router.use(secondFactorRoutes({ ...deps, limit, note }));
  router.use(ssoRoutes({ ...deps, limit, note }));
  router.use('/auth', answerErrors(log));
  return router;
}

interface Of {
  mspId: string;
  userId: string;
}

/** By the page, never by the account: a wrong address, a wrong password and a right one that counts for nothing are told alike. */
const NOT_LET_IN: Record<PasswordRule, string> = {
  open: 'The e-mail address or the password is not right.',
  some: 'The e-mail address or the password is not right, or your organisation signs in through its identity provider only.',
  closed:
    'Sign in through your identity provider: with a password only emergency accounts come in, and only with the right one.',
};
const notLetIn = (rule: PasswordRule) => new DomainError('UNAUTHENTICATED', NOT_LET_IN[rule]);
