import { audit } from '@throughline/store/audit-store';
import { fingerprintOf } from '@throughline/domain/passkey';
import { registrationChallenge, registrationFault, zNewPasskey } from '@throughline/domain/passkey-registration';
import { DomainError } from '@throughline/domain/errors';
import { publishAsked } from '@throughline/store/asked-approver-store';
import { asHolder, keepPasskey, makeLink } from '@throughline/store/approver-store';
import { passkeyOf } from '@throughline/store/passkey-deps';
import { sha256 } from '@throughline/store/record-store';
import express from 'express';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { parsed } from '../auth/auth-input.ts';
import { answerErrors } from '../auth/http-error.ts';
import { deskOf, takeAnswer, zApproverAnswer } from './approver-desk.ts';
import { siteOf } from './site.ts';

/**
 * What a named approver's own pages ask: `/api/approver/register/:token` makes a passkey, once; `/api/approver/desk/:token` shows what waits and
 * takes answers. A link is no sign-in, and knowing one approves nothing: only the passkey does.
 */
export function approverRoutes(deps: { pool: Pool; publicUrl: string; log: Logger }): express.Router {
  const { pool, log } = deps;
  const site = siteOf(deps.publicUrl);
  const router = express.Router();
  router.use('/api/approver', (_req, res, next) => {
    res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
    next();
  });
  router.use('/api/approver', express.json({ limit: '32kb' }));

  router.get('/api/approver/register/:token', async (req, res) => {
    const { token } = req.params;
    const holder = await asHolder(pool, token, 'register', (_tx, found) => Promise.resolve(found));
    const { id, name, email, msp_name, client_name } = holder;
    const challenge = Buffer.from(registrationChallenge(sha256, token)).toString('base64');
    res.json({ userId: id, name, email, mspName: msp_name, clientName: client_name, challenge, ...site });
  });

  router.post('/api/approver/register/:token', async (req, res) => {
    const { token } = req.params;
    const made = parsed(zNewPasskey, req.body);
    const fault = registrationFault(sha256, site, registrationChallenge(sha256, token), made);
    const publicKey = Buffer.from(made.publicKey, 'base64');
    const desk = await asHolder(pool, token, 'register', async (tx, holder) => {
      if (fault !== null) throw new DomainError('INVALID_INPUT', fault);
      if (passkeyOf(publicKey) === null)
        throw new DomainError(
          'INVALID_INPUT',
          'This kind of passkey cannot be checked at the computers. Use another one.',
        );
      await keepPasskey(tx, holder, { credentialId: made.credentialId, publicKey });
      await publishAsked(tx, holder.msp_id, holder.client_id);
      const fingerprint = fingerprintOf(sha256, publicKey.toString('base64'));
      const what = { approver: holder.name, fingerprint, ip: req.ip ?? 'unknown' };
      await audit(tx, holder.msp_id, `approver ${holder.name}`, 'approver.registered', holder.client_name, what);
      return { token: await makeLink(tx, holder.msp_id, holder.id, 'desk'), fingerprint };
    });
    res.json(desk);
  });

  router.get('/api/approver/desk/:token', async (req, res) => {
    res.json(await asHolder(pool, req.params.token, 'desk', (tx, holder) => deskOf(tx, holder, site)));
  });

  router.post('/api/approver/desk/:token', async (req, res) => {
    const answer = parsed(zApproverAnswer, req.body);
    await asHolder(pool, req.params.token, 'desk', (tx, holder) => takeAnswer(tx, holder, site, answer));
    res.json({});
  });

  router.use('/api/approver', answerErrors(log));
  return router;
}
