import { describe, expect, it } from 'vitest';
import { zSlaPolicy } from './policy.ts';

const tell = ['assignee', 'dispatcher'];
const target = { warn: { minutes: 10, tell }, breach: { minutes: 15, tell } };
const targets = { response: target, consent_wait: target, resolution: target };
const policy = {
  hours: { zone: 'America/Chicago', hours: { mon: [['09:00', '12:00'], ['13:00', '17:00']] }, holidays: [] }, // prettier-ignore
  normal: targets,
  urgent: { ...targets, resolution: { ...target, escalate: { minutes: 20, tell: ['manager'] } } },
};
const faults = (change: object) => {
  const parsed = zSlaPolicy.safeParse({ ...policy, ...change });
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
};
const withHours = (hours: object | null) => ({ hours: { ...policy.hours, hours } });
const withResponse = (response: object) => ({ normal: { ...targets, response } });

describe('an SLA policy', () => {
  it('becomes what the clocks of a session run by', () => {
    expect(zSlaPolicy.parse(policy)).toMatchObject({
      hours: { zone: 'America/Chicago' },
      normal: { response: { warnMs: 600_000, breachMs: 900_000, tell: { warn: tell, breach: tell } } },
      urgent: { resolution: { escalateMs: 1_200_000, tell: { escalate: ['manager'] } } },
    });
    expect(zSlaPolicy.parse(policy).normal.response.escalateMs).toBeUndefined();
  });

  it('is refused with hours that overlap, that never are, or of no known zone', () => {
    const overlap = [['09:00', '12:00'], ['11:00', '17:00']]; // prettier-ignore
    expect(faults(withHours({ mon: overlap }))).toEqual(['hours.hours.mon: These intervals overlap.']);
    expect(faults(withHours({ mon: [['22:00', '02:00'], ['23:00', '24:00']] }))).toHaveLength(1); // prettier-ignore
    expect(faults(withHours({ mon: [['09:00', '12:00'], ['12:00', '17:00']] }))).toEqual([]); // prettier-ignore
    expect(faults(withHours({}))).toEqual(['hours.hours: These hours are never: give at least one interval.']);
    expect(faults(withHours(null))).toEqual([]);
    expect(faults({ hours: { ...policy.hours, zone: 'Mars/Olympus' } })[0]).toContain('This time zone is not known');
  });

  it('is refused with limits of no minutes, in the wrong order, or told to nobody', () => {
    const { warn, breach } = target;
    expect(faults(withResponse({ warn: { ...warn, minutes: 0 }, breach }))).toEqual([
      'normal.response.warn.minutes: A limit is more than 0 minutes.',
    ]);
    expect(faults(withResponse({ warn: { ...warn, minutes: 15 }, breach }))).toEqual([
      'normal.response: The warning comes before the breach.',
    ]);
    expect(faults(withResponse({ warn, breach, escalate: warn }))).toEqual([
      'normal.response: An escalation comes after the warning.',
    ]);
    expect(faults(withResponse({ warn: { ...warn, tell: [] }, breach }))[0]).toContain('Say whom to tell');
    expect(faults(withResponse({ warn: { ...warn, tell: ['everyone'] }, breach }))).toHaveLength(1);
  });
});
