import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { enrollRoute } from './agent-gateway/enroll-route.ts';
import { fileRoute } from './agent-gateway/file-route.ts';
import { releaseRoute } from './agent-gateway/release-route.ts';
import { approverRoutes } from './approver/approver-routes.ts';
import { linkRoutes } from './approval-link/link-routes.ts';
import { authRoutes } from './auth/auth-routes.ts';
import { requireOwnHeader } from './auth/csrf.ts';
import { callerOf } from './auth/viewer.ts';
import type { Deps } from './deps.ts';
import { downloadRoute } from './files/download-route.ts';
import { uploadRoute } from './files/upload-route.ts';
import type { Asker, Graphql } from './graphql/yoga.ts';
import { checkHealth } from './health.ts';
import { type Connected, metricsRoute } from './metrics.ts';
import { outputRoute } from './output-route.ts';
import { webhookRoute } from './psa/webhook-route.ts';
import { snapshotRoutes } from './snapshots/snapshot-routes.ts';

/** Every HTTP route of the api, in order: health first, then machines (webhooks, enrolment), then people. */
export function createApp(
  deps: Deps & { graphql: Graphql; connected: Connected; webDist: string | undefined; commandKeyFile: string },
): Express {
  const app = express();
  const webDist = deps.webDist !== undefined && existsSync(join(deps.webDist, 'index.html')) ? deps.webDist : undefined;
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback');
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: { scriptSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], upgradeInsecureRequests: null },
      },
      strictTransportSecurity: deps.publicUrl.startsWith('https:'),
      crossOriginEmbedderPolicy: false,
    }),
  );
  app.get('/healthz', (_req, res) => res.json({ ok: true }));
  app.get('/readyz', async (_req, res) => {
    const health = await checkHealth(deps);
    res.status(health.ok ? 200 : 503).json(health);
  });
  app.use(metricsRoute(deps));
  app.use(webhookRoute(deps));
  app.use(enrollRoute(deps));
  app.use(fileRoute(deps));
  app.use(releaseRoute(deps));
  app.use(requireOwnHeader);
  app.use(authRoutes({ ...deps, secureCookies: deps.publicUrl.startsWith('https:') }));
  app.use(approverRoutes(deps));
  app.use(linkRoutes(deps));
  app.use(snapshotRoutes({ ...deps, webDist }));
  app.use(outputRoute(deps));
  app.use(uploadRoute(deps));
  app.use(downloadRoute(deps));
  app.all(deps.graphql.graphqlEndpoint, (req, res) => deps.graphql(req, res, askerOf(deps, req, res)));
  if (webDist !== undefined) serveWeb(app, webDist);
  app.use(
    (_req, res) =>
      void res.status(404).json({ error: { code: 'NOT_FOUND', message: 'There is nothing at this address.' } }),
  );
  app.use((error: Error & { status?: number }, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const status = error.status !== undefined && error.status < 500 ? error.status : 500;
    if (status === 500) deps.log.error({ err: error }, 'a request failed');
    const message =
      status === 413
        ? 'This is too large to take.'
        : status < 500
          ? error.message
          : 'Something failed here. It has been logged.';
    res
      .status(status)
      .json({ error: { code: status === 413 ? 'TOO_LARGE' : status < 500 ? 'INVALID_INPUT' : 'INTERNAL', message } });
  });
  return app;
}

function askerOf(deps: Deps, req: Request, res: Response): Asker {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  const address = req.ip ?? 'unknown';
  return { caller: () => callerOf(deps.pool, req, address), address, gone: gone.signal };
}

/** The web app: hashed assets for ever, the page itself never cached, every route of its own the same page. */
function serveWeb(app: Express, dist: string): void {
  app.use('/assets', express.static(join(dist, 'assets'), { immutable: true, maxAge: '365d', fallthrough: false }));
  app.use(express.static(dist, { index: false, maxAge: 0 }));
  // The page of a mailed link: its address is a secret's, and belongs in no list and no cache.
  app.get('/answer', (_req, res) => {
    res
      .set('x-robots-tag', 'noindex, nofollow')
      .set('cache-control', 'no-store')
      .sendFile(join(dist, 'index.html'), { cacheControl: false });
  });
  app.get(/^\/(?!api\/|graphql|auth\/|webhooks\/|agent\/).*/, (_req, res) => {
    res.set('cache-control', 'no-cache').sendFile(join(dist, 'index.html'));
  });
}
