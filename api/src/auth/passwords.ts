import { hash, verify } from '@node-rs/argon2';

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. argon2id is the package's default algorithm. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const LEAST_CHARACTERS = 12;
/** Longer input only costs time. */
export const MOST_CHARACTERS = 256;

export const hashPassword = (password: string): Promise<string> => hash(password, COST);

/** Made once a process, of a password nobody has, to be compared with when there is no account. */
let decoy: Promise<string> | null = null;

/**
 * Whether a password is right. With no hash (unknown address, or no password chosen yet) it takes as long and is false, so
 * that the time of an answer does not tell whether an account exists.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (passwordHash !== null) return verify(passwordHash, password);
  decoy ??= hashPassword('the password of nobody at all');
  await verify(await decoy, password);
  return false;
}
