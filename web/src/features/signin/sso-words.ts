import { type SsoRefusal, isSsoRefusal } from '@throughline/domain/sso-refusal';

/** Why a single sign-on ended here, and what to do. Only a word comes with the address: nobody can put a text of theirs on this page. */
const WORDS: Record<SsoRefusal, string> = {
  not_begun_here: 'That sign-in was not begun in this browser, took too long, or was used already. Begin again.',
  provider_refused: 'Your identity provider did not let you in. Try again, or ask who looks after it.',
  provider_silent: 'Your identity provider does not answer. Try again in a moment.',
  not_believed: 'What your identity provider answered does not hold. Begin again; if it stays so, tell your admin.',
  unverified_email:
    'Your identity provider has not verified your e-mail address, so it cannot tell whose account is yours.',
  other_domain: 'Your e-mail address is of a domain that your organisation does not let in.',
  unknown_person: 'Nobody here has your e-mail address. Ask an admin of your organisation to add you.',
  tied_otherwise: 'Another account at the identity provider stands for this person already. Ask an admin to untie it.',
  deactivated: 'Your account here is not active any more. Ask an admin of your organisation.',
  too_many: 'Too many sign-ins from your network that went wrong. Wait a minute, then try again.',
  off: 'Single sign-on is not set up here.',
  failed: 'Something went wrong on our side. Try again; the log has the details.',
};

export const ssoWords = (why: unknown): string | null => (isSsoRefusal(why) ? WORDS[why] : null);
