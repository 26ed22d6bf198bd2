import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationsOf } from './session-durations.ts';

describe('F017 how the time of a session was spent', () => {
  it('splits the wait for the consent, the work, and a wait for a risky command', () => {
    const session = { openedAt: 0, consentAt: 300, completedAt: 1000 };
    const waits = [
      { from: 100, until: 300 },
      { from: 500, until: 600 },
    ];
    expect(durationsOf(session, waits, 9999)).toEqual({
      totalMs: 1000,
      waitingForApprovalMs: 300,
      activeMs: 600,
      idleMs: 100,
    });
  });
  it('counts two requests at a time as one wait, and an open one up to now', () => {
    const session = { openedAt: 0, consentAt: 100, completedAt: null };
    const waits = [
      { from: 0, until: 100 },
      { from: 200, until: 400 },
      { from: 300, until: null },
    ];
    expect(durationsOf(session, waits, 500)).toEqual({
      totalMs: 500,
      waitingForApprovalMs: 400,
      activeMs: 100,
      idleMs: 0,
    });
  });
  it('has no work in it where the consent never came', () => {
    expect(durationsOf({ openedAt: 0, consentAt: null, completedAt: 90 }, [{ from: 10, until: 90 }], 0)).toEqual({
      totalMs: 90,
      waitingForApprovalMs: 80,
      activeMs: 0,
      idleMs: 10,
    });
  });
  it('adds up, with no part below zero, whatever the times', () => {
    const time = fc.integer({ min: 0, max: 1000 });
    const stretch = fc.record({ from: time, until: fc.option(time) });
    fc.assert(
      fc.property(
        time,
        fc.option(time),
        fc.option(time),
        fc.array(stretch),
        time,
        (openedAt, consentAt, end, waits, now) => {
          const spent = durationsOf({ openedAt, consentAt, completedAt: end }, waits, now);
          expect(spent.waitingForApprovalMs + spent.activeMs + spent.idleMs).toBe(spent.totalMs);
          expect(Math.min(...Object.values(spent))).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
