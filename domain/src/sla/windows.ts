import { type QuietHours, quietWords } from '../policy/quiet-hours.ts';
import type { BusinessHours } from './hours.ts';

/** The days of a week as hours name them, from Monday. */
export const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** The same times on several days, as forms show them: 1 for Monday to 7 for Sunday. */
export type Windows = QuietHours['windows'];

/** Hours by day as windows of several days each. */
export function windowsOf(hours: NonNullable<BusinessHours['hours']>): Windows {
  const windows = new Map<string, Windows[number]>();
  WEEK.forEach((name, i) => {
    for (const [from, to] of hours[name] ?? []) {
      const key = `${from} ${to}`;
      const window = windows.get(key) ?? { days: [], from, to };
      window.days.push(i + 1);
      windows.set(key, window);
    }
  });
  return [...windows.values()];
}

/** Windows as hours by day. A day that is none is kept under its number, for the schema to refuse. */
export function hoursOf(windows: Windows): Record<string, [string, string][]> {
  const hours: Record<string, [string, string][]> = {};
  for (const { days, from, to } of windows)
    for (const day of days) (hours[WEEK[day - 1] ?? String(day)] ??= []).push([from, to]);
  return hours;
}

/** `Mon, Tue 09:00–17:00 (Europe/Zurich), 2 holidays`, or `round the clock`. */
export function hoursWords({ zone, hours, holidays }: BusinessHours): string {
  if (hours === null) return 'round the clock';
  const closed = holidays.length === 0 ? '' : `, ${holidays.length} ${holidays.length === 1 ? 'holiday' : 'holidays'}`;
  return `${quietWords({ zone, windows: windowsOf(hours) })}${closed}`;
}
