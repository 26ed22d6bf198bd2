/** Why somebody does not come in by single sign-on. The closed list; the sign-in page has the words for each. */
export const SSO_REFUSALS = [
  'not_begun_here',
  'provider_refused',
  'provider_silent',
  'not_believed',
  'unverified_email',
  'other_domain',
  'unknown_person',
  'tied_otherwise',
  'deactivated',
  'too_many',
  'off',
  'failed',
] as const;
export type SsoRefusal = (typeof SSO_REFUSALS)[number];

export const isSsoRefusal = (value: unknown): value is SsoRefusal =>
  (SSO_REFUSALS as readonly unknown[]).includes(value);
