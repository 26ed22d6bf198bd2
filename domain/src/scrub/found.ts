import { OPAQUE } from './clean-text.ts';
import type { MarkKind } from './mark-kind.ts';

export interface Named {
  kind: MarkKind;
  value: string;
}

/** Something to hide in a text. */
export interface Found extends Named {
  /** UTF-16 units, the end not included. */
  start: number;
  end: number;
  /** What it says besides, to be looked for elsewhere: an account's name in a path. */
  also?: readonly Named[];
  /** Hidden where it stands and not looked for elsewhere. */
  hereOnly?: true;
}

/** By what two values are the same: case, runs of white space and how an accent is written do not count. */
export const keyOf = (value: string): string => value.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();

/**
 * Spans that do not overlap, in their order. Of two that overlap the longer one counts and takes in what sticks out of it, but a secret
 * stays by itself and is cut out of the other: who reads the value of a mark must not find a secret there.
 */
export function settle(text: string, all: readonly Found[]): Found[] {
  const found = all.flatMap((of) => withoutMarks(of));
  const secrets = union(
    text,
    found.filter(({ kind }) => kind === 'secret'),
  );
  const others = union(
    text,
    found.filter(({ kind }) => kind !== 'secret'),
  );
  const cut: Found[] = [];
  // A sign that is left over beside a secret says nothing.
  const keep = (rest: Found): void => void (/[\p{L}\p{N}]/u.test(rest.value) && cut.push(rest));
  let next = 0;
  for (const other of others) {
    let start = other.start;
    while (next < secrets.length && secrets[next]!.end <= start) next++;
    for (let index = next; index < secrets.length && secrets[index]!.start < other.end; index++) {
      keep(piece(text, other, start, Math.max(start, secrets[index]!.start)));
      start = Math.max(start, secrets[index]!.end);
    }
    keep(start === other.start ? other : piece(text, other, start, other.end));
  }
  return [...cut, ...secrets].sort((a, b) => a.start - b.start);
}

/** What stands around marks that the text already held, in place of what took them in. */
function withoutMarks(found: Found): Found[] {
  if (!found.value.includes(OPAQUE)) return [found];
  return [...found.value.matchAll(/[^\ue000]+/g)]
    .filter(([value]) => /[\p{L}\p{N}]{2}/u.test(value))
    .map(({ index, 0: value }) => ({
      kind: found.kind,
      value,
      start: found.start + index,
      end: found.start + index + value.length,
    }));
}

function union(text: string, found: readonly Found[]): Found[] {
  const sorted = [...found].filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start || b.end - a.end);
  const joined: Found[] = [];
  for (const span of sorted) {
    const before = joined.at(-1);
    if (before === undefined || span.start >= before.end) joined.push(span);
    else if (span.end > before.end) {
      const longer = span.end - span.start > before.end - before.start ? span : before;
      joined[joined.length - 1] = piece(text, longer, before.start, span.end);
    }
  }
  return joined;
}

const piece = (text: string, { kind }: Found, start: number, end: number): Found => ({
  kind,
  start,
  end,
  value: text.slice(start, end),
});
