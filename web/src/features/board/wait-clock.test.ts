import { describe, expect, it } from 'vitest';
import { at, sampleApproval } from '../../testing/samples.ts';
import { waitClock } from './wait-clock.ts';

const shown = { warnedAt: null, breachedAt: null, pausedAt: null, metAt: null };
/** The wait that lists show: since minute 5, near its limit at 15, over it at 20. */
const waits = { ...shown, name: 'consent_wait' as const, startedAt: at(5), warnAt: at(15), breachAt: at(20) };
const asked = (minute: number) =>
  sampleApproval({ kind: 'action', requestedAt: at(minute), expiresAt: at(minute + 100), decidedAt: null });

describe('F053 the clock of a waiting request', () => {
  it('is the session’s own for consent, and for the command that has waited longest', () => {
    expect(waitClock({ ...asked(5), kind: 'session' }, [waits])).toBe(waits);
    expect(waitClock(asked(5), [waits])).toBe(waits);
  });

  it('has the same limits for a command beside it, from its own beginning', () => {
    expect(waitClock(asked(8), [waits])).toMatchObject({ startedAt: at(8), warnAt: at(18), breachAt: at(23) });
  });

  it('runs against its expiry where the session says nothing of it', () => {
    const given = { ...waits, metAt: at(6) };
    for (const clocks of [[], [given]])
      expect(waitClock(asked(8), clocks)).toMatchObject({ startedAt: at(8), warnAt: at(58), breachAt: at(108) });
  });
});
