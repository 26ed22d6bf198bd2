import type { BusinessCalendar } from './calendar.ts';
import { type Pause, unpaused } from './span.ts';

const MINUTE = 60_000;
/** Instants are written with four digits for the year; no due date lies after this one. */
const LAST_INSTANT = Date.UTC(10_000, 0) - 1;

/** Business minutes outside pauses from one instant to another; a fraction when they are not whole. 0 when `end` is before `start`. */
export function businessMinutesBetween(
  calendar: BusinessCalendar,
  start: number,
  end: number,
  pauses: readonly Pause[] = [],
): number {
  let sum = 0;
  for (const span of unpaused(start, end, pauses))
    for (const [from, until] of calendar.spans(...span)) sum += until - from;
  return sum / MINUTE;
}

/**
 * The instant at which that many business minutes outside pauses have passed since `start`, exact to the millisecond; at the end of
 * an interval it is that end. For 0 minutes it is `start` itself, whatever the hours. Null when it cannot come: no hours at all, a
 * pause that has not ended, or later than the year 9999. Nothing nearer cuts the search: hours that recur each week are found.
 */
export function dueAt(
  calendar: BusinessCalendar,
  start: number,
  minutes: number,
  pauses: readonly Pause[] = [],
): number | null {
  let left = Math.round(minutes * MINUTE);
  if (left === 0) return start;
  for (const span of unpaused(start, LAST_INSTANT, pauses))
    for (const [from, until] of calendar.spans(...span)) {
      if (until - from >= left) return from + left;
      left -= until - from;
    }
  return null;
}
