import { type Encoding, unitOf } from '../../lib/encodings.ts';

/** One row of an output as it is shown: a line, or a piece of a line that is too long for one row. Offsets are bytes of the stream. */
export interface Row {
  from: number;
  to: number;
  /** Begins a line. */
  first: boolean;
  /** Ends with a line's end. */
  ended: boolean;
}

/** A line longer than this is shown in several rows. */
export const MAX_ROW = 8 * 1024;

/**
 * Cuts bytes that begin at `base` into rows, at most `most`. Unless the bytes are `complete` (their end is the output's end), a last row
 * without a line's end is left out, except when there is no other.
 */
export function cutRows(
  bytes: Uint8Array,
  base: number,
  encoding: Encoding,
  { first = true, complete = false, most = Infinity }: { first?: boolean; complete?: boolean; most?: number } = {},
): Row[] {
  const rows: Row[] = [];
  let from = 0;
  let begins = first;
  while (from < bytes.length && rows.length < most) {
    const newline = nextNewline(bytes, from, encoding);
    const end = newline === -1 ? bytes.length : newline + unitOf(encoding);
    if (newline === -1 && end - from <= MAX_ROW && !complete && rows.length > 0) break;
    const to = end - from > MAX_ROW ? breakBefore(bytes, from + MAX_ROW, encoding) : end;
    const ended = newline !== -1 && to === end;
    rows.push({ from: base + from, to: base + to, first: begins, ended });
    begins = ended;
    from = to;
  }
  return rows;
}

/** Index of the next line feed at or after `from`, -1 when there is none. `from` stands at a character. */
export function nextNewline(bytes: Uint8Array, from: number, encoding: Encoding): number {
  if (unitOf(encoding) === 1) return bytes.indexOf(10, from);
  const [high, low] = encoding === 'utf-16le' ? [1, 0] : [0, 1];
  for (let i = bytes.indexOf(10, from); i !== -1; i = bytes.indexOf(10, i + 1)) {
    const at = i - low;
    if (at >= from && (at - from) % 2 === 0 && bytes[at + high] === 0 && at + 1 < bytes.length) return at;
  }
  return -1;
}

/** The last place at or before `at` that does not cut a character. */
export function breakBefore(bytes: Uint8Array, at: number, encoding: Encoding): number {
  if (encoding === 'utf-8') {
    let to = at;
    while (to > at - 3 && to > 0 && ((bytes[to] ?? 0) & 0xc0) === 0x80) to--;
    return ((bytes[to] ?? 0) & 0xc0) === 0x80 ? at : to;
  }
  if (unitOf(encoding) === 1) return at;
  const even = at & ~1;
  const high = bytes[encoding === 'utf-16le' ? even - 1 : even - 2] ?? 0;
  return (high & 0xfc) === 0xd8 ? even - 2 : even;
}

/** Where the line (or the piece of a very long one) that holds `at` begins, as far as these bytes show. */
export function rowStart(bytes: Uint8Array, at: number, encoding: Encoding): { at: number; first: boolean } {
  if (unitOf(encoding) === 1) {
    const newline = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1);
    return newline === -1 ? { at: breakBefore(bytes, at, encoding), first: false } : { at: newline + 1, first: true };
  }
  let found = -1;
  for (let i = nextNewline(bytes, 0, encoding); i !== -1 && i + 2 <= at; i = nextNewline(bytes, i + 2, encoding))
    found = i;
  return found === -1 ? { at: breakBefore(bytes, at, encoding), first: false } : { at: found + 2, first: true };
}
