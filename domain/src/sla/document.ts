import { z } from 'zod';
import { PAUSE_REASONS, TOLD } from '../sla.ts';
import { zBusinessHours } from './hours.ts';
import { type Span, merge } from './span.ts';
import { WEEK } from './windows.ts';

const TWO_YEARS = 2 * 366 * 24 * 60;
const DAY = 24 * 60;
const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const minutes = z
  .number({ error: 'Give a limit as a number of minutes.' })
  .positive({ error: 'A limit is more than 0 minutes.' })
  .max(TWO_YEARS, { error: 'A limit is at most two years.' })
  .optional();
const tell = z
  .array(z.enum(TOLD, { error: `People to tell are: ${TOLD.join(', ')}.` }))
  .min(1, { error: `Say whom to tell (${TOLD.join(', ')}), or leave it to the other levels.` })
  .refine((told) => new Set(told).size === told.length, { error: 'Name each of those who are told once.' })
  .optional();
const targets = z.strictObject({ response: minutes, consent_wait: minutes, resolution: minutes }).optional();

/** Hours that somebody wrote down on purpose: no minute of the week twice, and not none at all. */
const zPolicyHours = zBusinessHours.superRefine(({ hours, holidays }, context) => {
  const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (new Set(holidays).size < holidays.length) issue('holidays', 'Name each holiday once.');
  if (holidays.length > 400) issue('holidays', 'Give at most 400 holidays.');
  if (hours === null) return;
  const week = WEEK.flatMap((name, day) => (hours[name] ?? []).map((interval) => ({ day, interval })));
  if (week.length === 0) return issue('hours', 'These hours are never: give at least one interval.');
  if (week.length > 100) return issue('hours', 'Give at most 100 intervals a week.');
  const met = overlapOf(week);
  if (met !== null) issue('hours', `These hours overlap: ${met[0]} and ${met[1]}.`);
});

/** What one level lays down of what its clients are promised. What it leaves out it leaves to the levels above. */
export const zSlaDocument = z.strictObject({
  /** In business minutes. */
  normal: targets,
  urgent: targets,
  hours: zPolicyHours.optional(),
  /** A clock warns when so much of its limit is gone. */
  warnPercent: z
    .number({ error: 'Give the warning as a percentage of the limit.' })
    .int({ error: 'Give the warning as whole percent.' })
    .min(1, { error: 'A warning comes at 1 % of the limit or later.' })
    .max(99, { error: 'A warning comes at 99 % of the limit or earlier.' })
    .optional(),
  /** Business minutes past the limit. */
  escalateAfterMinutes: minutes,
  /** Business minutes in which whoever was given a session takes it up; after that it goes back into the queue. */
  acceptWithinMinutes: minutes,
  /** For what the clocks stand still; none: for nothing. */
  pauseWhile: z
    .array(z.enum(PAUSE_REASONS, { error: `Clocks stand still for: ${PAUSE_REASONS.join(', ')}.` }))
    .refine((reasons) => new Set(reasons).size === reasons.length, { error: 'Name each reason for a pause once.' })
    .optional(),
  tellWarn: tell,
  tellBreach: tell,
  tellEscalate: tell,
});
export type SlaDocument = z.infer<typeof zSlaDocument>;

interface Opening {
  day: number;
  interval: [string, string];
}

/** Two openings that share a minute of the week, in words; null when none do. */
function overlapOf(week: readonly Opening[]): [string, string] | null {
  for (const [i, one] of week.entries())
    for (const other of week.slice(i + 1)) {
      const spans = [...spansOf(one), ...spansOf(other)];
      if (lengthOf(merge(spans)) < lengthOf(spans)) return [wordsOf(one), wordsOf(other)];
    }
  return null;
}

/** In minutes of the week; what runs past Sunday night goes on at its beginning. */
function spansOf({ day, interval: [from, to] }: Opening): Span[] {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  const opens = day * DAY + start;
  const closes = day * DAY + (end > start ? end : end + DAY);
  const week = 7 * DAY;
  return closes <= week
    ? [[opens, closes]]
    : [
        [opens, week],
        [0, closes - week],
      ];
}

const wordsOf = ({ day, interval: [from, to] }: Opening): string => `${DAY_NAMES[day] ?? ''} ${from}–${to}`;

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return hour! * 60 + minute!;
}

const lengthOf = (spans: Span[]): number => spans.reduce((sum, [from, until]) => sum + until - from, 0);
