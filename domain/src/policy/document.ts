import { z } from 'zod';
import { type Risk, zRisk } from '../command.ts';
import { type ActionClass, POLICY_MODES, type PolicyMode, type PolicySource } from '../policy.ts';
import { quietWords, zQuietHours } from './quiet-hours.ts';

/** Of what may do more than read, `run` is no choice: without a yes of its own neither signer nor runtime lets it through. */
const gated = z
  .enum(
    ['unattended', 'ask', 'ask_approver', 'refuse'],
    'Choose between unattended, asking, asking a named approver and refusing: only reading may run by the consent to the session.',
  )
  .optional();
/** What becomes of a question that cannot well be put. */
const asked = z.enum(['ask', 'refuse'], 'Choose between asking and refusing.').optional();

/** What one level lays down. What it leaves out it says nothing about. */
export const zPolicyDocument = z.strictObject({
  read_only: z.enum(POLICY_MODES).optional(),
  change: gated,
  destructive: gated,
  other_identity: gated,
  /** The least class any command counts as. */
  riskFloor: zRisk.optional(),
  /** How long a request waits for an answer, in ms. Silence counts as no. */
  approvalTimeoutMs: z
    .number()
    .int('A request waits for whole milliseconds.')
    .min(10_000, 'A request waits for at least 10 seconds.')
    .max(7 * 86_400_000, 'A request waits for at most 7 days.')
    .optional(),
  quietHours: zQuietHours.optional(),
  /** What becomes of a question while nobody is signed in at the computer. */
  nobodySignedIn: asked,
  /** The same while several people are, and none of them alone sits at the screen. */
  severalPeople: asked,
  /** The same while the desktop at its screen is locked. */
  lockedScreen: asked,
  /** Strong mode: every command, also one that only reads, waits for a named approver's passkey, which the endpoint checks itself. */
  strong: z.literal(true, 'Strong mode is on, or nothing is said about it.').optional(),
});
export type PolicyDocument = z.infer<typeof zPolicyDocument>;

/** What a new client group starts with: the product's own rules, written out. */
export const FIRST_DOCUMENT: PolicyDocument = {
  read_only: 'run',
  change: 'ask',
  destructive: 'ask',
  other_identity: 'ask',
  riskFloor: 'read_only',
  approvalTimeoutMs: 30 * 60_000,
};

const CLASS_WORDS: Record<ActionClass, string> = {
  read_only: 'Commands that only read',
  change: 'Commands that change something',
  destructive: 'Commands that can destroy data',
  other_identity: 'Commands under another account',
};
const MODE_WORDS: Record<PolicyMode, string> = {
  unattended: 'run unattended where the computer’s owner allows it',
  run: 'run at once',
  ask: 'ask first',
  ask_approver: 'ask a named approver for a passkey, not the person there',
  refuse: 'are refused',
};
const RISK_WORDS: Record<Risk, string> = { read_only: 'read-only', change: 'a change', destructive: 'destructive' };
const UNSAID = 'not set here';
export const STRONG_WORDS = 'every command waits for a named approver’s passkey';

/** Whose policy it is, in the middle of a sentence. */
export const SOURCE_WORDS: Record<PolicySource, string> = {
  organisation: 'the organisation’s policy',
  client_group: 'the client group’s policy',
  client: 'the client’s policy',
  endpoint: 'the endpoint’s policy',
  built_in: 'Throughline’s own rules',
};

/** Said in the record and on every page of a session that no person allowed. */
export const unattendedWords = ({
  rule,
  level,
  version,
}: {
  rule: string;
  level: PolicySource;
  version: number;
}): string => `Policy: unattended, rule ${rule}, version ${version} of ${SOURCE_WORDS[level]}. Nobody was asked.`;

/** The document in words, one line for each thing it can say. */
export function policyLines(document: PolicyDocument): { what: string; says: string }[] {
  const mode = (said: PolicyMode | undefined) => (said === undefined ? UNSAID : MODE_WORDS[said]);
  const { riskFloor, approvalTimeoutMs, quietHours } = document;
  return [
    ...(['read_only', 'change', 'destructive', 'other_identity'] as const).map((of) => ({
      what: CLASS_WORDS[of],
      says: mode(document[of]),
    })),
    { what: 'Every command counts at least as', says: riskFloor === undefined ? UNSAID : RISK_WORDS[riskFloor] },
    { what: 'A question waits', says: approvalTimeoutMs === undefined ? UNSAID : spanWords(approvalTimeoutMs) },
    { what: 'Nobody is asked', says: quietHours === undefined ? UNSAID : quietWords(quietHours) },
    { what: 'Questions while nobody is signed in', says: mode(document.nobodySignedIn) },
    { what: 'Questions while several people are signed in', says: mode(document.severalPeople) },
    { what: 'Questions while the screen is locked', says: mode(document.lockedScreen) },
    { what: 'Strong mode', says: document.strong === true ? STRONG_WORDS : UNSAID },
  ];
}

/** What differs between two documents, a line for each difference; none where they say the same. */
export function policyChanges(before: PolicyDocument, after: PolicyDocument): string[] {
  const were = policyLines(before);
  return policyLines(after).flatMap(({ what, says }, i) => {
    const said = were[i]?.says ?? UNSAID;
    return said === says ? [] : [`${what}: ${said} → ${says}`];
  });
}

/** `30 min`, `10 s`, `24 h` */
export function spanWords(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}
