import { z } from 'zod';
import { fileScript, zFileTransfer } from './file-transfer.ts';

/** What a command may do. Order matters: later is worse. */
export const RISKS = ['read_only', 'change', 'destructive'] as const;
export const zRisk = z.enum(RISKS);
export type Risk = z.infer<typeof zRisk>;

export const worseRisk = (a: Risk, b: Risk): Risk => (RISKS.indexOf(a) >= RISKS.indexOf(b) ? a : b);

export const SHELLS = ['bash', 'sh', 'pwsh', 'powershell', 'cmd'] as const;
export const zShell = z.enum(SHELLS);
export type Shell = z.infer<typeof zShell>;

/** The account a command is to run under. Anything but the runtime's own account is an approval of its own. */
export const zRunAs = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('runtime') }),
  z.strictObject({ kind: z.literal('logged_in_user') }),
  z.strictObject({ kind: z.literal('account'), name: z.string().min(1).max(128) }),
]);
export type RunAs = z.infer<typeof zRunAs>;

export const runAsText = (runAs: RunAs): string =>
  runAs.kind === 'account' ? runAs.name : runAs.kind === 'runtime' ? 'the runtime’s own account' : 'the signed-in user';

/** Longest script taken, in bytes of UTF-8. Bigger work belongs in a file transfer. */
export const MAX_SCRIPT_BYTES = 64 * 1024;
export const DEFAULT_TIMEOUT_MS = 10 * 60_000;
export const MAX_TIMEOUT_MS = 24 * 3_600_000;

const spec = z.strictObject({
  shell: zShell,
  script: z
    .string()
    .refine((s) => s.trim().length > 0, 'The command is empty. Type something to run.')
    .refine((s) => !s.includes('\0'), 'The command holds a NUL character, which no shell can take. Remove it.')
    .refine(
      (s) => new TextEncoder().encode(s).length <= MAX_SCRIPT_BYTES,
      `The command is over ${MAX_SCRIPT_BYTES} bytes. Send a file and run that instead.`,
    ),
  cwd: z
    .string()
    .max(4096)
    .refine((s) => !s.includes('\0'), 'The working directory holds a NUL character.')
    .nullable(),
  runAs: zRunAs,
  timeoutMs: z.number().int().min(1_000).max(MAX_TIMEOUT_MS),
  /** Left out: no limit. Reached: the command is stopped, and the record says so. Needs a runtime of protocol 2. */
  maxOutputBytes: z.number().int().positive().optional(),
  /** Its input stays open: the technician may answer it while it runs. Left out: it reads nothing. Needs a runtime of protocol 2. */
  input: z.literal(true).optional(),
  /** A file is sent or fetched instead of a script run; `script` says so in words, `shell` is not used. Needs a runtime of protocol 2. */
  file: zFileTransfer.optional(),
});
export const zCommandSpec = spec.refine(
  ({ file, script, cwd, input, maxOutputBytes }) =>
    file === undefined ||
    (script === fileScript(file) && cwd === null && input === undefined && maxOutputBytes === undefined),
  'A file transfer is told in its own words, and runs nothing. Choose the file again.',
);
/** Exactly what is to run: an approval is bound to the hash of these fields. */
export type CommandSpec = z.infer<typeof zCommandSpec>;

export const COMMAND_STATES = [
  'proposed',
  'refused',
  'waiting_approval',
  'denied',
  'queued',
  'dispatched',
  'running',
  'completed',
  'completed_with_errors',
  'failed',
  'timed_out',
  'cancelled',
  'expired_unsent',
  'outcome_unknown',
] as const;
export const zCommandState = z.enum(COMMAND_STATES);
export type CommandState = z.infer<typeof zCommandState>;

const FINAL: ReadonlySet<CommandState> = new Set([
  'refused',
  'denied',
  'completed',
  'completed_with_errors',
  'failed',
  'timed_out',
  'cancelled',
  'expired_unsent',
  'outcome_unknown',
]);
export const isFinal = (state: CommandState): boolean => FINAL.has(state);

/** What the endpoint said of a finished command. */
export interface CommandEnding {
  exitCode: number | null;
  signal: string | null;
  stderrBytes: number;
  timedOut: boolean;
  cancelled: boolean;
  outputLimited?: boolean | undefined;
}

/** The verdict shown to people. Exit 0 with error output is never plain success. */
export function verdictOf(ending: CommandEnding): CommandState {
  if (ending.timedOut) return 'timed_out';
  if (ending.cancelled) return 'cancelled';
  if (ending.outputLimited === true || ending.exitCode !== 0) return 'failed';
  return ending.stderrBytes > 0 ? 'completed_with_errors' : 'completed';
}
