import { describe, expect, it } from 'vitest';
import type { Risk } from './command.ts';
import { DEFAULT_POLICY, decide, zApprovalPolicy } from './policy.ts';

const asked = (risk: Risk, consent: boolean, otherIdentity: boolean) =>
  decide({ ...DEFAULT_POLICY, version: 7 }, { risk, consent, otherIdentity });

describe('the approval policy', () => {
  it.each([
    ['read_only', true, false, 'run', 'P-1'],
    ['change', true, false, 'ask', 'P-2'],
    ['destructive', true, false, 'ask', 'P-3'],
    ['read_only', true, true, 'ask', 'P-4'],
    ['change', true, true, 'ask', 'P-4'],
    ['destructive', true, true, 'ask', 'P-4'],
    ['read_only', false, false, 'refuse', 'P-0'],
    ['change', false, false, 'refuse', 'P-0'],
    ['destructive', false, true, 'refuse', 'P-0'],
  ] as const)('F041 F044 decides %s, consent %s, other account %s: %s by %s', (risk, consent, other, verdict, rule) => {
    expect(asked(risk, consent, other)).toMatchObject({ verdict, rule, version: 7 });
    expect(asked(risk, consent, other).words).toMatch(/\.$/);
  });

  it('is refused with unknown members, without a version, or with a time-out too short to answer in', () => {
    expect(zApprovalPolicy.safeParse(DEFAULT_POLICY).success).toBe(true);
    for (const changed of [
      { ...DEFAULT_POLICY, skip: true },
      { ...DEFAULT_POLICY, version: 0 },
      { ...DEFAULT_POLICY, approvalTimeoutMs: 9_999 },
    ])
      expect(zApprovalPolicy.safeParse(changed).success).toBe(false);
  });
});
