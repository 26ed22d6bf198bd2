import { z } from 'zod';
import { utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import type { CommandSpec, Risk } from './command.ts';
import { ACTION_CLASSES, type ActionClass, POLICY_SOURCES } from './policy.ts';

/** The rule of the organisation's policy by which something runs and nobody is asked: which, of whose policy, in which version. */
export const zUnattendedRule = z.strictObject({
  rule: z.string().max(20),
  level: z.enum(POLICY_SOURCES),
  version: z.number().int().nonnegative(),
});
export type UnattendedRule = z.infer<typeof zUnattendedRule>;

/**
 * An endpoint's word that the file its owner wrote lets a session run unattended. It takes the place of the person's consent, and is no
 * consent: nobody was asked. `hash`: the session's (action.ts consentHash); `fileHash`: SHA-256 of the owner's file as it was read.
 */
export const zUnattendedStatement = zUnattendedRule.extend({
  approvalId: z.string().min(1).max(64),
  hash: z.string().max(200),
  classes: z.array(z.enum(ACTION_CLASSES)).min(1).max(ACTION_CLASSES.length),
  fileHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** ms since the epoch, by the endpoint's clock. */
  at: z.number().int(),
});
export type UnattendedStatement = z.infer<typeof zUnattendedStatement>;

/** What the runtime signs of it. */
export const unattendedBytes = ({
  approvalId,
  hash,
  rule,
  level,
  version,
  classes,
  fileHash,
  at,
}: UnattendedStatement): Uint8Array =>
  utf8(
    `throughline/unattended/v1\n${canonicalJson({ approvalId, hash, rule, level, version, classes, fileHash, at })}`,
  );

/** The classes that must all be allowed for a command to run unattended. */
export const classesOf = (risk: Risk, runAs: CommandSpec['runAs']): ActionClass[] =>
  runAs.kind === 'runtime' ? [risk] : ['other_identity', risk];

/** Whether classes an owner allowed cover a command. What would be typed into an open input nobody has judged, so it never runs unattended. */
export const coversUnattended = (
  allowed: readonly ActionClass[],
  risk: Risk,
  { runAs, input }: Pick<CommandSpec, 'runAs' | 'input'>,
): boolean => input === undefined && classesOf(risk, runAs).every((of) => allowed.includes(of));
