import type { BusinessHours } from './hours.ts';
import { type Span, merge } from './span.ts';
import { Zone } from './zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** From Sunday, as the days are counted below. */
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** The pieces of the intervals that start on one weekday, in milliseconds after its midnight and after the next one. */
interface DayHours {
  today: Span[];
  tomorrow: Span[];
}

/**
 * Business hours in their time zone, by wall-clock time: an instant is business time when the local time that a clock on the wall
 * shows then lies in an interval. So hours that a spring change skips are not there, and an hour that autumn repeats counts twice.
 * An interval past midnight belongs to the date on which it starts, also if that date itself was skipped.
 */
export class BusinessCalendar {
  /** No interval in any week: business time never comes. */
  readonly empty: boolean;
  /** Round the clock needs no zone, and asks for none. */
  private readonly zone: Zone | null;
  private readonly week: DayHours[] | null;
  private readonly holidays: Set<number>;
  private readonly merged = new Map<number, Span[]>();

  /** Takes hours that their schema has passed. Throws a RangeError when the zone is not known here. */
  constructor({ zone, hours, holidays }: BusinessHours) {
    this.zone = hours === null ? null : Zone.named(zone);
    this.week = hours === null ? null : WEEKDAYS.map((day) => split(hours[day] ?? []));
    this.empty = this.week?.every(({ today }) => today.length === 0) ?? false;
    this.holidays = new Set(holidays.map((date) => Date.parse(date) / DAY));
  }

  /** The business time from one instant to another, in order. Lazy: `until` may be far away. */
  *spans(from: number, until: number): Generator<Span> {
    if (this.week === null || this.zone === null) {
      if (from < until) yield [from, until];
      return;
    }
    if (this.empty) return;
    for (const stretch of this.zone.stretches(from, until)) {
      const begins = stretch.from + stretch.offset;
      const ends = stretch.until + stretch.offset;
      for (let day = Math.floor(begins / DAY); day * DAY < ends; day++) {
        for (const [opens, closes] of this.hoursOf(day, this.week)) {
          const start = Math.max(day * DAY + opens, begins);
          const end = Math.min(day * DAY + closes, ends);
          if (start < end) yield [start - stretch.offset, end - stretch.offset];
        }
      }
    }
  }

  /** Of a local date, counted in days since 1970-01-01 (a Thursday). */
  private hoursOf(day: number, week: DayHours[]): Span[] {
    const weekday = (((day + 4) % 7) + 7) % 7;
    const open = !this.holidays.has(day);
    const openBefore = !this.holidays.has(day - 1);
    const key = weekday * 4 + Number(open) * 2 + Number(openBefore);
    let spans = this.merged.get(key);
    if (spans === undefined) {
      const own = open ? week[weekday]!.today : [];
      const rest = openBefore ? week[(weekday + 6) % 7]!.tomorrow : [];
      this.merged.set(key, (spans = merge([...own, ...rest])));
    }
    return spans;
  }
}

function split(intervals: [string, string][]): DayHours {
  const hours: DayHours = { today: [], tomorrow: [] };
  for (const interval of intervals) {
    const [from, to] = interval.map(sinceMidnight) as [number, number];
    hours.today.push([from, to > from ? to : DAY]);
    if (to <= from) hours.tomorrow.push([0, to]);
  }
  return hours;
}

function sinceMidnight(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return (hour! * 60 + minute!) * MINUTE;
}
