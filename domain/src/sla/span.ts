/** From an instant (or a local time) to another, in milliseconds, the end not included. */
export type Span = readonly [from: number, until: number];

/** A time in which the clock stands still, in milliseconds since the epoch. `until` null: it has not ended. */
export interface Pause {
  from: number;
  until: number | null;
}

/** The same times in order, each counted once, the empty ones left out. */
export function merge(spans: Iterable<Span>): Span[] {
  const merged: [number, number][] = [];
  for (const [from, until] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (until <= from) continue;
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], until);
    else merged.push([from, until]);
  }
  return merged;
}

/** What is left of `from` to `until` outside the pauses, in order. */
export function unpaused(from: number, until: number, pauses: readonly Pause[]): Span[] {
  const left: Span[] = [];
  let at = from;
  for (const [paused, resumed] of merge(pauses.map((pause) => [pause.from, pause.until ?? Infinity]))) {
    if (paused >= until) break;
    if (paused > at) left.push([at, paused]);
    at = Math.max(at, resumed);
  }
  if (at < until) left.push([at, until]);
  return left;
}
