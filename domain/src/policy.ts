import { z } from 'zod';
import type { Risk } from './command.ts';

/** What a client group lays down. Read when a command is proposed, and named with its version in the record. */
export const zApprovalPolicy = z.strictObject({
  version: z.number().int().positive(),
  /** The least class any command counts as. `change` makes even reading ask. */
  riskFloor: z.enum(['read_only', 'change', 'destructive']),
  /** How long a request waits for an answer, in ms. Silence counts as no. */
  approvalTimeoutMs: z.number().int().min(10_000),
});
export type ApprovalPolicy = z.infer<typeof zApprovalPolicy>;

export const DEFAULT_POLICY: ApprovalPolicy = { version: 1, riskFloor: 'read_only', approvalTimeoutMs: 30 * 60_000 };

export type PolicyVerdict = { verdict: 'run' | 'ask' | 'refuse'; rule: string; version: number; words: string };

export interface PolicyQuestion {
  risk: Risk;
  /** Whether the person at the endpoint allowed the session, and has not taken that back. */
  consent: boolean;
  /** Whether it runs under another identity than the runtime's own. */
  otherIdentity: boolean;
}

/** Decides whether a command runs, asks first, or is refused, and names the rule. */
export function decide(policy: ApprovalPolicy, question: PolicyQuestion): PolicyVerdict {
  const verdict = (v: PolicyVerdict['verdict'], rule: string, words: string): PolicyVerdict => ({
    verdict: v,
    rule,
    version: policy.version,
    words,
  });
  if (!question.consent)
    return verdict('refuse', 'P-0', 'Nothing runs before the person at the device allowed the session.');
  if (question.otherIdentity)
    return verdict('ask', 'P-4', 'Runs under another account, so the person at the device is asked first.');
  switch (question.risk) {
    case 'read_only':
      return verdict('run', 'P-1', 'Only reads. Covered by the consent to the session.');
    case 'change':
      return verdict('ask', 'P-2', 'Changes something, so the person at the device is asked first.');
    case 'destructive':
      return verdict('ask', 'P-3', 'Can destroy data, so the person at the device is asked first.');
  }
}
