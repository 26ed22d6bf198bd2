import { parseEnvironment } from '@throughline/store/environment';
import { zMailSettings, zWebhookNetworks } from '@throughline/store/outbound-settings';
import { z } from 'zod';

const zEnv = z.object({
  DATABASE_URL: z.string().min(1),
  DATA_DIR: z.string().min(1),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_API_KEY: z.string().optional(),
  TEMPORAL_TLS: z.enum(['true', 'false']).default('false'),
  SIGNER_SOCKET: z.string().optional(),
  WORKFLOW_BUNDLE: z.string().optional(),
  MEILI_URL: z.string().optional(),
  MEILI_KEY: z.string().optional(),
  PUBLIC_URL: z.string().default('http://127.0.0.1:8080'),
  ...zMailSettings,
  WEBHOOK_NETWORKS: zWebhookNetworks,
  /** Set by the supervisor of `npm start`, which holds our stdin open as long as it lives. */
  THROUGHLINE_SUPERVISED: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});
export type Env = z.infer<typeof zEnv>;

/** The worker's configuration. All faults are told at once. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  return parseEnvironment(zEnv, 'worker', source);
}
