import type { ClockFieldsFragment, ClockName } from '../graphql/generated/operations.ts';
import { clockText } from './time.ts';

/** What an SLA clock shows at an instant. */
export interface ClockReading {
  state: 'running' | 'warn' | 'over' | 'met' | 'paused';
  text: string;
  /** Share of the limit used, 0 to 1. */
  share: number;
  /** Where the warn mark stands, 0 to 1. */
  warnShare: number;
  /** Met, but after the limit: both facts are kept. */
  late: boolean;
}

const ms = (iso: string): number => new Date(iso).getTime();

export function readClock(clock: ClockFieldsFragment, now: number): ClockReading {
  const start = ms(clock.startedAt);
  const limit = Math.max(1, ms(clock.breachAt) - start);
  const pausedAt = clock.metAt === null && clock.pausedAt !== null ? ms(clock.pausedAt) : null;
  const end = clock.metAt === null ? (pausedAt ?? now) : ms(clock.metAt);
  const spent = end - start;
  const base = { share: Math.min(1, Math.max(0, spent / limit)), warnShare: (ms(clock.warnAt) - start) / limit };
  if (clock.metAt !== null) return { ...base, state: 'met', text: clockText(spent), late: spent > limit };
  if (spent >= limit) return { ...base, state: 'over', text: `+${clockText(spent - limit)}`, late: true };
  if (pausedAt !== null) return { ...base, state: 'paused', text: clockText(spent), late: false };
  return { ...base, state: now >= ms(clock.warnAt) ? 'warn' : 'running', text: clockText(spent), late: false };
}

export const clockNamed = (clocks: readonly ClockFieldsFragment[], name: ClockName): ClockFieldsFragment | null =>
  clocks.find((c) => c.name === name) ?? null;

/** What is left until the limit, in ms; negative past it. Null when nothing runs, also where it stands still. */
export function untilLimit(clock: ClockFieldsFragment, now: number): number | null {
  return clock.metAt === null && clock.pausedAt === null ? ms(clock.breachAt) - now : null;
}
