import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Encrypts secrets at rest (PSA signing secrets) with the installation's key: AES-256-GCM, a fresh 12-byte nonce each, layout nonce || tag || text. */
export interface Seal {
  seal(text: string): Buffer;
  open(sealed: Buffer): string;
  /** 32 bytes that follow from the key, a purpose and a name, and that nobody can tell without the key (HMAC-SHA-256). */
  derive(purpose: string, name: string): Buffer;
}

export function createSeal(key: Buffer): Seal {
  if (key.length !== 32) throw new RangeError('The sealing key must have 32 bytes');
  return {
    seal(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
    },
    derive: (purpose, name) => createHmac('sha256', key).update(`throughline/${purpose}\n${name}`, 'utf8').digest(),
  };
}
