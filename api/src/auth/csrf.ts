import type { Request, RequestHandler } from 'express';
import { sendError } from './http-error.ts';
import { hasBearer } from './viewer.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Signed by other means: a webhook by its signature, an agent by its key. Neither uses cookies. */
const WITHOUT_COOKIES = /^\/(webhooks|agent)\//;

/** An API token: no browser sends one by itself, and with one the cookies count for nothing. Only GraphQL takes them. */
const byToken = (req: Request): boolean => req.path === '/graphql' && hasBearer(req);

/**
 * Refuses a request that changes something unless it carries `x-throughline: 1`. A page of another site cannot set that header
 * without the server's consent (CORS), so the cookie alone never does anything.
 */
export const requireOwnHeader: RequestHandler = (req, res, next) => {
  if (SAFE.has(req.method) || WITHOUT_COOKIES.test(req.path) || byToken(req) || req.get('x-throughline') === '1')
    return next();
  sendError(
    res,
    403,
    'FORBIDDEN',
    'The request lacks the header "x-throughline: 1". Programs must send it with every POST.',
  );
};
