import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_POLICY } from '../policy.ts';
import { SessionCase } from '../session-case.ts';
import { DEFAULT_SLA, type SlaPolicy, nextMark, startClock } from '../sla.ts';
import { dueAt } from './business-time.ts';
import { BusinessCalendar } from './calendar.ts';
import { zBusinessHours } from './hours.ts';

/* What SLA clocks of other products do wrong, each shown not to happen here. The ninth, one bad case that stops the others, is beside `npm run sla`. */

const at = (text: string) => Date.parse(text);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const T0 = at('2026-11-20T15:00:00Z');
const target = { warnMs: 90 * MINUTE, breachMs: 100 * MINUTE };
const dana = { kind: 'user' as const, id: 'dana' };
const nineToFive: [string, string][] = [['09:00', '17:00']];
const week = { mon: nineToFive, tue: nineToFive, wed: nineToFive, thu: nineToFive, fri: nineToFive };

function opened(sla: SlaPolicy = DEFAULT_SLA): SessionCase {
  const open = { clientId: 'c', endpointId: 'e', detailsText: 't', priority: 'normal' as const, by: dana };
  return SessionCase.open({ mspId: 'm', sessionId: 's' }, open, sla, true, T0).session;
}

describe('SLA clocks of other products', () => {
  it('F080 defect 1: a pause that begins before the last threshold loses it. Here it comes when the clock goes on', () => {
    const clock = startClock(T0);
    clock.warnedAt = T0 + 90 * MINUTE;
    clock.pauses = [{ from: T0 + 95 * MINUTE, until: null }];
    expect(nextMark('response', clock, target)).toBeNull();
    clock.pauses = [{ from: T0 + 95 * MINUTE, until: T0 + 300 * MINUTE }];
    expect(nextMark('response', clock, target)).toEqual({
      clock: 'response',
      mark: 'breach',
      dueAt: T0 + 305 * MINUTE,
    });
  });

  it('F080 defect 1: a pause half way skips the next threshold. Here none is skipped', () => {
    const clock = startClock(T0);
    clock.pauses = [{ from: T0 + 50 * MINUTE, until: T0 + 200 * MINUTE }];
    expect(nextMark('response', clock, target)).toMatchObject({ mark: 'warn', dueAt: T0 + 240 * MINUTE });
    clock.warnedAt = T0 + 240 * MINUTE;
    expect(nextMark('response', clock, target)).toMatchObject({ mark: 'breach', dueAt: T0 + 250 * MINUTE });
  });

  it('F080 defect 2: another priority kills the timer, 20 of 20. Here 20 of 20 go on, from the same start and pauses', () => {
    for (let minute = 0; minute < 20; minute++) {
      const session = opened();
      const { response } = session.state.clocks;
      response!.pauses = [{ from: T0, until: T0 + 5 * MINUTE }];
      session.setPriority('urgent', dana, null, T0 + minute * MINUTE);
      expect(response).toMatchObject({ startedAt: T0, warnedAt: null });
      expect(session.nextWake()).toBe(T0 + 15 * MINUTE);
      expect(session.wake(T0 + 15 * MINUTE)).toMatchObject([{ do: 'sla', mark: 'warn' }, { do: 'project' }]);
      expect(session.wake(T0 + 20 * MINUTE)).toMatchObject([{ do: 'sla', mark: 'breach' }, { do: 'project' }]);
    }
  });

  it('defect 3: eleven events a paused minute. Here a clock that stands still asks for no timer at all, for 90 days', () => {
    const session = opened();
    for (const clock of Object.values(session.state.clocks)) clock.pauses = [{ from: T0 + MINUTE, until: null }];
    expect(session.nextWake()).toBeNull();
    for (const clock of Object.values(session.state.clocks))
      clock.pauses = [{ from: T0 + MINUTE, until: T0 + MINUTE + 90 * DAY }];
    expect(session.nextWake()).toBe(T0 + 90 * DAY + DEFAULT_SLA.normal.response.warnMs);
  });

  it('defect 4: a pause over the weekend moves Monday 10:00 to Thursday. Here it moves nothing, for nobody worked then', () => {
    const calendar = new BusinessCalendar(zBusinessHours.parse({ zone: 'America/Chicago', hours: week }));
    const friday = at('2026-11-20T16:00:00-06:00');
    const weekend = { from: at('2026-11-20T17:00:00-06:00'), until: at('2026-11-23T08:00:00-06:00') };
    expect(dueAt(calendar, friday, 120)).toBe(at('2026-11-23T10:00:00-06:00'));
    expect(dueAt(calendar, friday, 120, [weekend])).toBe(at('2026-11-23T10:00:00-06:00'));
  });

  it('defect 4: each pause loses its seconds. Here twelve of 59.9 s put it off by 718.8 s', () => {
    const calendar = new BusinessCalendar(zBusinessHours.parse({ zone: 'UTC', hours: null }));
    const pauses = Array.from({ length: 12 }, (_, n) => ({ from: T0 + n * MINUTE, until: T0 + n * MINUTE + 59_900 }));
    expect(dueAt(calendar, T0, 60, pauses)).toBe(T0 + 60 * MINUTE + 718_800);
  });

  it('F080 defect 5: the breach is written where the first response belongs. Here both are kept', () => {
    const session = opened();
    const { warnMs, breachMs } = DEFAULT_SLA.normal.response;
    session.wake(T0 + warnMs);
    session.wake(T0 + breachMs);
    expect(session.state.clocks.response).toMatchObject({ breachedAt: T0 + breachMs, metAt: null });
    session.assign('jun', dana, null, T0 + breachMs + 7);
    session.start({ id: 'jun', any: false }, 'consent', 'hash', 'text', DEFAULT_POLICY, T0 + breachMs + 7_777);
    expect(session.state.clocks.response).toMatchObject({ breachedAt: T0 + breachMs, metAt: T0 + breachMs + 7_777 });
  });

  it('defect 6: holidays and hours from the database never match. Here what has another form is refused, and the right one closes the day', () => {
    const hours = (change: object) => zBusinessHours.safeParse({ zone: 'America/Chicago', hours: week, ...change });
    expect(hours({ holidays: [new Date('2026-12-25')] }).success).toBe(false);
    expect(hours({ holidays: ['2026-12-25T00:00:00Z'] }).success).toBe(false);
    expect(hours({ hours: { mon: [['09:00:00', '17:00:00']] } }).success).toBe(false);
    const closed = new BusinessCalendar(hours({ holidays: ['2026-12-25'] }).data!);
    expect(dueAt(closed, at('2026-12-24T16:30:00-06:00'), 60)).toBe(at('2026-12-28T09:30:00-06:00'));
  });

  it('F080 defect 7: an escalation at 110 % never fires. Here it is the mark after the breach', () => {
    const resolution = { warnMs: 90 * MINUTE, breachMs: 100 * MINUTE, escalateMs: 110 * MINUTE };
    const told = { ...resolution, tell: { escalate: ['manager' as const] } };
    const session = opened({ ...DEFAULT_SLA, normal: { ...DEFAULT_SLA.normal, resolution: told } });
    session.state.clocks.response!.metAt = T0;
    const marks = [90, 100, 110, 500].map((minute) => session.wake(T0 + minute * MINUTE)[0]);
    expect(marks.slice(0, 3)).toMatchObject([
      { mark: 'warn' },
      { mark: 'breach' },
      { mark: 'escalate', tell: ['manager'] },
    ]);
    expect(marks[3]).toBeUndefined();
    expect(session.state.clocks.resolution).toMatchObject({ escalatedAt: T0 + 110 * MINUTE, metAt: null });
  });

  it('defect 8: 525,600 steps for one deadline. Here ten years ahead ask the time zone once in three days', () => {
    // A getter that hands out a function bound to its format.
    const formats = Intl.DateTimeFormat.prototype;
    const before = Object.getOwnPropertyDescriptor(formats, 'format')!;
    onTestFinished(() => void Object.defineProperty(formats, 'format', before));
    let asked = 0;
    Object.defineProperty(formats, 'format', {
      ...before,
      get(this: Intl.DateTimeFormat) {
        const format = before.get!.call(this) as (at: number) => string;
        return (at: number) => {
          asked++;
          return format(at);
        };
      },
    });
    // A zone that nothing else in this file has asked about.
    const calendar = new BusinessCalendar(zBusinessHours.parse({ zone: 'Europe/Lisbon', hours: { mon: nineToFive } }));
    expect(dueAt(calendar, at('2026-01-01T00:00:00Z'), 10 * 52 * 8 * 60)).toBe(at('2035-12-17T17:00:00Z'));
    expect(asked).toBeGreaterThan(100);
    expect(asked).toBeLessThan((10 * 365.25) / 2);
  });
});
