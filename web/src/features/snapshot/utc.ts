/* A copy that leaves the house is in UTC, and says so. */
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

export const utcDay = (iso: string): string => day.format(new Date(iso));
export const utcMinute = (iso: string): string => new Date(iso).toISOString().slice(11, 16);

/** `25 May 2026, 15:05 UTC`. */
export const utcWhen = (iso: string): string => `${utcDay(iso)}, ${utcMinute(iso)} UTC`;

/** `18 May 2026, 14:21 to 14:49 UTC`; with both days where they are not the same. */
export function utcSpan(from: string, until: string): string {
  if (utcDay(from) === utcDay(until)) return `${utcDay(from)}, ${utcMinute(from)} to ${utcMinute(until)} UTC`;
  return `${utcDay(from)}, ${utcMinute(from)} to ${utcWhen(until)}`;
}
