import { z } from 'zod';
import { DomainError } from '@throughline/domain/errors';
import { LEAST_CHARACTERS, MOST_CHARACTERS } from './passwords.ts';

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Postgres keeps no NUL in text. */
const hasNoNul = (text: string): boolean => !text.includes('\0');
const NUL = 'A field holds a NUL character. Remove it.';

const zEmail = z.email('That is not an e-mail address.').max(254, 'That e-mail address is too long.');
const zNewPassword = z
  .string()
  .refine((text) => [...text].length >= LEAST_CHARACTERS, `The password needs at least ${LEAST_CHARACTERS} characters.`)
  .refine((text) => text.length <= MOST_CHARACTERS, `The password may have ${MOST_CHARACTERS} characters at most.`);
const zName = (what: string) =>
  z.string().refine(hasNoNul, NUL).trim().min(1, `${what} is missing.`).max(120, `${what} is too long.`);

export const zSignIn = z.object({
  email: z.string().max(254).refine(hasNoNul, NUL),
  password: z.string().max(MOST_CHARACTERS),
  /** The short name of the organisation whose sign-in page it was. */
  org: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,40}$/)
    .nullish()
    .catch(null),
});
export const zCode = z.object({ code: z.string().max(64).refine(hasNoNul, NUL) });

/** Whoever is signed in already says their password once more. */
export const zAgain = z.object({ password: z.string().max(MOST_CHARACTERS).default('') });

export const zPassword = z.object({ password: zNewPassword });
export const zFirstAdmin = z
  .object({
    mspName: zName('The name of your organisation'),
    timeZone: z.string().refine(isTimeZone, 'That time zone is not known. Choose one like Europe/Oslo.').default('UTC'),
    name: zName('Your name'),
    email: zEmail,
    password: zNewPassword,
  })
  .refine(
    (input) => input.password.toLowerCase() !== input.email.toLowerCase(),
    'The password must not be the e-mail address.',
  );

/** Parses a request's body; all faults are told at once. Errors: INVALID_INPUT. */
export function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  throw new DomainError('INVALID_INPUT', result.error.issues.map(wordsOf).join(' '));
}

/** Zod's own words for a missing field name the type only. */
function wordsOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? `The field ${issue.path.join('.')} is missing.` : issue.message;
}
