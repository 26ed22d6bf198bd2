import { parseEnvironment } from '@throughline/store/environment';
import { z } from 'zod';

const zEnv = z.object({
  DATABASE_URL: z.string().min(1),
  DATA_DIR: z.string().min(1),
  COMMAND_KEY_FILE: z.string().optional(),
  SIGNER_SOCKET: z.string().optional(),
  /** `660` where the worker is another account of a group that nobody else is in. */
  SIGNER_SOCKET_MODE: z.enum(['600', '660']).default('600'),
  /** Set by the supervisor of `npm start`, which holds our stdin open as long as it lives. */
  THROUGHLINE_SUPERVISED: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});
export type Env = z.infer<typeof zEnv>;

/** The signer's configuration. All faults are told at once. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  return parseEnvironment(zEnv, 'signer', source);
}
