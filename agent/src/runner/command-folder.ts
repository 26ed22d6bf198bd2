import { join } from 'node:path';

/** The files of one command. The folder is prepared by a waiting runner and renamed to the command's id: the rename is the claim. */
export const commandFiles = (folder: string) => ({
  /** Which process is the runner (process-identity.ts). */
  runner: join(folder, 'runner.json'),
  journal: join(folder, 'journal.ndjson'),
  spool: join(folder, 'spool.bin'),
  /** Bytes of the spool that the server has stored, kept up to date loosely for the quota. */
  acked: join(folder, 'acked'),
  /** There when the command is to be cancelled. */
  cancel: join(folder, 'cancel'),
  /** Path of the command's control group, where it has one. */
  cgroup: join(folder, 'cgroup'),
  /** There while a command with an open input waits for an answer. */
  waits: join(folder, 'waits'),
  /** Named pipe from the runtime: answers for a command with an open input. */
  answers: join(folder, 'answers'),
  /** For the process that moves a file: its order, and the content on its way. */
  order: join(folder, 'order.json'),
  content: join(folder, 'content'),
  stdin: join(folder, 'stdin'),
  stdout: join(folder, 'stdout'),
  stderr: join(folder, 'stderr'),
});
export type CommandFiles = ReturnType<typeof commandFiles>;
