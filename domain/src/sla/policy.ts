import { z } from 'zod';
import { type ClockTarget, type SlaPolicy, TOLD } from '../sla.ts';
import { zBusinessHours } from './hours.ts';
import { type Span, merge } from './span.ts';

const MINUTE = 60_000;
const TWO_YEARS = 2 * 366 * 24 * 60;

/** A threshold: after so many business minutes, these are told. */
const zThreshold = z.strictObject({
  minutes: z
    .number({ error: 'Give the minutes as a number.' })
    .positive({ error: 'A limit is more than 0 minutes.' })
    .max(TWO_YEARS, { error: 'A limit is at most two years.' }),
  tell: z
    .array(z.enum(TOLD), { error: `Give whom to tell: ${TOLD.join(', ')}.` })
    .min(1, { error: `Say whom to tell: ${TOLD.join(', ')}.` }),
});

const zTarget = z
  .strictObject({ warn: zThreshold, breach: zThreshold, escalate: zThreshold.optional() })
  .refine(({ warn, breach }) => warn.minutes < breach.minutes, { error: 'The warning comes before the breach.' })
  .refine(({ warn, escalate }) => escalate === undefined || escalate.minutes > warn.minutes, {
    error: 'An escalation comes after the warning.',
  })
  .transform(({ warn, breach, escalate }): ClockTarget => ({
    warnMs: warn.minutes * MINUTE,
    breachMs: breach.minutes * MINUTE,
    tell: { warn: warn.tell, breach: breach.tell, ...(escalate && { escalate: escalate.tell }) },
    ...(escalate && { escalateMs: escalate.minutes * MINUTE }),
  }));

const zTargets = z.strictObject({ response: zTarget, consent_wait: zTarget, resolution: zTarget });

/** Hours that somebody wrote down on purpose: none that say the same time twice, and not none at all. */
const zPolicyHours = zBusinessHours.superRefine(({ hours }, context) => {
  if (hours === null) return;
  const days = Object.entries(hours);
  if (days.every(([, intervals]) => intervals.length === 0))
    context.addIssue({
      code: 'custom',
      path: ['hours'],
      message: 'These hours are never: give at least one interval.',
    });
  for (const [day, intervals] of days) {
    const spans = intervals.map(inMinutes);
    if (lengthOf(merge(spans)) < lengthOf(spans))
      context.addIssue({ code: 'custom', path: ['hours', day], message: 'These intervals overlap.' });
  }
});

/**
 * What a client group is promised, as a person writes it: business hours, and for each priority and clock when to warn, when the
 * promise is broken, when to escalate, and whom to tell. Becomes the policy that a session's clocks run by.
 */
export const zSlaPolicy = z
  .strictObject({ hours: zPolicyHours, normal: zTargets, urgent: zTargets })
  .transform((policy): SlaPolicy => policy);

function inMinutes([from, to]: [string, string]): Span {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  return [start, end > start ? end : end + 24 * 60];
}

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return hour! * 60 + minute!;
}

const lengthOf = (spans: Span[]): number => spans.reduce((sum, [from, until]) => sum + until - from, 0);
