import { fold } from './fold.ts';
import { type Found, type Named, keyOf } from './found.ts';
import type { MarkKind } from './mark-kind.ts';
import { isCommonWord } from './well-known.ts';

/** Shorter values say too little to be looked for everywhere; longer ones are found by their form wherever they stand. */
const SHORTEST = 3;
const LONGEST = 4096;

/**
 * Looks for values that were found once, as whole words and whatever their case, and for what a reviewer hides, also inside words.
 * One walk over the words of a text, however many values there are: they are told apart by their first word, then by their length.
 * A found value that is a word of manuals too is not looked for: a field held it by chance. `given` are names somebody knows: they are.
 */
export function occurrences(
  values: readonly Named[],
  hide: readonly string[],
  given = false,
): (text: string) => Iterable<Found> {
  const kinds = new Map<string, MarkKind>();
  const forms = new Map<string, { lead: number; length: number }[]>();
  for (const { value, kind } of values) {
    const key = fold(value);
    const first = /[\p{L}\p{N}]+/u.exec(key);
    if (first === null || key.length < (given ? 2 : SHORTEST) || key.length > LONGEST) continue;
    if (!given && isCommonWord(key)) continue;
    if (kind === 'secret' || !kinds.has(key)) kinds.set(key, kind);
    const known = forms.get(first[0]) ?? [];
    if (!known.some(({ lead, length }) => lead === first.index && length === key.length))
      forms.set(first[0], [...known, { lead: first.index, length: key.length }]);
  }
  const literals = hide.filter((value) => keyOf(value) !== '').map(fold);

  return function* (text) {
    const folded = fold(text);
    if (forms.size > 0)
      for (const word of folded.matchAll(/[\p{L}\p{N}]+/gu))
        for (const { lead, length } of forms.get(word[0]) ?? []) {
          const start = word.index - lead;
          const end = start + length;
          if (start < 0 || (isWord(folded[end]) && isWord(folded[end - 1]))) continue;
          const kind = kinds.get(folded.slice(start, end));
          if (kind !== undefined) yield { kind, value: text.slice(start, end), start, end };
        }
    for (const literal of literals)
      for (let at = folded.indexOf(literal); at >= 0; at = folded.indexOf(literal, at + literal.length))
        yield { kind: 'redacted', value: text.slice(at, at + literal.length), start: at, end: at + literal.length };
  };
}

const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
