import { fold } from './fold.ts';
import type { Found } from './found.ts';
import type { MarkKind } from './mark-kind.ts';

/** What the organisation knows of a session by name: its client, people, logins, computers. */
export interface KnownName {
  kind: Exclude<MarkKind, 'redacted' | 'secret'>;
  value: string;
}

/** A client's name of this many letters is also found inside a longer word: `BrightlineVPN`. */
const INSIDE_WORDS = 6;

/** What may stand between the words of a name: `brightline-print.example`, `Abe, Ken`, a line's end. */
const BETWEEN = '[\\s,._-]{0,3}';

/** A way to write a name: what must stand in a text for it to be tried at all, and how it is found. */
interface Way {
  kind: KnownName['kind'];
  first: string;
  pattern: RegExp;
}

/**
 * Finds the names that the organisation knows, whatever their case, with or without what stands between their words. A person's names
 * count in both orders, and each by itself where it is written as a name and is not a word of the language too.
 */
export function namesIn(known: readonly KnownName[]): (text: string) => Iterable<Found> {
  const ways = known.flatMap(waysToWrite);
  return function* (text) {
    const folded = fold(text);
    for (const { kind, first, pattern } of ways) {
      if (!folded.includes(first)) continue;
      for (const match of text.matchAll(pattern))
        yield { kind, value: match[0], start: match.index, end: match.index + match[0].length };
    }
  };
}

function waysToWrite({ kind, value }: KnownName): Way[] {
  const words = value.split(/[\s\ue000]+/).filter((word) => word !== '');
  const length = words.join('').length;
  if (length < 2) return [];
  const inside = kind === 'client' && length >= INSIDE_WORDS;
  const whole = (order: string[]): Way => {
    const source = order.map(escape).join(BETWEEN);
    return { kind, first: fold(order[0]!), pattern: inside ? new RegExp(source, 'giu') : bounded(source, 'giu') };
  };
  if (kind !== 'person' || words.length === 1) return [whole(words)];
  return [
    whole(words),
    whole([words.at(-1)!, ...words.slice(0, -1)]),
    ...words
      .filter((word) => /^\p{Lu}/u.test(word) && word.length >= 3 && !ALSO_WORDS.has(word.toLowerCase()))
      .map((word) => ({ kind, first: fold(word), pattern: bounded(escape(word), 'gu') })),
  ];
}

const bounded = (source: string, flags: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`, flags);

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Names of people that are words of the language too, in small letters: alone they are not hidden. */
const ALSO_WORDS = new Set(
  `will mark may june april august bill grace hope art rich frank grant chase page rose dawn sue guy max king young long short black white green
  brown gray day price field case power bell bush cook root port read link drew miles jack cliff gene ray van the and von del`.split(
    /\s+/,
  ),
);
