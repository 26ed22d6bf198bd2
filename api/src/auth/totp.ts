import { randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/* RFC 6238 as every authenticator app speaks it: SHA-1, six digits, 30 seconds. */

const SECONDS = 30;
/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const CODES = 10;
/** Without letters and digits that look alike. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

const totpOf = (secret: string, issuer = 'Throughline', label = '') =>
  new TOTP({ issuer, label, secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: SECONDS });

export const newSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/** What the QR code holds: `otpauth://totp/…`. */
export const uriOf = (secret: string, issuer: string, email: string): string =>
  totpOf(secret, issuer, email).toString();

/** The step a code belongs to, now or one to either side (clocks differ); null when it is no code of this secret. */
export function stepOf(secret: string, code: string, now: number): number | null {
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window: 1 });
  return delta === null ? null : Math.floor(now / 1000 / SECONDS) + delta;
}

/** `k7m2p-x9qwe`: about 49 bits each, enough for something argon2id keeps and a limit on tries guards. */
export function newRecoveryCodes(): string[] {
  const five = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return Array.from({ length: CODES }, () => `${five()}-${five()}`);
}

/** As people type them: blanks and the hyphen do not count, nor do capitals. */
export const plainCode = (typed: string): string => typed.replaceAll(/[\s-]/g, '').toLowerCase();
