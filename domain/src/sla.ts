import type { PolicyLevel } from './policy.ts';
import { dueAt } from './sla/business-time.ts';
import { BusinessCalendar } from './sla/calendar.ts';
import type { BusinessHours } from './sla/hours.ts';
import type { Pause } from './sla/span.ts';

/** The three clocks of a session. Times are milliseconds since the epoch, targets milliseconds of business time. */
export const CLOCKS = ['response', 'consent_wait', 'resolution'] as const;
export type ClockName = (typeof CLOCKS)[number];
export const PRIORITIES = ['normal', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const MARKS = ['warn', 'breach', 'escalate'] as const;
export type MarkName = (typeof MARKS)[number];
/** Whom a mark is told: the session's assignee, or everybody of a role. */
export const TOLD = ['assignee', 'senior', 'dispatcher', 'manager'] as const;
export type Told = (typeof TOLD)[number];
/** Where nobody says otherwise. */
export const TOLD_AT_FIRST: Told[] = ['assignee', 'dispatcher'];

/** Why a clock may stand still: somebody is asked at the endpoint, or the session is on hold for the client. */
export const PAUSE_REASONS = ['approval', 'client'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];
/** The clocks that a pause stops. The wait for consent counts just that wait, so it goes on. */
export const PAUSED_CLOCKS = ['response', 'resolution'] as const satisfies readonly ClockName[];

export interface ClockTarget {
  warnMs: number;
  breachMs: number;
  /** Also after the breach. Left out: this clock does not escalate. */
  escalateMs?: number;
  /** Left out: the assignee and the dispatchers are told. */
  tell?: Partial<Record<MarkName, Told[]>>;
}
/** Who lays down what clients are promised; the later is the more specific. */
export const SLA_LEVELS = ['organisation', 'client_group', 'client'] as const satisfies readonly PolicyLevel[];
export type SlaLevel = (typeof SLA_LEVELS)[number];
/** Which version of each level's policy; 0: it has none. */
export type SlaVersions = Record<SlaLevel, number>;

export interface SlaPolicy extends Readonly<Record<Priority, Readonly<Record<ClockName, ClockTarget>>>> {
  /** Left out: the clocks run round the clock. */
  readonly hours?: BusinessHours;
  /** How long whoever was given a session has to take it up, in ms of business time. Left out: for ever. */
  readonly acceptMs?: number;
  /** For what the clocks stand still. Left out: for nothing. */
  readonly pauseWhile?: readonly PauseReason[];
  /** What it was made from. Absent in sessions from before there were any. */
  readonly versions?: SlaVersions;
}

const minutes = (n: number) => n * 60_000;

/** The product's own limits: what counts where no level says anything. */
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
  /**
   * When it warns and when its limit is reached: as far as can be said now where it is shown, and for good once it is met, whatever
   * priority and policy come after. Absent in clocks of older sessions.
   */
  warnAt?: number;
  dueAt?: number;
}

export type MarkedClock = SlaClock & { warnAt: number; dueAt: number };

export const startClock = (at: number): SlaClock => ({ startedAt: at, metAt: null, warnedAt: null, breachedAt: null });

export const openPause = (clock: SlaClock): Pause | undefined => clock.pauses?.find((pause) => pause.until === null);
/** Since when a clock stands still; null while it runs, and once it was met. */
export const pausedSince = (clock: SlaClock): number | null =>
  clock.metAt === null ? (openPause(clock)?.from ?? null) : null;

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

/** The clock with its marks, as of an instant: one that stands still is shown as if it went on then. */
export function showClock(clock: SlaClock, target: ClockTarget, now: number, hours?: BusinessHours): MarkedClock {
  const { warnAt, dueAt } = clock;
  if (clock.metAt !== null && warnAt !== undefined && dueAt !== undefined) return { ...clock, warnAt, dueAt };
  // Whatever a met clock waited for has come, so a pause that was still open ended with it.
  const pauses = (clock.pauses ?? []).map((pause) => ({ ...pause, until: pause.until ?? clock.metAt ?? now }));
  const reachedAt = (ms: number) => clockRan({ ...clock, pauses }, ms, hours) ?? clock.startedAt + ms;
  return { ...clock, warnAt: reachedAt(target.warnMs), dueAt: reachedAt(target.breachMs) };
}
