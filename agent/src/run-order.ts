import { zRisk, zRunAs, zShell } from '@throughline/domain/command';
import { z } from 'zod';

const zAccount = z.strictObject({
  name: z.string(),
  uid: z.number().int(),
  gid: z.number().int(),
  home: z.string(),
  shell: z.string(),
});

/** A checked command, ready for a runner: everything that could be refused has been looked at before. */
export const zRunOrder = z.strictObject({
  commandId: z.string(),
  sessionId: z.string(),
  technician: z.string(),
  risk: zRisk,
  runAs: zRunAs,
  shell: zShell,
  shellPath: z.string(),
  shellVersion: z.string(),
  script: z.string(),
  cwd: z.string(),
  /** The account to change to, null for the runtime's own. */
  account: zAccount.nullable(),
  timeoutMs: z.number().int(),
  /** May start until then, ms since the epoch. */
  notAfter: z.number().int(),
});
export type RunOrder = z.infer<typeof zRunOrder>;
