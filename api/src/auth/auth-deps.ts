import type { BlockList } from 'node:net';
import type express from 'express';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Seal } from '@throughline/store/seal';
import type { SignInFrom } from '@throughline/store/sign-in-store';

/** What signing in needs, whichever way it goes. */
export interface AuthDeps {
  pool: Pool;
  seal: Seal;
  publicUrl: string;
  /** Private networks that a provider of single sign-on may lie in. */
  webhookNetworks: BlockList;
  log: Logger;
  /** True when people come over https; a Secure cookie would be dropped on plain http. */
  secureCookies: boolean;
}

/** Writes an act of a person into the audit log. */
export type Note = (
  mspId: string,
  userId: string,
  action: string,
  ip: string,
  details?: Record<string, unknown>,
) => Promise<void>;

/** The audit log's words for a right password that counts for nothing. */
export const PASSWORD_REFUSED = { with: 'password', why: 'single sign-on only' };

/** Where a request comes from, as the list of sign-ins tells it. */
export const fromOf = (req: express.Request): SignInFrom => ({
  address: req.ip ?? '',
  agent: req.get('user-agent') ?? '',
});
