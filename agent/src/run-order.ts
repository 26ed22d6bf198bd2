import { zRisk, zRunAs, zShell } from '@throughline/domain/command';
import { zFileTransfer } from '@throughline/domain/file-transfer';
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
  /*
   * What came later has a default: a journal written before it must stay readable.
   */
  /** stdout and stderr together; reached, the command is stopped. */
  maxOutputBytes: z.number().int().positive().nullable().default(null),
  limitedBy: z.enum(['order', 'owner']).nullable().default(null),
  /** Its input stays open for answers while it runs. */
  input: z.boolean().default(false),
  /** PowerShell's, as it will be in force. */
  executionPolicy: z.string().nullable().default(null),
  /** A file is moved instead of a script run. */
  file: zFileTransfer.nullable().default(null),
});
export type RunOrder = z.infer<typeof zRunOrder>;
