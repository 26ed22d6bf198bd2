/**
 * What the SLA arithmetic is measured against: asks the clock on the wall, one minute after the other, and counts. It is slow, it
 * knows no offsets and no changes of them, and it shares no code with what it judges.
 */
export interface OracleCase {
  zone: string;
  hours: Partial<Record<string, [string, string][]>> | null;
  holidays: string[];
  start: number;
  minutes: number;
  pauses: [number, number | null][];
}

interface Wall {
  date: string;
  time: string;
  weekday: string;
}

const ORDER = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const zones = new Map<string, { format: Intl.DateTimeFormat; seen: Map<number, Wall> }>();
const weekdays = new Map<string, string>();

/** Remembers the walls it has seen lately: the next minute's question asks for most of them again. */
function wallAt(zone: string, at: number): Wall {
  let known = zones.get(zone);
  if (known === undefined) zones.set(zone, (known = { format: formatOf(zone), seen: new Map() }));
  let wall = known.seen.get(at);
  if (wall === undefined) {
    // Swedes write 2026-11-20 23:30:00.
    const [date = '', time = ''] = known.format.format(at).split(' ');
    wall = { date, time, weekday: weekdayOf(date) };
    if (known.seen.size > 20_000) known.seen.clear();
    known.seen.set(at, wall);
  }
  return wall;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
}

function weekdayOf(date: string): string {
  let weekday = weekdays.get(date);
  if (weekday === undefined) weekdays.set(date, (weekday = ORDER[new Date(`${date}T00:00:00Z`).getUTCDay()]!));
  return weekday;
}

const dayBefore = (date: string) => new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/** Text against text: "09:00:00" lies in "09:00" to "17:00", "17:00:00" does not. */
function isBusiness({ hours, holidays }: OracleCase, { date, time, weekday }: Wall): boolean {
  if (hours === null) return true;
  if (!holidays.includes(date))
    for (const [from, to] of hours[weekday] ?? [])
      if (time >= `${from}:00` && (to <= from || time < `${to}:00`)) return true;
  const yesterday = ORDER[(ORDER.indexOf(weekday) + 6) % 7]!;
  const intervals = hours[yesterday] ?? [];
  if (intervals.length === 0 || holidays.includes(dayBefore(date))) return false;
  return intervals.some(([from, to]) => to <= from && time < `${to}:00`);
}

/**
 * Walks from the start until the minutes have passed (`due`), until nothing can come any more (`never`), or until `giveUp`
 * (`later`, with the minutes counted by then).
 */
export function walk(
  asked: OracleCase,
  giveUp: number,
): { due: number } | { never: true } | { later: true; minutes: number } {
  const { zone, hours, start, minutes, pauses } = asked;
  if (minutes === 0) return { due: start };
  if (hours !== null && Object.values(hours).every((day) => (day ?? []).length === 0)) return { never: true };
  const cuts = pauses
    .flatMap(([from, until]) => (until === null ? [from] : [from, until]))
    .filter((cut) => cut > start && cut < giveUp)
    .sort((a, b) => a - b);
  let passed = 0;
  for (let at = start; at < giveUp;) {
    if (pauses.some(([from, until]) => until === null && from <= at)) return { never: true };
    // To the next full minute; second by second where the wall's minutes do not begin with those of UTC.
    const minute = Math.floor(at / 60_000) * 60_000;
    const odd = !wallAt(zone, minute).time.endsWith(':00') || !wallAt(zone, minute + 60_000).time.endsWith(':00');
    const end = odd ? Math.floor(at / 1_000) * 1_000 + 1_000 : minute + 60_000;
    while (cuts.length > 0 && cuts[0]! <= at) cuts.shift();
    const until = Math.min(end, cuts[0] ?? end, giveUp);
    const paused = pauses.some(([from, to]) => from <= at && (to === null || at < to));
    if (!paused && isBusiness(asked, wallAt(zone, at))) {
      if (passed + until - at >= minutes * 60_000) return { due: at + minutes * 60_000 - passed };
      passed += until - at;
    }
    at = until;
  }
  return { later: true, minutes: passed / 60_000 };
}
