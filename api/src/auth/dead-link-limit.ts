import { DomainError, isDomainError } from '@throughline/domain/errors';
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Dead links from one address, before further dead ones are refused: guessing 256 bits is hopeless, and need not be free. */
const FREE_FAILURES = 60;
const FAILURES_FORGOTTEN_SECONDS = 10 * 60;

/** Does something by a link. Errors: what the work throws; RATE_LIMITED in the place of NOT_FOUND, once too many were dead. */
export type ByLink = <T>(address: string, work: () => Promise<T>) => Promise<T>;

/** Dead links are counted by address. A link that works is taken from everywhere: many people may stand behind one address. */
export function deadLinkLimit(): ByLink {
  const failures = new RateLimiterMemory({ points: FREE_FAILURES, duration: FAILURES_FORGOTTEN_SECONDS });
  return async (address, work) => {
    try {
      return await work();
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'NOT_FOUND') throw error;
      const { consumedPoints } = await failures.penalty(address);
      if (consumedPoints <= FREE_FAILURES) throw error;
      throw new DomainError('RATE_LIMITED', 'Too many links that do not work were tried from here. Wait ten minutes.');
    }
  };
}
