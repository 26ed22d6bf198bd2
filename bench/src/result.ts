/** One measured line. `goal` is the most (or, with `least`, the least) that `value` may be; without one the line is only information. */
export interface Measure {
  what: string;
  value: number;
  unit: string;
  goal?: number;
  least?: boolean;
}

export interface BenchResult {
  name: string;
  measures: Measure[];
  /** What a reader must know beside the numbers: peers that were skipped, how samples were spaced. */
  notes: string[];
}

/** What every benchmark gets: a way to say where it is, and a way to leave something to be undone at the end, whatever happens. */
export interface BenchContext {
  say(line: string): void;
  atEnd(undo: () => Promise<void> | void): void;
}

export function meets({ value, goal, least }: Measure): boolean | null {
  if (goal === undefined) return null;
  return least === true ? value >= goal : value <= goal;
}
