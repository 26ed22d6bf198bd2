import { z } from 'zod';
import { zShell } from './command.ts';
import { ACTION_CLASSES } from './policy.ts';
import type { ProtocolVersion } from './protocol-version.ts';

/*
 * What an endpoint says of itself and of a command's start and end. Each comes in the exact form of each protocol version, for the wire,
 * and in one form that holds all of them, for the record: there, what came with a later version may be missing.
 */

export const id = z.string().min(1).max(64);
export const at = z.number().int();
/** What an endpoint says in words. No NUL: the store could not keep it, and what cannot be kept is refused here, with the field's name. */
export const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\0'), 'holds a NUL character');
export const short = words(4096);
/** A base64 Ed25519 signature is 88 characters. Capped hard: it travels into the workflow's history. */
export const signature = z.string().max(100);
export const publicKey = z.string().min(20).max(500);

const facts1 = z.strictObject({
  hostname: short,
  os: short,
  osVersion: short,
  arch: short,
  timeZone: short,
  users: z.array(short).max(64),
  shells: z.array(z.strictObject({ shell: zShell, path: short, version: short })).max(16),
  diskFreeBytes: z.number(),
  memoryBytes: z.number(),
  addresses: z.array(short).max(64),
  runtimeUser: short,
});
const factsSince2 = z.strictObject({
  /** Whose context "the signed-in user" would be now; null when nobody's. */
  consoleUser: short.nullable(),
  /** Whether commands can run as other accounts at all. */
  runAsOthers: z.boolean(),
  bootedAt: at,
  /** Whether the desktop at its own screen is locked; null where the system does not tell. Left out by earlier runtimes of this version. */
  screenLocked: z.boolean().nullable().optional(),
  /**
   * Named approvers as the computer has them: whose passkeys allow commands, each with the fingerprint of its public key, and since when the list
   * stands as it does. Left out where nobody's are pinned, and by earlier runtimes of this version.
   */
  pinned: z
    .strictObject({
      since: at,
      approvers: z.array(z.strictObject({ name: short, fingerprint: short })).max(50),
      /** The classes of commands that need one of them; left out: all do. */
      classes: z.array(z.enum(ACTION_CLASSES)).optional(),
    })
    .optional(),
  /** The owner's file lets an answer by a mailed link count. Left out where it does not, and by earlier runtimes of this version. */
  approvalLink: z.literal(true).optional(),
});

const start1 = z.strictObject({
  pid: z.number().int(),
  effectiveUser: short,
  cwd: short,
  shellPath: short,
  shellVersion: short,
  /** Absolute path of the script's first word, where it resolves to a file. */
  resolvedPath: short.nullable(),
  path: words(32_768),
  /** Names kept; values of secret-named variables are masked before they leave the endpoint. */
  environment: z.record(words(4096), words(32_768)),
  arch: short,
});
const startSince2 = z.strictObject({
  /** PowerShell's, as it was in force; null for shells that have none. */
  executionPolicy: short.nullable(),
});

export const zStreamSum = z.strictObject({ bytes: z.number().int().nonnegative(), sha256: z.string().length(64) });

const exit1 = z.strictObject({
  exitCode: z.number().int().nullable(),
  signal: short.nullable(),
  timedOut: z.boolean(),
  cancelled: z.boolean(),
  startedAt: at,
  finishedAt: at,
  stdout: zStreamSum,
  stderr: zStreamSum,
  /** The last frame's seq, 0 when there was no output. */
  lastSeq: z.number().int().nonnegative(),
  /** Head of the output chain (output-chain.ts), hexadecimal. */
  chainHead: z.string().length(64),
  pipeLeaked: z.boolean(),
  askedForInput: z.boolean(),
});
const exitSince2 = z.strictObject({
  /** Its output reached the limit of bytes that the order or the computer's owner set: it was stopped, and a remark says so. */
  outputLimited: z.boolean(),
  /** `$?` and `$LASTEXITCODE` behind the script; null for other shells, and for a script that called `exit` itself. */
  powershell: z.strictObject({ ok: z.boolean(), lastExitCode: z.number().int().nullable() }).nullable(),
});

export const zEndpointFacts = facts1.extend(factsSince2.partial().shape);
export const zCommandStart = start1.extend(startSince2.partial().shape);
export const zCommandExit = exit1.extend(exitSince2.partial().shape);
export type EndpointFacts = z.infer<typeof zEndpointFacts>;
export type CommandStart = z.infer<typeof zCommandStart>;
export type CommandExit = z.infer<typeof zCommandExit>;

const parts2 = {
  facts: facts1.extend(factsSince2.shape),
  start: start1.extend(startSince2.shape),
  exit: exit1.extend(exitSince2.shape),
};
/** The exact forms of a version. */
export const protocolParts = (version: ProtocolVersion): typeof parts2 =>
  // The older forms lack members that the newer type has; whoever reads what was parsed goes by the record's form, where they may be missing.
  version === 1 ? ({ facts: facts1, start: start1, exit: exit1 } as unknown as typeof parts2) : parts2;
