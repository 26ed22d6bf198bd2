import { encode, type Encoding, unitOf } from '../../lib/encodings.ts';

/* Finding works on stored bytes, so that it needs no text of a whole output. */

/** What is looked for: at each place either of two bytes, for the letter in either case. */
export interface Needle {
  one: Uint8Array;
  other: Uint8Array;
  unit: 1 | 2;
}

/** Null when the text is empty or cannot be written in this encoding. */
export function needleOf(text: string, encoding: Encoding): Needle | null {
  const one = encode(text.toLowerCase(), encoding) ?? encode(text, encoding);
  if (one === null || one.length === 0) return null;
  const upper = encode([...text.toLowerCase()].map(upperOf).join(''), encoding);
  // A letter whose other case has another length is found as it was typed.
  return { one, other: upper?.length === one.length ? upper : one, unit: unitOf(encoding) };
}

const upperOf = (c: string): string => {
  const upper = c.toUpperCase();
  return new TextEncoder().encode(upper).length === new TextEncoder().encode(c).length ? upper : c;
};

/** Every place of the needle in bytes that begin at `base`, as offsets of the stream, none over another. */
export function placesIn(hay: Uint8Array, { one, other, unit }: Needle, base: number): number[] {
  const found: number[] = [];
  const [a = 0, b = 0] = [one[0], other[0]];
  const last = hay.length - one.length;
  for (let i = 0; i <= last;) {
    if (a === b) {
      i = hay.indexOf(a, i);
      if (i === -1 || i > last) break;
    } else if (hay[i] !== a && hay[i] !== b) {
      i++;
      continue;
    }
    if ((unit === 1 || (base + i) % 2 === 0) && isAt(hay, i, one, other)) {
      found.push(base + i);
      i += one.length;
    } else i++;
  }
  return found;
}

function isAt(hay: Uint8Array, at: number, one: Uint8Array, other: Uint8Array): boolean {
  for (let j = 1; j < one.length; j++) {
    const byte = hay[at + j];
    if (byte !== one[j] && byte !== other[j]) return false;
  }
  return true;
}

/** How many numbers of a sorted list are below `n`. */
export function below(list: readonly number[], n: number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((list[middle] ?? 0) < n) from = middle + 1;
    else to = middle;
  }
  return from;
}
