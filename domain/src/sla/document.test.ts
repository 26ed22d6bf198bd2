import { describe, expect, it } from 'vitest';
import { type SlaDocument, zSlaDocument } from './document.ts';
import { hoursOf, windowsOf } from './windows.ts';
import { minutesWords, slaChanges, slaLines } from './words.ts';

const office = { zone: 'America/Chicago', hours: { mon: [['09:00', '12:00'], ['13:00', '17:00']] } }; // prettier-ignore
const faults = (document: object) => {
  const parsed = zSlaDocument.safeParse(document);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
};
const withHours = (hours: object | null, more: object = {}) => faults({ hours: { ...office, hours, ...more } });

describe('an SLA document', () => {
  it('F080 may say nothing at all, or everything', () => {
    const targets = { response: 15, consent_wait: 0.5, resolution: 120 };
    const all = {
      normal: targets,
      urgent: targets,
      hours: office,
      warnPercent: 75,
      escalateAfterMinutes: 30,
      tellWarn: ['assignee'],
      tellBreach: ['assignee', 'dispatcher'],
      tellEscalate: ['manager'],
    };
    for (const good of [{}, all, { hours: { zone: 'UTC', hours: null } }]) expect(faults(good)).toEqual([]);
  });

  it.each([
    ['no minutes', { normal: { response: 0 } }, 'normal.response: A limit is more than 0 minutes.'],
    ['less than none', { urgent: { resolution: -5 } }, 'urgent.resolution: A limit is more than 0 minutes.'],
    ['no end', { normal: { response: 2e6 } }, 'normal.response: A limit is at most two years.'],
    ['an escalation at once', { escalateAfterMinutes: 0 }, 'escalateAfterMinutes: A limit is more than 0 minutes.'],
    ['a warning at the limit', { warnPercent: 100 }, 'warnPercent: A warning comes at 99 % of the limit or earlier.'],
    ['half a percent', { warnPercent: 50.5 }, 'warnPercent: Give the warning as whole percent.'],
  ])('F080 is refused with %s, in one line', (_what, document, fault) => expect(faults(document)).toEqual([fault]));

  it('F080 is refused with people who are none, nobody, or somebody twice', () => {
    expect(faults({ tellWarn: ['everyone'] })[0]).toContain('People to tell are: assignee, senior');
    expect(faults({ tellBreach: [] })[0]).toContain('Say whom to tell');
    expect(faults({ tellEscalate: ['senior', 'senior'] })).toHaveLength(1);
    expect(faults({ skip: true })).toHaveLength(1);
  });

  it('U51 is refused with hours that overlap, also past midnight and from Sunday into Monday', () => {
    const overlap = (one: string, other: string) => [`hours.hours: These hours overlap: ${one} and ${other}.`];
    expect(withHours({ mon: [['09:00', '12:00'], ['11:00', '17:00']] })).toEqual(overlap('Mon 09:00–12:00', 'Mon 11:00–17:00')); // prettier-ignore
    expect(withHours({ mon: [['22:00', '02:00'], ['23:00', '24:00']] })).toHaveLength(1); // prettier-ignore
    expect(withHours({ mon: [['22:00', '06:00']], tue: [['05:00', '09:00']] })).toEqual(overlap('Mon 22:00–06:00', 'Tue 05:00–09:00')); // prettier-ignore
    expect(withHours({ sun: [['22:00', '06:00']], mon: [['05:59', '09:00']] })).toEqual(overlap('Mon 05:59–09:00', 'Sun 22:00–06:00')); // prettier-ignore
    expect(withHours({ mon: [['09:00', '12:00'], ['12:00', '17:00']] })).toEqual([]); // prettier-ignore
    expect(withHours({ mon: [['22:00', '06:00']], tue: [['06:00', '09:00']] })).toEqual([]);
  });

  it('U51 is refused with hours that never are, of no known zone, or with a holiday that is none', () => {
    expect(withHours({})).toEqual(['hours.hours: These hours are never: give at least one interval.']);
    expect(withHours(null)).toEqual([]);
    expect(withHours(null, { zone: 'Mars/Olympus' })[0]).toContain('This time zone is not known');
    expect(withHours(null, { holidays: ['2026-02-30'] })[0]).toContain('Write a holiday as its date');
    expect(withHours(null, { holidays: ['2026-12-25', '2026-12-25'] })).toHaveLength(1);
    expect(withHours(hoursOf([{ days: [8], from: '09:00', to: '10:00' }]))[0]).toContain('There is no day 8');
  });

  it('gives its hours as windows of several days, and takes them back', () => {
    const hours = hoursOf([
      { days: [1, 2, 5], from: '09:00', to: '12:00' },
      { days: [5], from: '22:00', to: '06:00' },
    ]);
    expect(hours).toEqual({
      mon: [['09:00', '12:00']],
      tue: [['09:00', '12:00']],
      fri: [['09:00', '12:00'], ['22:00', '06:00']], // prettier-ignore
    });
    expect(hoursOf(windowsOf(hours))).toEqual(hours);
  });

  it('F133 tells a change in words, and nothing where nothing changed', () => {
    const before: SlaDocument = { normal: { response: 60 }, warnPercent: 75 };
    expect(slaChanges(before, before)).toEqual([]);
    const hours = zSlaDocument.parse({ hours: { ...office, holidays: ['2026-12-25'] } }).hours;
    const after: SlaDocument = { normal: { response: 30 }, tellEscalate: ['manager', 'senior'], hours };
    expect(slaChanges(before, after)).toEqual([
      'Normal, first response: 1 h → 30 min',
      'Business hours: not set here → Mon 09:00–12:00; Mon 13:00–17:00 (America/Chicago), 1 holiday',
      'Warns at: 75 % of the limit → not set here',
      'Told of an escalation: not set here → managers, seniors',
      'Holidays added: 2026-12-25',
    ]);
    const moved = zSlaDocument.parse({ hours: { ...office, holidays: ['2026-12-24'] } }).hours;
    expect(slaChanges(after, { ...after, hours: moved })).toEqual([
      'Holidays added: 2026-12-24',
      'Holidays taken away: 2026-12-25',
    ]);
    expect(slaLines({})).toHaveLength(14);
    expect([0.5, 1, 1.5, 2.5, 90, 480].map(minutesWords)).toEqual([
      '30 s',
      '1 min',
      '90 s',
      '2.5 min',
      '90 min',
      '8 h',
    ]);
  });
});
