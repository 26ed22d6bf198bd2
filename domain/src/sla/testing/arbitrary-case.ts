import fc from 'fast-check';
import type { OracleCase } from './minute-oracle.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Zones that change at night, at midnight, by half an hour, by two, to a fast in summer, by whole days, or by odd seconds. */
const ZONES: [name: string, ...years: number[]][] = [
  ['UTC', 2026],
  ['Europe/Zurich', 2026, 2027],
  ['America/Chicago', 2026, 2027],
  ['America/St_Johns', 2010, 2026],
  ['America/Santiago', 2022, 2026],
  ['America/Havana', 2026],
  ['America/Asuncion', 2023],
  ['America/Sao_Paulo', 2018],
  ['America/Caracas', 2007, 2016],
  ['Atlantic/Azores', 2026],
  ['Africa/Cairo', 2014, 2026],
  ['Africa/Casablanca', 2026, 2027],
  ['Africa/Monrovia', 1972],
  ['Asia/Beirut', 2026],
  ['Asia/Gaza', 2026, 2040],
  ['Asia/Amman', 2021],
  ['Asia/Tehran', 2022],
  ['Asia/Kolkata', 2026],
  ['Asia/Kathmandu', 1986],
  ['Asia/Pyongyang', 2015, 2018],
  ['Europe/Amsterdam', 1937, 1940],
  ['Europe/Dublin', 2026],
  ['Australia/Lord_Howe', 2026, 2027],
  ['Antarctica/Troll', 2026],
  ['Antarctica/Casey', 2020, 2021],
  ['Pacific/Chatham', 2026],
  ['Pacific/Apia', 2011],
  ['Pacific/Kwajalein', 1993],
  ['Pacific/Kiritimati', 1994, 1995],
];

/** Noon before each day of those years in which the zone's clocks were moved. */
function movedDays(zone: string, year: number): number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (at: number) => format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  const found: number[] = [];
  for (let noon = Date.UTC(year, 0, 0, 12); noon <= Date.UTC(year, 11, 31, 12); noon += DAY)
    if (offset(noon) !== offset(noon + DAY)) found.push(noon);
  return found;
}

const moments = ZONES.flatMap(([zone, ...years]) =>
  years.flatMap((year) => movedDays(zone, year).map((at) => ({ zone, at }))),
);
const anyMoment = fc.record({
  zone: fc.constantFrom(...ZONES.map(([zone]) => zone)),
  at: fc.integer({ min: 0, max: 365 * 15 }).map((days) => Date.UTC(2020, 0, 1, 12) + days * DAY),
});
const nearChange = fc.constantFrom(...moments);

const two = (n: number) => String(n).padStart(2, '0');
const clockTime = fc.oneof(
  fc.constantFrom('00:00', '00:30', '01:00', '02:00', '02:30', '03:00', '09:00', '12:00', '17:00', '22:00', '23:59'),
  fc.nat(95).map((n) => `${two(Math.floor(n / 4))}:${two((n % 4) * 15)}`),
  fc.nat(1439).map((n) => `${two(Math.floor(n / 60))}:${two(n % 60)}`),
);
const interval = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(clockTime, clockTime) },
  { weight: 1, arbitrary: fc.tuple(clockTime, fc.constant('24:00')) },
  { weight: 1, arbitrary: clockTime.map((time): [string, string] => [time, time]) },
);
const day = fc.option(fc.array(interval, { maxLength: 3 }), { nil: undefined, freq: 4 });
const week = fc.record({ sun: day, mon: day, tue: day, wed: day, thu: day, fri: day, sat: day });

/** Milliseconds between two bounds: on full minutes, on full seconds, or neither. */
const within = (min: number, max: number) =>
  fc
    .tuple(fc.integer({ min, max }), fc.constantFrom(60_000, 60_000, 1_000, 1))
    .map(([ms, grain]) => Math.floor(ms / grain) * grain);

const pause = fc.tuple(within(-2 * DAY, 5 * DAY), fc.option(within(0, 2 * DAY), { nil: null, freq: 8 }));
const minutes = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 1_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 6_000 }) },
);

export const arbitraryCase: fc.Arbitrary<OracleCase> = fc
  .record({
    moment: fc.oneof({ weight: 3, arbitrary: nearChange }, { weight: 1, arbitrary: anyMoment }),
    before: within(-1.5 * DAY, 1.5 * DAY),
    hours: fc.option(week, { nil: null, freq: 20 }),
    holidays: fc.array(fc.integer({ min: -3, max: 8 }), { maxLength: 4 }),
    minutes,
    pauses: fc.array(pause, { maxLength: 4 }),
  })
  .map(({ moment, before, hours, holidays, minutes, pauses }) => ({
    zone: moment.zone,
    hours,
    holidays: holidays.map((days) => new Date(moment.at + days * DAY).toISOString().slice(0, 10)),
    start: moment.at + before,
    minutes,
    pauses: pauses.map(([from, length]): [number, number | null] => [
      moment.at + from,
      length === null ? null : moment.at + from + length,
    ]),
  }));
