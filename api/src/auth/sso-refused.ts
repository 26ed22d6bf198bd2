import type { SsoRefusal } from '@throughline/domain/sso-refusal';

/** A sign-in that ends at the sign-in page. `reason` is for the audit log: no token, no secret. */
export class SsoRefused extends Error {
  readonly why: SsoRefusal;
  readonly reason: string;
  /** Who the provider said it is, where it came so far. */
  readonly email: string | null;
  constructor(why: SsoRefusal, reason = '', options: ErrorOptions & { email?: string | null } = {}) {
    super(`single sign-on: ${why} ${reason}`.trim(), options);
    this.name = 'SsoRefused';
    this.why = why;
    this.reason = reason;
    this.email = options.email ?? null;
  }
}
