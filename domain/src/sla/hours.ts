import { z } from 'zod';
import { isZone } from './zone.ts';

const zClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write a time as HH:MM, 00:00 to 23:59.');
const zEnd = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Write an end as HH:MM, 00:00 to 24:00.');

/** From a time to a time, the end not included. An end that is not after its start is on the next day. */
export const zInterval = z.tuple([zClockTime, zEnd], { error: 'Write an interval as ["09:00", "17:00"].' });

const day = z.array(zInterval, { error: 'Give a list of intervals; leave the day out when it is closed.' }).optional();

export const zWeek = z.strictObject(
  { sun: day, mon: day, tue: day, wed: day, thu: day, fri: day, sat: day },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no day ${issue.keys.join(', ')}: the days are mon, tue, wed, thu, fri, sat, sun.`
        : 'Give the hours by day, such as {"mon": [["09:00", "17:00"]]}, or null for round the clock.',
  },
);

export const zZone = z
  .string({ error: 'Give a time zone, such as Europe/Zurich.' })
  .refine(isZone, { error: 'This time zone is not known; give its IANA name, such as Europe/Zurich.' });

export const zHoliday = z.iso.date({ error: 'Write a holiday as its date, YYYY-MM-DD.' });

/**
 * When a client group is served. A day left out is closed. `hours` null is round the clock, holidays or not. A holiday closes
 * what starts on its date, with what of it runs past midnight. Intervals may overlap; they count once.
 */
export const zBusinessHours = z.object({
  zone: zZone,
  hours: zWeek.nullable(),
  holidays: z.array(zHoliday, { error: 'Give the holidays as a list of dates.' }).default([]),
});
export type BusinessHours = z.infer<typeof zBusinessHours>;
