/** The three clocks of a session. Times are milliseconds since the epoch. Business hours come later; today a clock runs round the clock. */
export const CLOCKS = ['response', 'consent_wait', 'resolution'] as const;
export type ClockName = (typeof CLOCKS)[number];
export type Priority = 'normal' | 'urgent';

export interface ClockTarget {
  warnMs: number;
  breachMs: number;
}
export type SlaPolicy = Readonly<Record<Priority, Readonly<Record<ClockName, ClockTarget>>>>;

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
}

export const startClock = (at: number): SlaClock => ({ startedAt: at, metAt: null, warnedAt: null, breachedAt: null });

export type SlaMark = { clock: ClockName; mark: 'warn' | 'breach'; dueAt: number };

/** The earliest mark this clock has not reached yet, or null when it stopped or has passed them all. */
export function nextMark(name: ClockName, clock: SlaClock, target: ClockTarget): SlaMark | null {
  if (clock.metAt !== null) return null;
  if (clock.warnedAt === null) return { clock: name, mark: 'warn', dueAt: clock.startedAt + target.warnMs };
  if (clock.breachedAt === null) return { clock: name, mark: 'breach', dueAt: clock.startedAt + target.breachMs };
  return null;
}
