import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCKS, DEFAULT_SLA, nextMark, startClock } from './sla.ts';

const target = { warnMs: 60_000, breachMs: 120_000 };

describe('an SLA clock', () => {
  it('F052 warns, then breaches, then is silent', () => {
    const clock = startClock(1_000);
    expect(nextMark('response', clock, target)).toEqual({ clock: 'response', mark: 'warn', dueAt: 61_000 });
    clock.warnedAt = 61_500;
    expect(nextMark('response', clock, target)).toEqual({ clock: 'response', mark: 'breach', dueAt: 121_000 });
    clock.breachedAt = 121_000;
    expect(nextMark('response', clock, target)).toBeNull();
  });

  it('stops for good once it is met', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat()), fc.option(fc.nat()), (metAt, warnedAt, breachedAt) => {
        expect(nextMark('resolution', { startedAt: 0, metAt, warnedAt, breachedAt }, target)).toBeNull();
      }),
    );
  });

  it('has targets in the right order for every clock and priority', () => {
    for (const priority of ['normal', 'urgent'] as const)
      for (const clock of CLOCKS) {
        const { warnMs, breachMs } = DEFAULT_SLA[priority][clock];
        expect(warnMs).toBeGreaterThan(0);
        expect(breachMs).toBeGreaterThan(warnMs);
      }
    for (const clock of CLOCKS)
      expect(DEFAULT_SLA.urgent[clock].breachMs).toBeLessThan(DEFAULT_SLA.normal[clock].breachMs);
  });
});
