import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

/** Asked for so often in this process, a statement is prepared from then on. */
const OFTEN = 10;
/** A connection keeps each with its plan, some 30 kB: the first so many that come often, which are those on everybody's way. */
const AT_MOST = 100;
/** Of statements made to measure (a list's filters, say) there is no end: counted anew after so many. */
const COUNTED = 2_000;

const counts = new Map<string, number>();
const names = new Map<string, string>();

/**
 * A statement as `query` takes it. One that is asked for often gets a name, by which a connection parses and plans it once and not each time:
 * with row-level security that is most of what a small statement costs. Postgres itself goes on planning by the values where that is cheaper
 * (`plan_cache_mode = auto`).
 */
export function prepared(text: string, values: unknown[] | undefined): string | QueryConfig {
  // Without values it may be several statements, which cannot be prepared.
  if (values === undefined) return text;
  const name = names.get(text) ?? nameFor(text);
  return name === undefined ? { text, values } : { name, text, values };
}

function nameFor(text: string): string | undefined {
  const count = (counts.get(text) ?? 0) + 1;
  if (count < OFTEN || names.size >= AT_MOST) {
    if (counts.size >= COUNTED) counts.clear();
    counts.set(text, count);
    return undefined;
  }
  counts.delete(text);
  // By its text: whoever shares a connection (a pooler does that) means the same by a name, or gets an error.
  const name = `s_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}
