import { describe, expect, it } from 'vitest';
import { FIRST_DOCUMENT, policyChanges, policyLines, spanWords, zPolicyDocument } from './document.ts';

const quietHours = { zone: 'Europe/Berlin', windows: [{ days: [6, 7], from: '00:00', to: '00:00' }] };

describe('a policy document', () => {
  it('may say nothing at all, or everything', () => {
    for (const good of [{}, FIRST_DOCUMENT, { ...FIRST_DOCUMENT, quietHours, nobodySignedIn: 'refuse' }])
      expect(zPolicyDocument.safeParse(good).success).toBe(true);
  });

  it.each([
    ['an unknown member', { skip: true }],
    ['changes that run unasked', { change: 'run' }],
    ['another account that runs unasked', { other_identity: 'run' }],
    ['a wait too short to answer in', { approvalTimeoutMs: 9_999 }],
    ['a wait without an end', { approvalTimeoutMs: 8 * 86_400_000 }],
    ['a zone that is none', { quietHours: { ...quietHours, zone: 'Mars/Base' } }],
    ['quiet hours without a window', { quietHours: { ...quietHours, windows: [] } }],
    ['a day that is none', { quietHours: { ...quietHours, windows: [{ days: [8], from: '00:00', to: '01:00' }] } }],
    ['a day twice', { quietHours: { ...quietHours, windows: [{ days: [1, 1], from: '00:00', to: '01:00' }] } }],
    ['a time that is none', { quietHours: { ...quietHours, windows: [{ days: [1], from: '24:00', to: '01:00' }] } }],
  ])('is refused with %s, in words', (_what, bad) => {
    const { success, error } = zPolicyDocument.safeParse(bad);
    expect(success).toBe(false);
    expect(error?.issues[0]?.message).toMatch(/\w/);
  });

  it('F133 tells a change in words, and nothing where nothing changed', () => {
    expect(policyChanges(FIRST_DOCUMENT, FIRST_DOCUMENT)).toEqual([]);
    const { read_only, ...rest } = FIRST_DOCUMENT;
    expect(read_only).toBe('run');
    expect(
      policyChanges(FIRST_DOCUMENT, { ...rest, destructive: 'refuse', approvalTimeoutMs: 90_000, quietHours }),
    ).toEqual([
      'Commands that only read: run at once → not set here',
      'Commands that can destroy data: ask first → are refused',
      'A question waits: 30 min → 90 s',
      'Nobody is asked: not set here → Sat, Sun 00:00–00:00 (Europe/Berlin)',
    ]);
    expect(policyLines({})).toHaveLength(11);
    expect([10_000, 60_000, 5_400_000, 86_400_000].map(spanWords)).toEqual(['10 s', '1 min', '90 min', '24 h']);
  });
});
