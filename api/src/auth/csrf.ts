import type { RequestHandler } from 'express';
import { sendError } from './http-error.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Signed by other means: a webhook by its signature, an agent by its key. Neither uses cookies. */
const WITHOUT_COOKIES = /^\/(webhooks|agent)\//;

/**
 * Refuses a request that changes something unless it carries `x-throughline: 1`. A page of another site cannot set that header
 * without the server's consent (CORS), so the cookie alone never does anything.
 */
export const requireOwnHeader: RequestHandler = (req, res, next) => {
  if (SAFE.has(req.method) || WITHOUT_COOKIES.test(req.path) || req.get('x-throughline') === '1') return next();
  sendError(
    res,
    403,
    'FORBIDDEN',
    'The request lacks the header "x-throughline: 1". Programs must send it with every POST.',
  );
};
