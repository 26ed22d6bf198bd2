import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { type ErrorCode, isDomainError } from '@throughline/domain/errors';

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOKEN_USED: 410,
  TOKEN_EXPIRED: 410,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

export const statusOf = (code: ErrorCode): number => STATUS[code] ?? 400;

/** The one shape of refusals outside GraphQL: `{error: {code, message}}`. */
export function sendError(res: Response, status: number, code: ErrorCode | 'INTERNAL', message: string): void {
  res.status(status).json({ error: { code, message } });
}

/** Answers what a route threw: expected failures in their own words, anything else masked and logged. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    if (isDomainError(error)) return sendError(res, statusOf(error.code), error.code, error.message);
    // express.json and express.raw throw errors with a status and a type.
    const status = (error as { status?: unknown }).status;
    if (status === 413) return sendError(res, 413, 'TOO_LARGE', 'The request is too big. Send less at once.');
    if (typeof status === 'number' && status >= 400 && status < 500)
      return sendError(res, status, 'INVALID_INPUT', 'The request could not be read. Send valid JSON.');
    log.error({ err: error, method: req.method, route: req.baseUrl + (req.route?.path ?? '') }, 'a request failed');
    return sendError(res, 500, 'INTERNAL', 'Something went wrong on our side. Try again; the log has the details.');
  };
}
