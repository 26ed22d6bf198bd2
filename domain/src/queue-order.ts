/** What decides where a session stands in its technician's queue. Times are milliseconds since the epoch. */
export interface QueuePlace {
  urgent: boolean;
  /** The nearest limit of a clock that still runs; null when none does. */
  dueAt: number | null;
  openedAt: number;
  number: number;
}

/** Urgent first, then what is due first, then what was opened first. What has no limit left stands behind what has one. */
export function inQueueOrder(a: QueuePlace, b: QueuePlace): number {
  if (a.urgent !== b.urgent) return a.urgent ? -1 : 1;
  const [dueA, dueB] = [a.dueAt ?? Infinity, b.dueAt ?? Infinity];
  if (dueA !== dueB) return dueA < dueB ? -1 : 1;
  return a.openedAt - b.openedAt || a.number - b.number;
}
