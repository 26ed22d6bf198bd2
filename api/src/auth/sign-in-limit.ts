import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '@throughline/domain/errors';

const FAILURES = 10;
const WINDOW_SECONDS = 15 * 60;

/** Slows guessing: ten failures for an e-mail address from one address in 15 minutes, then a wait. */
export interface SignInLimit {
  /** Counts an attempt before it is made, so that many at once cannot slip through. Errors: RATE_LIMITED. */
  take(email: string, ip: string): Promise<void>;
  /** A right password clears the count. */
  clear(email: string, ip: string): Promise<void>;
}

export function createSignInLimit(): SignInLimit {
  const limiter = new RateLimiterMemory({ points: FAILURES, duration: WINDOW_SECONDS });
  const key = (email: string, ip: string) => `${email.toLowerCase()} ${ip}`;
  return {
    async take(email, ip) {
      try {
        await limiter.consume(key(email, ip));
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal;
        const minutes = Math.max(1, Math.ceil((refusal as RateLimiterRes).msBeforeNext / 60_000));
        const words = `Too many wrong passwords. Wait ${minutes} minute${minutes === 1 ? '' : 's'}, then try again.`;
        throw new DomainError('RATE_LIMITED', words, { minutes });
      }
    },
    async clear(email, ip) {
      await limiter.delete(key(email, ip));
    },
  };
}
