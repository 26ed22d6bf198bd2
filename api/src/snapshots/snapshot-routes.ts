import { join } from 'node:path';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import { type OpenedSnapshot, openSnapshot, snapshotLink } from '@throughline/store/snapshot-link';
import express from 'express';
import { deadLinkLimit } from '../auth/dead-link-limit.ts';
import { answerErrors, statusOf } from '../auth/http-error.ts';
import type { Deps } from '../deps.ts';

const OVER = 'This snapshot has expired or was revoked. Ask whoever sent you the link for a new one.';

/**
 * What whoever has a snapshot's link may open, signed in or not: `/snapshots/:token` the page, `/snapshots/:token/copy` the copy as JSON.
 * 404 for a link that never worked, 410 for one that no longer does, both without content. Only GET; no cookie counts, and none is set.
 */
export function snapshotRoutes({
  pool,
  log,
  webDist,
}: Pick<Deps, 'pool' | 'log'> & { webDist: string | undefined }): express.Router {
  const byLink = deadLinkLimit();
  const router = express.Router();
  router.use('/snapshots', (_req, res, next) => {
    res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer').set('X-Robots-Tag', 'noindex, nofollow');
    next();
  });

  // express would answer it by the next one, as a view.
  router.head('/snapshots/:token/copy', async (req, res) => {
    const state = await byLink(req.ip ?? 'unknown', () => snapshotLink(pool, req.params.token));
    res.sendStatus(state === 'published' ? 200 : 410);
  });

  router.get('/snapshots/:token/copy', async (req, res) => {
    const opened = await byLink(req.ip ?? 'unknown', () => openSnapshot(pool, req.params.token));
    res.type('json').send(copyOf(opened));
  });

  // The app's own shell: what it shows it asks for as /copy. Looking at the page alone is no view: mail scanners do.
  router.get('/snapshots/:token', async (req, res, next) => {
    if (webDist === undefined) return next();
    const status = await byLink(req.ip ?? 'unknown', () => snapshotLink(pool, req.params.token))
      .then((state) => (state === 'published' ? 200 : 410))
      .catch((error: unknown) => {
        if (isDomainError(error)) return statusOf(error.code);
        throw error;
      });
    res.status(status).sendFile(join(webDist, 'index.html'), {
      ...{ cacheControl: false, etag: false, lastModified: false, acceptRanges: false },
    });
  });

  router.use('/snapshots', answerErrors(log));
  return router;
}

/** A SnapshotCopy. Its document is JSON as it was checked and published: it is not read again for each reader. */
function copyOf(opened: OpenedSnapshot): string {
  if (opened.state === 'over') throw new DomainError('TOKEN_EXPIRED', OVER);
  const [publishedAt, expiresAt] = [opened.publishedAt, opened.expiresAt].map((at) => JSON.stringify(at));
  return `{"document":${opened.document},"publishedAt":${publishedAt},"expiresAt":${expiresAt}}`;
}
