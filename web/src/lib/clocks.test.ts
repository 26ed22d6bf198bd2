import { describe, expect, it } from 'vitest';
import type { ClockFieldsFragment } from '../graphql/generated/operations.ts';
import { readClock } from './clocks.ts';

const start = Date.UTC(2026, 4, 19, 13, 0);
const iso = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
const clock = (over: Partial<ClockFieldsFragment> = {}): ClockFieldsFragment => ({
  name: 'consent_wait',
  startedAt: iso(0),
  warnAt: iso(15),
  breachAt: iso(30),
  metAt: null,
  warnedAt: null,
  breachedAt: null,
  pausedAt: null,
  ...over,
});
const at = (minutes: number) => start + minutes * 60_000;

describe('F079 an SLA clock', () => {
  it('runs grey before the warn mark', () => {
    expect(readClock(clock(), at(3))).toMatchObject({ state: 'running', text: '3:00', share: 0.1, warnShare: 0.5 });
  });
  it('turns amber exactly at the warn mark', () => {
    expect(readClock(clock(), at(15) - 1).state).toBe('running');
    expect(readClock(clock(), at(15)).state).toBe('warn');
  });
  it('counts up past the limit', () => {
    expect(readClock(clock(), at(30))).toMatchObject({ state: 'over', text: '+0:00', share: 1 });
    expect(readClock(clock(), at(31.4))).toMatchObject({ state: 'over', text: '+1:24' });
  });
  it('keeps both facts when it was met after the limit', () => {
    expect(readClock(clock({ metAt: iso(40) }), at(90))).toMatchObject({ state: 'met', text: '40:00', late: true });
    expect(readClock(clock({ metAt: iso(1) }), at(90))).toMatchObject({ state: 'met', late: false });
  });
});
