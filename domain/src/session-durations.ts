/** A stretch of time in milliseconds since the epoch; `until` null: it still goes on. */
export interface Stretch {
  from: number;
  until: number | null;
}

/** How a session's time was spent, in milliseconds. The parts add up to the total. */
export interface SessionDurations {
  totalMs: number;
  /** Somebody at the endpoint was being asked: nobody could go on without an answer. */
  waitingForApprovalMs: number;
  /** Agreed to, and nobody was being asked. */
  activeMs: number;
  /** Neither: before the start, or where no consent came. */
  idleMs: number;
}

/** Stretches that overlap count once: two requests at a time are one wait. */
export function durationsOf(
  session: { openedAt: number; consentAt: number | null; completedAt: number | null },
  waits: readonly Stretch[],
  now: number,
): SessionDurations {
  const start = session.openedAt;
  const end = Math.max(start, session.completedAt ?? now);
  const within = waits
    .map(({ from, until }) => ({ from: Math.max(from, start), until: Math.min(until ?? end, end) }))
    .filter(({ from, until }) => until > from)
    .sort((a, b) => a.from - b.from);
  const activeFrom = Math.min(Math.max(session.consentAt ?? end, start), end);
  let waiting = 0;
  let waitingWhileActive = 0;
  let reached = start;
  for (const { from, until } of within) {
    const begin = Math.max(from, reached);
    if (until <= begin) continue;
    waiting += until - begin;
    waitingWhileActive += Math.max(0, until - Math.max(begin, activeFrom));
    reached = until;
  }
  const activeMs = end - activeFrom - waitingWhileActive;
  return { totalMs: end - start, waitingForApprovalMs: waiting, activeMs, idleMs: end - start - waiting - activeMs };
}
