import { type AnsweredLinkOutcome, answeredLinkOutcome } from '@throughline/store/answered-link';
import { asLinkHolder } from '@throughline/store/approval-link-store';
import { DomainError } from '@throughline/domain/errors';
import express from 'express';
import { parsed } from '../auth/auth-input.ts';
import { deadLinkLimit } from '../auth/dead-link-limit.ts';
import { answerErrors } from '../auth/http-error.ts';
import type { Deps } from '../deps.ts';
import { lookAt, takeLinkAnswer, zLinkAnswer, zLook, zOutcome } from './link-desk.ts';

/** How long an answer waits for the computer's word, in ms. */
const JUDGED_WITHIN_MS = 10_000;

/**
 * What the page of a mailed link asks: `/api/approval-link/look` shows the question, `/api/approval-link/answer` answers it, once;
 * `/api/approval-link/outcome` tells the holder of a used one what became of their answer. The token comes in the body alone: it stands behind the # of the link, so that no log, no proxy and no mail scanner's GET ever has it. No cookie counts.
 */
export function linkRoutes(deps: Pick<Deps, 'pool' | 'hub' | 'publicUrl' | 'log'>): express.Router {
  const { pool, hub, log } = deps;
  const { origin } = new URL(deps.publicUrl);
  const limited = deadLinkLimit();
  const router = express.Router();
  router.use('/api/approval-link', (req, res, next) => {
    res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer').set('X-Robots-Tag', 'noindex, nofollow');
    const from = req.get('origin');
    if (from !== undefined && from !== origin)
      return next(new DomainError('FORBIDDEN', 'This comes from another site. Open the link as you got it.'));
    next();
  });
  router.use('/api/approval-link', express.json({ limit: '16kb' }));

  router.post('/api/approval-link/look', async (req, res) => {
    const { token, ...reader } = parsed(zLook, req.body);
    res.json(
      await limited(req.ip ?? 'unknown', () => asLinkHolder(pool, token, (tx, holder) => lookAt(tx, holder, reader))),
    );
  });

  router.post('/api/approval-link/answer', async (req, res) => {
    const answer = parsed(zLinkAnswer, req.body);
    const approvalId = await limited(req.ip ?? 'unknown', () =>
      asLinkHolder(pool, answer.token, (tx, holder) => takeLinkAnswer(tx, holder, answer)),
    );
    res.json(await judged(answer.token, approvalId));
  });

  /** For a phone that lost the reply, or whose answer the computer had not taken by then. */
  router.post('/api/approval-link/outcome', async (req, res) => {
    const { token } = parsed(zOutcome, req.body);
    res.json(await limited(req.ip ?? 'unknown', () => answeredLinkOutcome(pool, token)));
  });

  /** Waits a little for the computer's word on the answer. */
  async function judged(token: string, approvalId: string): Promise<Omit<AnsweredLinkOutcome, 'decision'>> {
    const until = performance.now() + JUDGED_WITHIN_MS;
    for (;;) {
      const left = until - performance.now();
      const news = hub.next((event) => event.k === 'approval' && event.a === approvalId, Math.max(0, left));
      const { counted, why } = await answeredLinkOutcome(pool, token);
      if (counted !== null || left <= 0) return { counted, why };
      await news;
    }
  }

  router.use('/api/approval-link', answerErrors(log));
  return router;
}
