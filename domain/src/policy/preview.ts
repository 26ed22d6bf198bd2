import type { Risk } from '../command.ts';
import { ACTION_CLASSES, type PolicyVerdict, decide, floored } from '../policy.ts';
import { type PolicyOfLevel, mergePolicies } from './merge.ts';
import { UNSEEN, policyNow } from './rulings.ts';

/** A command of the past, as far as a policy looks at it. */
export interface PastCommand {
  /** Its own class, before any policy's floor. */
  risk: Risk;
  otherIdentity: boolean;
  /** When it was proposed, in ms since the epoch. */
  at: number;
}

/** What policies would have said of it. Who was signed in then nobody knows any more, so what hangs on that is left out. */
export function judgePast({ risk, otherIdentity, at }: PastCommand, policies: readonly PolicyOfLevel[]): PolicyVerdict {
  const { policy } = policyNow(mergePolicies(policies), { at, ...UNSEEN });
  const question = { risk: floored(policy, risk), consent: true, otherIdentity };
  // What the endpoint's owner allows is not known here: told is what the policy says.
  const unattended = decide(policy, { ...question, unattended: ACTION_CLASSES });
  return unattended.verdict === 'unattended' ? unattended : decide(policy, question);
}
