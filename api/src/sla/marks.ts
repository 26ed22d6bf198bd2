import { type ClockName, DEFAULT_SLA, type Priority, type SlaClock, showClock } from '@throughline/domain/sla';

/** When a clock warns and when its limit is reached. One last shown before sessions said so ran by the product's own limits. */
export function marksOf(priority: Priority, name: ClockName, clock: SlaClock): { warnAt: number; dueAt: number } {
  const { warnAt, dueAt } = clock;
  if (warnAt !== undefined && dueAt !== undefined) return { warnAt, dueAt };
  return showClock(clock, DEFAULT_SLA[priority][name], clock.startedAt);
}
