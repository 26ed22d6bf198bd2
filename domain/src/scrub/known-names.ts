import type { Found } from './found.ts';
import type { MarkKind } from './mark-kind.ts';

/** What the organisation knows of a session by name: its client, people, logins, computers. */
export interface KnownName {
  kind: Exclude<MarkKind, 'redacted' | 'secret'>;
  value: string;
}

/** A client's name of this many letters is also found inside a longer word: `BrightlineVPN`. */
const INSIDE_WORDS = 6;

/** Finds the names that the organisation knows, longest first, whatever their case, with or without what stands between their words. */
export function namesIn(known: readonly KnownName[]): (text: string) => Iterable<Found> {
  const names = [...known.flatMap(waysToWrite)].sort((a, b) => b.length - a.length);
  const patterns = names.map(({ kind, pattern }) => ({ kind, pattern }));
  return function* (text) {
    for (const { kind, pattern } of patterns)
      for (const match of text.matchAll(pattern))
        yield { kind, value: match[0], start: match.index, end: match.index + match[0].length };
  };
}

interface Way {
  kind: KnownName['kind'];
  pattern: RegExp;
  length: number;
}

function waysToWrite({ kind, value }: KnownName): Way[] {
  const words = value
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  const length = words.join('').length;
  if (length < 2) return [];
  const inside = kind === 'client' && length >= INSIDE_WORDS;
  const ways = [way(kind, words, inside)];
  if (kind === 'person' && words.length > 1) {
    ways.push(way(kind, [...words].reverse(), false, '[\\s,._-]{0,3}'));
    for (const word of words)
      if (/^\p{Lu}/u.test(word) && word.length >= 3 && !ALSO_WORDS.test(word))
        ways.push({ kind, length: word.length, pattern: bounded(escape(word), 'gu') });
  }
  return ways;
}

function way(kind: KnownName['kind'], words: readonly string[], inside: boolean, between = '[\\s._-]{0,3}'): Way {
  const source = words.map(escape).join(between);
  return { kind, length: words.join('').length, pattern: inside ? new RegExp(source, 'giu') : bounded(source, 'giu') };
}

const bounded = (source: string, flags: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`, flags);

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Names of people that are words of the language too: alone they are not hidden. */
const ALSO_WORDS =
  /^(Will|Mark|May|June|April|August|Bill|Grace|Hope|Art|Rich|Frank|Grant|Chase|Page|Rose|Dawn|Sue|Guy|Max|King|Young|Long|Short|Black|White|Green|Brown|Gray|Day|Price|Field|Case|Power|Bell|Bush|Cook|Root|Port|Read|Link|Drew|Miles|Jack|Cliff|Gene|Ray|Van|The|And|Von|Del)$/;
