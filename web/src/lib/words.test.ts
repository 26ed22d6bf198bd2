import { OWNER_RULE } from '@throughline/domain/policy/strong-rule';
import { describe, expect, it } from 'vitest';
import { policyText } from './words.ts';

describe('words', () => {
  it('F049 say whose word judged a command', () => {
    expect(policyText('client_group', 3, 'P-2')).toBe('client group policy v3');
    expect(policyText('built_in', 0, 'P-2')).toBe('built-in policy');
    expect(policyText(null, 2, null)).toBe('policy v2');
    // It is recorded beside the built-in policy, which has no part in it.
    expect(policyText('built_in', 0, OWNER_RULE)).toBe('the computer’s owner');
  });
});
