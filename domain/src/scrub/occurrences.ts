import { type Found, type Named, keyOf } from './found.ts';
import { isCommonWord } from './well-known.ts';

/** Shorter values say too little to be looked for everywhere. */
const SHORTEST = 3;

/**
 * Looks for values that were found once, as whole words and whatever their case, and for what a reviewer hides, also inside words.
 * One walk over the words of a text, however many values there are.
 */
export function occurrences(values: readonly Named[], hide: readonly string[]): (text: string) => Iterable<Found> {
  const byFirstWord = new Map<string, { kind: Named['kind']; key: string; lead: number }[]>();
  const seen = new Set<string>();
  for (const { value, kind } of values) {
    const key = value.toLowerCase();
    const first = /[\p{L}\p{N}]+/u.exec(key);
    if (first === null || key.length < SHORTEST || isCommonWord(key) || seen.has(`${kind} ${key}`)) continue;
    seen.add(`${kind} ${key}`);
    const list = byFirstWord.get(first[0]) ?? [];
    list.push({ kind, key, lead: first.index });
    byFirstWord.set(first[0], list);
  }
  const literals = hide.filter((value) => keyOf(value) !== '').map((value) => value.toLowerCase());

  return function* (text) {
    const folded = fold(text);
    for (const word of folded.matchAll(/[\p{L}\p{N}]+/gu))
      for (const { kind, key, lead } of byFirstWord.get(word[0]) ?? []) {
        const start = word.index - lead;
        const end = start + key.length;
        if (start < 0 || !folded.startsWith(key, start) || (isWord(folded[end]) && isWord(folded[end - 1]))) continue;
        yield { kind, value: text.slice(start, end), start, end };
      }
    for (const literal of literals)
      for (let at = folded.indexOf(literal); at >= 0; at = folded.indexOf(literal, at + literal.length))
        yield { kind: 'redacted', value: text.slice(at, at + literal.length), start: at, end: at + literal.length };
  };
}

const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);

/** In small letters, each at its place: the few whose small form is longer stay as they are. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from({ length: text.length }, (_, at) => {
    const small = text[at]!.toLowerCase();
    return small.length === 1 ? small : text[at]!;
  }).join('');
}
