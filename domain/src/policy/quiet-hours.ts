import { z } from 'zod';

const DAY = 'Days are 1 for Monday to 7 for Sunday.';
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write times like 08:30.');

/** Hours of the week in which nobody is asked. */
export const zQuietHours = z.strictObject({
  /** An IANA time zone, whose clock the windows mean. */
  zone: z.string().max(64).refine(isZone, 'Choose a time zone such as America/Chicago.'),
  windows: z
    .array(
      z.strictObject({
        /** Days it begins on, 1 for Monday to 7 for Sunday. */
        days: z
          .array(z.number().int(DAY).min(1, DAY).max(7, DAY))
          .min(1, 'Choose at least one day.')
          .max(7)
          .refine((days) => new Set(days).size === days.length, 'Name each day once.'),
        from: clock,
        /** Before `from` it is of the next day; the same as `from`: a whole day. */
        to: clock,
      }),
    )
    .min(1, 'Quiet hours need at least one window of time.')
    .max(20, 'Quiet hours have at most 20 windows of time.'),
});
export type QuietHours = z.infer<typeof zQuietHours>;

/** Whether a moment, in ms since the epoch, lies in quiet hours. Its start does, its end does not. */
export function isQuiet({ zone, windows }: QuietHours, at: number): boolean {
  const { day, minute } = localTime(zone, at);
  const dayBefore = day === 1 ? 7 : day - 1;
  return windows.some(({ days, from, to }) => {
    const [start, end] = [minutes(from), minutes(to)];
    if (start < end) return days.includes(day) && minute >= start && minute < end;
    return (days.includes(day) && minute >= start) || (days.includes(dayBefore) && minute < end);
  });
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** `Mon, Tue 18:00–08:00; Sun 00:00–00:00 (America/Chicago)` */
export const quietWords = ({ zone, windows }: QuietHours): string =>
  `${windows
    .map(({ days, from, to }) => {
      const names = [...days].sort((a, b) => a - b).map((day) => DAYS[day - 1]);
      return `${names.length === 7 ? 'every day' : names.join(', ')} ${from}–${to}`;
    })
    .join('; ')} (${zone})`;

function localTime(zone: string, at: number): { day: number; minute: number } {
  const parts = clockOf(zone).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return {
    day: DAYS.findIndex((name) => name === part('weekday')) + 1,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/** Made once a zone: making one costs more than a thousand questions to it. */
const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(zone, made);
  return made;
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
