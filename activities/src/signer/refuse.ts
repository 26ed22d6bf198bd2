import { SignerRefusal } from '../envelope-signer.ts';
import type { RefusalCode } from './protocol.ts';

/** An order begins to be valid this long before it is made (clocks differ), and a runtime allows as much again. */
export const SKEW_MS = 60_000;

export function refuse(code: RefusalCode, message: string): never {
  throw new SignerRefusal(code, message);
}
