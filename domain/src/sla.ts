import { dueAt } from './sla/business-time.ts';
import { BusinessCalendar } from './sla/calendar.ts';
import type { BusinessHours } from './sla/hours.ts';
import type { Pause } from './sla/span.ts';

/** The three clocks of a session. Times are milliseconds since the epoch, targets milliseconds of business time. */
export const CLOCKS = ['response', 'consent_wait', 'resolution'] as const;
export type ClockName = (typeof CLOCKS)[number];
export type Priority = 'normal' | 'urgent';

export const MARKS = ['warn', 'breach', 'escalate'] as const;
export type MarkName = (typeof MARKS)[number];
/** Whom a mark is told: the session's assignee, or everybody of a role. */
export const TOLD = ['assignee', 'senior', 'dispatcher', 'manager'] as const;
export type Told = (typeof TOLD)[number];

export interface ClockTarget {
  warnMs: number;
  breachMs: number;
  /** Also after the breach. Left out: this clock does not escalate. */
  escalateMs?: number;
  /** Left out: the assignee and the dispatchers are told. */
  tell?: Partial<Record<MarkName, Told[]>>;
}
export interface SlaPolicy extends Readonly<Record<Priority, Readonly<Record<ClockName, ClockTarget>>>> {
  /** Left out: the clocks run round the clock. */
  readonly hours?: BusinessHours;
}

const minutes = (n: number) => n * 60_000;

/** The one fixed policy of this release. */
export const DEFAULT_SLA: SlaPolicy = {
  urgent: {
    consent_wait: { warnMs: minutes(5), breachMs: minutes(10) },
    response: { warnMs: minutes(10), breachMs: minutes(15) },
    resolution: { warnMs: minutes(90), breachMs: minutes(120) },
  },
  normal: {
    consent_wait: { warnMs: minutes(15), breachMs: minutes(30) },
    response: { warnMs: minutes(45), breachMs: minutes(60) },
    resolution: { warnMs: minutes(360), breachMs: minutes(480) },
  },
};

/** `met` keeps when the thing really happened, also after a breach: the two are different facts. */
export interface SlaClock {
  startedAt: number;
  metAt: number | null;
  warnedAt: number | null;
  breachedAt: number | null;
  /** Absent in clocks of older sessions, like `pauses`. */
  escalatedAt?: number | null;
  pauses?: Pause[];
}

export const startClock = (at: number): SlaClock => ({ startedAt: at, metAt: null, warnedAt: null, breachedAt: null });

export type SlaMark = { clock: ClockName; mark: MarkName; dueAt: number; tell?: Told[] };

const ROUND_THE_CLOCK: BusinessHours = { zone: 'UTC', hours: null, holidays: [] };

/** When a clock has run for so long in business hours outside its pauses. Null while that cannot be said: it stands still. */
export function clockRan(clock: SlaClock, ms: number, hours: BusinessHours = ROUND_THE_CLOCK): number | null {
  return dueAt(new BusinessCalendar(hours), clock.startedAt, ms / minutes(1), clock.pauses ?? []);
}

/**
 * The earliest mark that this clock has not reached yet; null when it was met, has passed them all, or stands still. A pause puts
 * marks off and never drops one: when the clock goes on, so do its marks.
 */
export function nextMark(name: ClockName, clock: SlaClock, target: ClockTarget, hours?: BusinessHours): SlaMark | null {
  if (clock.metAt !== null) return null;
  const reached = { warn: clock.warnedAt, breach: clock.breachedAt, escalate: clock.escalatedAt ?? null };
  const after = { warn: target.warnMs, breach: target.breachMs, escalate: target.escalateMs };
  let next: { mark: MarkName; ms: number } | null = null;
  for (const mark of MARKS) {
    const ms = after[mark];
    if (reached[mark] === null && ms !== undefined && (next === null || ms < next.ms)) next = { mark, ms };
  }
  const at = next === null ? null : clockRan(clock, next.ms, hours);
  if (next === null || at === null) return null;
  const tell = target.tell?.[next.mark];
  return { clock: name, mark: next.mark, dueAt: at, ...(tell === undefined ? {} : { tell }) };
}

/** The limit of a clock that is met now. Whatever it waited for has come, so a pause that was still open ends with it. */
export function limitOf(clock: SlaClock, target: ClockTarget, now: number, hours?: BusinessHours): number {
  const pauses = (clock.pauses ?? []).map((pause) => ({ ...pause, until: pause.until ?? now }));
  return clockRan({ ...clock, pauses }, target.breachMs, hours) ?? clock.startedAt + target.breachMs;
}
