/* Words for times and durations. Pages show the reader's own zone; the UTC instant is kept for the tooltip. */

const pad = (n: number): string => String(n).padStart(2, '0');

/** A clock's reading: `3:05`, `1:42:00`. Whole seconds, never negative. */
export function clockText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
}

/** A limit: whole hours as `8 h`, else as a clock reads. */
export const limitText = (ms: number): string =>
  ms >= 3_600_000 && ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : clockText(ms);

/** A length in words short enough for a table: `40 s`, `11 min`, `18 h`, `2 d`. */
export function shortDuration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const h = Math.floor(m / 60);
  return h < 48 ? `${h} h` : `${Math.floor(h / 24)} d`;
}

/** How long a command ran: `0.4 s`, `12.3 s`, `2:10`. */
export const ranFor = (ms: number): string =>
  ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : clockText(ms);

/** `3 min ago`, or `now` under ten seconds. */
export const ago = (ms: number): string => (ms < 10_000 ? 'just now' : `${shortDuration(ms)} ago`);

export const timeOfDay = (iso: string): string => {
  const d = new Date(iso);
  return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
};

export const hourMinute = (iso: string): string => timeOfDay(iso).slice(0, 5);

const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const shortFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const dayText = (iso: string): string => dayFormat.format(new Date(iso));

/** `08:42` today, `17 Feb, 08:42` before. */
export function whenText(iso: string, now: number): string {
  const sameDay = new Date(iso).toDateString() === new Date(now).toDateString();
  return sameDay ? hourMinute(iso) : `${shortFormat.format(new Date(iso))}, ${hourMinute(iso)}`;
}

/** The tooltip: the exact instant in UTC, to the millisecond. */
export const utcText = (iso: string): string => `${new Date(iso).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

/** The reader's zone as people write it: `CDT`, `GMT+1`. */
export function zoneName(iso: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(new Date(iso));
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? '';
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** The board's wall clock: `Tue 19 May, 08:42 CDT`. */
export function wallClock(now: number): string {
  const iso = new Date(now).toISOString();
  return `${clockFormat.format(now).replace(',', '')}, ${hourMinute(iso)} ${zoneName(iso)}`;
}
