import { createHash, randomBytes } from 'node:crypto';

/** A fresh 256-bit token in URL-safe text. It is shown once; only its hash is kept. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** SHA-256 is enough here: the token is random, so there is nothing to guess from its hash. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();
