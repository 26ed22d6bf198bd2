import { DomainError } from '@throughline/domain/errors';
import { removeSecondFactor, secondFactorState } from '@throughline/store/second-factor-store';
import {
  type SignedIn,
  candidatesFor,
  deleteSignIn,
  insertSignIn,
  resolveSignIn,
  resolveStep,
} from '@throughline/store/sign-in-store';
import { passwordWorthHeld } from '@throughline/store/sso-only-store';
import { withTenant } from '@throughline/store/tenant';
import express, { type Request, type Response } from 'express';
import { zAgain, zCode, parsed } from './auth-input.ts';
import { type AuthDeps, type Note, PASSWORD_REFUSED, fromOf } from './auth-deps.ts';
import { noLonger, noteEmergency } from './emergency-sign-in.ts';
import { verifyPassword } from './passwords.ts';
import { begin, confirm, renewCodes, takeCode, wrongCode } from './second-factor.ts';
import { setSessionCookie, tokenOf } from './session-cookie.ts';
import type { SignInLimit } from './sign-in-limit.ts';

type Deps = AuthDeps & { limit: SignInLimit; note: Note };

/**
 * POST /auth/sign-in/code finishes a sign-in. POST /auth/second-factor/begin, /confirm, /codes and /off are a person's own second
 * factor; begin and confirm also serve somebody who may only come in once they have one.
 */
export function secondFactorRoutes(deps: Deps): express.Router {
  const { pool, limit, note } = deps;
  const router = express.Router();
  const ipOf = (req: Request) => req.ip ?? 'unknown';

  router.post('/auth/sign-in/code', async (req, res) => {
    const { code } = parsed(zCode, req.body);
    const step = await stepOf(req, 'code');
    const how = await mustBeRight(req, step, code, 'sign_in.code_failed');
    await finish(req, res, step);
    await note(step.mspId, step.user.id, 'sign_in', ipOf(req), { with: wordsOf(step), secondFactor: how });
    res.json({});
  });

  router.post('/auth/second-factor/begin', async (req, res) => {
    const { password } = parsed(zAgain, req.body);
    const signedIn = await signedInOf(req);
    const person = signedIn ?? (await stepOf(req, 'enrol'));
    if (signedIn !== null) await mustKnowPassword(req, signedIn, password);
    res.json(await begin(deps, ids(person), person.user.email));
  });

  router.post('/auth/second-factor/confirm', async (req, res) => {
    const { code } = parsed(zCode, req.body);
    const signedIn = await signedInOf(req);
    const person = signedIn ?? (await stepOf(req, 'enrol'));
    await limit.takeCode(person.user.id);
    const recoveryCodes = await confirm(deps, ids(person), code);
    await limit.clearCode(person.user.id);
    await note(person.mspId, person.user.id, 'second_factor.on', ipOf(req));
    if (signedIn === null) {
      await finish(req, res, person);
      await note(person.mspId, person.user.id, 'sign_in', ipOf(req), { with: wordsOf(person), secondFactor: 'app' });
    }
    res.json({ recoveryCodes });
  });

  router.post('/auth/second-factor/codes', async (req, res) => {
    const { code } = parsed(zCode, req.body);
    const person = await mustBeSignedIn(req);
    await mustBeRight(req, person, code, 'second_factor.code_failed');
    const recoveryCodes = await renewCodes(deps, ids(person));
    await note(person.mspId, person.user.id, 'second_factor.codes_renewed', ipOf(req));
    res.json({ recoveryCodes });
  });

  router.post('/auth/second-factor/off', async (req, res) => {
    const { code } = parsed(zCode, req.body);
    const person = await mustBeSignedIn(req);
    const { mspId, userId } = ids(person);
    const { required } = await withTenant(pool, { mspId, clients: '*' }, (tx) => secondFactorState(tx, mspId, userId));
    if (required)
      throw new DomainError('FORBIDDEN', 'Your organisation asks everybody for a second factor, so it stays on.');
    await mustBeRight(req, person, code, 'second_factor.code_failed');
    const removed = await withTenant(pool, { mspId, clients: '*' }, (tx) => removeSecondFactor(tx, mspId, userId));
    await note(mspId, userId, 'second_factor.off', ipOf(req), removed === null ? {} : noLonger(removed));
    res.json({});
  });

  const signedInOf = async (req: Request) => {
    const token = tokenOf(req);
    return token === null ? null : resolveSignIn(pool, token);
  };
  const mustBeSignedIn = async (req: Request): Promise<SignedIn> => {
    const signedIn = await signedInOf(req);
    if (signedIn === null) throw new DomainError('UNAUTHENTICATED', 'Sign in first.');
    return signedIn;
  };
  const stepOf = async (req: Request, needs: 'code' | 'enrol') => {
    const token = tokenOf(req);
    const step = token === null ? null : await resolveStep(pool, token);
    if (step?.needs !== needs)
      throw new DomainError('UNAUTHENTICATED', 'Begin again: this sign-in is over, or it is too late for it.');
    return step;
  };
  /** Errors: RATE_LIMITED, UNAUTHENTICATED. */
  const mustBeRight = async (req: Request, person: SignedIn, code: string, failed: string) => {
    await limit.takeCode(person.user.id);
    const how = await takeCode(deps, ids(person), code);
    if (how === null) {
      await note(person.mspId, person.user.id, failed, ipOf(req));
      throw wrongCode();
    }
    await limit.clearCode(person.user.id);
    return how;
  };
  /** So that an unlocked browser alone cannot tie the account to somebody else's phone. */
  const mustKnowPassword = async (req: Request, { mspId, user }: SignedIn, password: string) => {
    await limit.take(user.email, ipOf(req));
    const own = (await candidatesFor(pool, user.email)).find((each) => each.mspId === mspId && each.userId === user.id);
    if (own?.passwordHash === null)
      throw new DomainError(
        'INVALID_STATE',
        'You have no password here: you come in by single sign-on, where your second factor is asked for.',
      );
    if (!(await verifyPassword(own?.passwordHash ?? null, password))) {
      await note(mspId, user.id, 'second_factor.password_failed', ipOf(req));
      throw new DomainError('UNAUTHENTICATED', 'The password is not right.');
    }
    await limit.clear(user.email, ipOf(req));
  };
  /** A fresh token: the one that waited was never worth more than a question. Errors: UNAUTHENTICATED where the password counts no more. */
  const finish = async (req: Request, res: Response, person: SignedIn) => {
    const { mspId, userId } = ids(person);
    const token = await withTenant(pool, { mspId, clients: '*' }, async (tx) => {
      const worth = person.method === 'sso' ? 'sign_in' : await passwordWorthHeld(tx, mspId, userId);
      const old = tokenOf(req);
      if (old !== null) await deleteSignIn(tx, mspId, old);
      if (worth === 'nothing') return null;
      if (worth === 'emergency') await noteEmergency(tx, mspId, userId, ipOf(req));
      return insertSignIn(tx, mspId, userId, fromOf(req), null, person.method);
    });
    if (token === null) {
      await note(mspId, userId, 'sign_in.refused', ipOf(req), PASSWORD_REFUSED);
      throw new DomainError(
        'UNAUTHENTICATED',
        'Your organisation signs in through its identity provider only. Use that.',
      );
    }
    setSessionCookie(res, token, deps.secureCookies);
  };
  return router;
}

/** How the first step was done, as the audit log calls it. */
const wordsOf = ({ method }: SignedIn) => (method === 'sso' ? 'single sign-on' : 'password');
const ids = ({ mspId, user }: SignedIn) => ({ mspId, userId: user.id });
