const SECOND = 1_000;
const DAY = 86_400_000;
/** Changes of offset in one zone lie further apart than this: since 1900 the two nearest are Freetown's of 1939, 3.98 days. */
const STEP = 3 * DAY;
const BLOCK = 40 * STEP;
/** Both memos below are emptied when they reach these; a whole career of one zone is fewer blocks than that. */
const BLOCKS = 1_000;
const ZONES = 200;

/** A time during which a zone keeps one offset: UTC milliseconds, `until` not included; local time is UTC + `offset`. */
export interface Stretch {
  from: number;
  until: number;
  offset: number;
}

/** What the runtime's time zone data (Intl) says of one zone. The same question always has the same answer. */
export class Zone {
  private readonly format: (at: number) => string;
  private readonly blocks = new Map<number, Stretch[]>();

  /** Throws a RangeError for a name that the time zone database does not have. */
  private constructor(name: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).format;
  }

  // To make a formatter costs far more than to use it.
  private static readonly known = new Map<string, Zone>();

  static named(name: string): Zone {
    let zone = Zone.known.get(name);
    if (zone === undefined) {
      if (Zone.known.size >= ZONES) Zone.known.clear();
      Zone.known.set(name, (zone = new Zone(name)));
    }
    return zone;
  }

  /** The stretches that make up `from` to `until`, in order, without a gap. Lazy: `until` may be far away. */
  *stretches(from: number, until: number): Generator<Stretch> {
    for (let at = from; at < until;) {
      for (const stretch of this.block(Math.floor(at / BLOCK))) {
        if (stretch.until <= at) continue;
        yield { from: at, until: Math.min(stretch.until, until), offset: stretch.offset };
        at = stretch.until;
        if (at >= until) return;
      }
    }
  }

  private block(index: number): Stretch[] {
    let found = this.blocks.get(index);
    if (found === undefined) {
      if (this.blocks.size >= BLOCKS) this.blocks.clear();
      this.blocks.set(index, (found = this.measure(index * BLOCK)));
    }
    return found;
  }

  private measure(start: number): Stretch[] {
    const end = start + BLOCK;
    const stretches: Stretch[] = [];
    let begun = start;
    let offset = this.offsetAt(start);
    for (let at = start; at < end; at += STEP) {
      for (const change of this.changes(at, offset, at + STEP, this.offsetAt(at + STEP))) {
        stretches.push({ from: begun, until: change.at, offset });
        begun = change.at;
        offset = change.offset;
      }
    }
    // A change at the very end opens the next block, and leaves nothing of itself in this one.
    if (begun < end) stretches.push({ from: begun, until: end, offset });
    return stretches;
  }

  /** The changes after `from`, up to and with `until`, to the second: halving, in both halves. */
  private *changes(
    from: number,
    before: number,
    until: number,
    after: number,
  ): Generator<{ at: number; offset: number }> {
    if (before === after) return;
    if (until - from === SECOND) {
      yield { at: until, offset: after };
      return;
    }
    const middle = Math.floor((from + until) / 2 / SECOND) * SECOND;
    const between = this.offsetAt(middle);
    yield* this.changes(from, before, middle, between);
    yield* this.changes(middle, between, until, after);
  }

  /** Local time less UTC, in milliseconds, at a whole second. */
  private offsetAt(at: number): number {
    const [month, day, year, hour, minute, second] = (this.format(at).match(/\d+/g) ?? []).map(Number);
    return Date.UTC(year!, month! - 1, day, hour, minute, second) - at;
  }
}

/** Whether the time zone database has this name. Bare offsets such as +02:00 are no zones: they know no summer time. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Zone.named(name);
    return true;
  } catch {
    return false;
  }
}
