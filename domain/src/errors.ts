/** The closed list of failures a person or program can be told about. Everything else is a bug and is masked. */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_INPUT',
  'INVALID_STATE',
  'CONFLICT',
  'APPROVAL_REQUIRED',
  'APPROVAL_DENIED',
  'APPROVAL_EXPIRED',
  'ALREADY_DECIDED',
  'POLICY_DENIED',
  'REASON_REQUIRED',
  'AGENT_OFFLINE',
  'TOO_LARGE',
  'RATE_LIMITED',
  'TOKEN_USED',
  'TOKEN_EXPIRED',
  'UNKNOWN_OUTCOME',
  'UNAVAILABLE',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected failure. `message` tells the reader what happened and what to do next; it is shown as it stands. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  constructor(
    code: ErrorCode,
    message: string,
    details: Record<string, string | number | boolean> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'DomainError';
    this.code = code;
    this.details = details;
  }
}

/** `instanceof` breaks across the workflow sandbox, so identity is by name and code. */
export function isDomainError(error: unknown): error is DomainError {
  return error instanceof Error && error.name === 'DomainError' && 'code' in error;
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (ERROR_CODES as readonly string[]).includes(value);
}

/** The same words for "does not exist" and "not yours", so that an answer never reveals another client's data. */
export const notFound = (what: string): DomainError =>
  new DomainError('NOT_FOUND', `${what} not found, or you have no access to it.`);
