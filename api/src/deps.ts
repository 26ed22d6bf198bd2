import type { BlockList } from 'node:net';
import type { SearchBackend } from '@throughline/store/search/search-backend';
import type { Seal } from '@throughline/store/seal';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { EventHub } from './live/event-hub.ts';
import type { RiskAssessor } from './risk/risk-parser.ts';
import type { SecretDesk } from './sessions/secret-desk.ts';
import type { Scrubber } from './snapshots/scrubber.ts';
import type { SessionClient } from './temporal/session-client.ts';

/** What the use-cases of this process share. */
export interface Deps {
  pool: Pool;
  sessions: SessionClient;
  hub: EventHub;
  risk: RiskAssessor;
  search: SearchBackend;
  seal: Seal;
  /** What was typed as secret and is on its way to a command. */
  secrets: SecretDesk;
  scrubber: Scrubber;
  publicUrl: string;
  /** Whether the worker has a mail server to send by. */
  mails: boolean;
  /** Private networks that outbound webhooks may reach. */
  webhookNetworks: BlockList;
  /** The most one transferred file may hold. */
  maxFileBytes: number;
  log: Logger;
}
