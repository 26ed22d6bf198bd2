import { DomainError } from '@throughline/domain/errors';
import pLimit from 'p-limit';
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Failures that cost nothing yet, per what is counted. An account alone gets more: else anybody could lock anybody out. */
const FREE = { pair: 10, account: 50, address: 100, code: 5 };
type What = keyof typeof FREE;
/** The first pause; every further failure doubles it. */
const FIRST_PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 60 * 60;
/** How long failures are remembered. */
const MEMORY_SECONDS = 24 * 60 * 60;

/** Slows guessing: after some failures a pause, which grows with each further one. Counts live in this process. */
export interface SignInLimit {
  /** Counts an attempt before it is made, so that many at once cannot slip through. Errors: RATE_LIMITED. */
  take(email: string, address: string): Promise<void>;
  /** A right password clears the counts of this account from this address. */
  clear(email: string, address: string): Promise<void>;
  /** The same where no account is known yet: a sign-in that comes back from elsewhere. */
  takeAddress(address: string): Promise<void>;
  clearAddress(address: string): Promise<void>;
  /** The same for the codes of one person, from wherever: who gets here knows the password. */
  takeCode(userId: string): Promise<void>;
  clearCode(userId: string): Promise<void>;
}

/** The pause after the nth failure in seconds; 0 for none. */
export function pauseSeconds(failures: number, free: number): number {
  if (failures < free) return 0;
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(failures - free, 20), LONGEST_PAUSE_SECONDS);
}

export function createSignInLimit(): SignInLimit {
  const failures = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: MEMORY_SECONDS });
  const pauses = new RateLimiterMemory({ points: 1, duration: LONGEST_PAUSE_SECONDS });

  // One look and count at a time: of many at once, each sees the pause that the one before it brought.
  const oneAtATime = pLimit(1);
  const takeNow = async (keys: [What, string][], what: string) => {
    for (const [kind, key] of keys) {
      const pause = await pauses.get(`${kind} ${key}`);
      if (pause !== null) throw tooMany(what, pause.msBeforeNext);
    }
    for (const [kind, key] of keys) {
      const { consumedPoints } = await failures.penalty(`${kind} ${key}`);
      const seconds = pauseSeconds(consumedPoints, FREE[kind]);
      if (seconds > 0) await pauses.block(`${kind} ${key}`, seconds);
    }
  };
  const take = (keys: [What, string][], what: string) => oneAtATime(() => takeNow(keys, what));
  const clear = async (kind: What, key: string) => {
    await failures.delete(`${kind} ${key}`);
    await pauses.delete(`${kind} ${key}`);
  };
  const pairOf = (email: string, address: string) => `${email.trim().toLowerCase()} ${address}`;
  return {
    take: (email, address) =>
      take(
        [
          ['pair', pairOf(email, address)],
          ['account', email.trim().toLowerCase()],
          ['address', address],
        ],
        'passwords',
      ),
    async clear(email, address) {
      await clear('pair', pairOf(email, address));
      // One failure fewer, not a clean slate: whoever has one account could else try others without end.
      await failures.reward(`account ${email.trim().toLowerCase()}`);
      await failures.reward(`address ${address}`);
    },
    takeAddress: (address) => take([['address', address]], 'sign-ins'),
    async clearAddress(address) {
      await failures.reward(`address ${address}`);
    },
    takeCode: (userId) => take([['code', userId]], 'codes'),
    clearCode: (userId) => clear('code', userId),
  };
}

function tooMany(what: string, ms: number): DomainError {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  const words = `Too many wrong ${what}. Wait ${minutes} minute${minutes === 1 ? '' : 's'}, then try again.`;
  return new DomainError('RATE_LIMITED', words, { minutes });
}
