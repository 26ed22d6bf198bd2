import { describe, expect, it } from 'vitest';
import { businessMinutesBetween, dueAt } from './business-time.ts';
import { BusinessCalendar } from './calendar.ts';
import { type BusinessHours, zBusinessHours } from './hours.ts';

const at = (text: string) => Date.parse(text);
const calendar = (zone: string, hours: BusinessHours['hours'], ...holidays: string[]) =>
  new BusinessCalendar(zBusinessHours.parse({ zone, hours, holidays }));
const due = (hours: BusinessCalendar, start: string, minutes: number, ...pauses: [string, string | null][]) => {
  const found = dueAt(
    hours,
    at(start),
    minutes,
    pauses.map(([from, until]) => ({ from: at(from), until: until === null ? null : at(until) })),
  );
  return found === null ? null : new Date(found).toISOString().replace('.000Z', 'Z');
};

const nineToFive: [string, string][] = [['09:00', '17:00']];
const weekdays = { mon: nineToFive, tue: nineToFive, wed: nineToFive, thu: nineToFive, fri: nineToFive };
const office = calendar('America/Chicago', weekdays, '2026-12-25');
const roundTheClock = calendar('America/Chicago', null, '2026-12-25');

describe('business hours', () => {
  it('carry what is left of a day over to the next working day: Friday 16:30 and an hour is Monday 09:30 (U51)', () => {
    expect(due(office, '2026-11-20T22:30:00Z', 60)).toBe('2026-11-23T15:30:00Z');
  });

  it('stand still at lunch, outside a split shift, and on holidays', () => {
    const split = calendar('Europe/Zurich', {
      thu: [['13:00', '17:00'], ['09:00', '12:00']],
      fri: nineToFive,
      mon: nineToFive,
    }, '2026-12-25'); // prettier-ignore
    expect(due(split, '2026-12-24T10:30:00Z', 60)).toBe('2026-12-24T12:30:00Z');
    expect(due(split, '2026-12-24T15:30:00Z', 60)).toBe('2026-12-28T08:30:00Z');
  });

  it('end on the dot: due at an end is that end, not the next beginning', () => {
    expect(due(office, '2026-11-20T22:30:00Z', 30)).toBe('2026-11-20T23:00:00Z');
  });

  it('count to the millisecond', () => {
    expect(due(office, '2026-11-20T22:59:30.250Z', 1)).toBe('2026-11-23T15:00:30.250Z');
    expect(businessMinutesBetween(office, at('2026-11-20T22:59:30Z'), at('2026-11-23T15:00:15Z'))).toBe(0.75);
  });

  it('of a night belong, with their holiday, to the day on which they start', () => {
    const night: [string, string][] = [['22:00', '06:00']];
    const fridays = { mon: night, fri: night };
    expect(due(calendar('UTC', fridays), '2026-12-25T23:00:00Z', 120)).toBe('2026-12-26T01:00:00Z');
    // The Saturday is a holiday: what started on Friday goes on. The Friday is: nothing until Monday night.
    expect(due(calendar('UTC', fridays, '2026-12-26'), '2026-12-25T23:00:00Z', 120)).toBe('2026-12-26T01:00:00Z');
    expect(due(calendar('UTC', fridays, '2026-12-25'), '2026-12-25T23:00:00Z', 120)).toBe('2026-12-29T00:00:00Z');
  });

  it('take 24:00 as an end, and equal ends as a day and a night', () => {
    const late = calendar('UTC', { mon: [['18:00', '24:00']], wed: [['18:00', '18:00']] });
    expect(businessMinutesBetween(late, at('2026-11-23T00:00:00Z'), at('2026-11-25T00:00:00Z'))).toBe(6 * 60);
    expect(businessMinutesBetween(late, at('2026-11-25T00:00:00Z'), at('2026-11-27T00:00:00Z'))).toBe(24 * 60);
  });

  it('that overlap count once', () => {
    const twice = calendar('UTC', { mon: [['09:00', '12:00'], ['11:00', '13:00'], ['22:00', '02:00']], tue: [['01:00', '03:00']] }); // prettier-ignore
    expect(businessMinutesBetween(twice, at('2026-11-23T00:00:00Z'), at('2026-11-25T00:00:00Z'))).toBe(
      (4 + 2 + 3) * 60,
    );
  });

  it('round the clock know no holidays', () => {
    expect(due(roundTheClock, '2026-12-25T00:00:00Z', 90)).toBe('2026-12-25T01:30:00Z');
  });
});

describe('changes of the clocks', () => {
  const day = (zone: string, from: string, to: string, date: string) => {
    const all: [string, string][] = [[from, to]];
    const every = { sun: all, mon: all, tue: all, wed: all, thu: all, fri: all, sat: all };
    return businessMinutesBetween(
      calendar(zone, every),
      at(`${date}T12:00:00Z`) - 86_400_000,
      at(`${date}T12:00:00Z`) + 86_400_000,
    );
  };

  it('take the hour that spring skips, and give the one that autumn repeats', () => {
    expect(day('Europe/Zurich', '01:30', '04:00', '2026-03-29')).toBe(2 * 150 - 60);
    expect(day('Europe/Zurich', '01:30', '04:00', '2026-10-25')).toBe(2 * 150 + 60);
  });

  it('that lie a week apart are both seen', () => {
    // Recife had summer time from 8 to 15 October 2000, and not again.
    expect(day('America/Recife', '00:00', '01:00', '2000-10-08')).toBe(60);
    expect(day('America/Recife', '23:00', '24:00', '2000-10-14')).toBe(60 + 2 * 60);
  });

  it('at midnight, by half an hour, by a whole date and by odd seconds', () => {
    expect(day('America/Santiago', '00:00', '02:00', '2026-09-06')).toBe(2 * 120 - 60);
    expect(day('Australia/Lord_Howe', '01:00', '03:00', '2026-04-05')).toBe(2 * 120 + 30);
    // Apia went from Thursday 29 December 2011 to Saturday the 31st: that Friday's hours never were.
    const samoa = calendar('Pacific/Apia', { fri: [['00:00', '24:00']], sat: [['09:00', '10:00']] });
    expect(businessMinutesBetween(samoa, at('2011-12-30T00:00:00Z'), at('2012-01-01T00:00:00Z'))).toBe(60);
    // Monrovia was 44 minutes and 30 seconds behind until 1972.
    expect(due(calendar('Africa/Monrovia', { mon: nineToFive }), '1971-12-06T00:00:00Z', 1)).toBe(
      '1971-12-06T09:45:30Z',
    );
  });
});

describe('pauses', () => {
  it('may overlap, come in any order, and lie before the start', () => {
    const pauses: [string, string][] = [
      ['2026-11-23T16:00:00Z', '2026-11-23T17:00:00Z'],
      ['2026-11-19T00:00:00Z', '2026-11-20T00:00:00Z'],
      ['2026-11-23T15:30:00Z', '2026-11-23T16:30:00Z'],
      ['2026-11-23T15:45:00Z', '2026-11-23T15:50:00Z'],
      ['2026-11-23T18:00:00Z', '2026-11-23T18:00:00Z'],
    ];
    expect(due(office, '2026-11-23T15:00:00Z', 60, ...pauses)).toBe('2026-11-23T17:30:00Z');
  });

  it('that have not ended leave nothing to come, unless it came before', () => {
    expect(due(office, '2026-11-23T15:00:00Z', 60, ['2026-11-23T15:59:00Z', null])).toBeNull();
    expect(due(office, '2026-11-23T15:00:00Z', 60, ['2026-11-23T16:00:00Z', null])).toBe('2026-11-23T16:00:00Z');
  });
});

describe('nothing to wait for', () => {
  it('is due at the start, whatever the hours', () => {
    expect(due(office, '2026-11-22T03:00:00Z', 0, ['2026-11-01T00:00:00Z', null])).toBe('2026-11-22T03:00:00Z');
  });

  it('is null where no hours are, and found however rare they are', () => {
    expect(due(calendar('UTC', {}), '2026-11-20T00:00:00Z', 1)).toBeNull();
    expect(due(calendar('UTC', { mon: [] }), '2026-11-20T00:00:00Z', 1)).toBeNull();
    // A minute a week: 53 of them are more than a year.
    expect(due(calendar('UTC', { mon: [['09:00', '09:01']] }), '2026-01-01T00:00:00Z', 53)).toBe(
      '2027-01-04T09:01:00Z',
    );
    expect(due(roundTheClock, '2026-01-01T00:00:00Z', 1e15)).toBeNull();
  });
});
