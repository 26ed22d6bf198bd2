import { CleanText } from './clean-text.ts';
import { fold } from './fold.ts';
import { type Found, type Named, keyOf } from './found.ts';
import type { MarkKind } from './mark-kind.ts';
import { isCommonWord } from './well-known.ts';

/** Shorter values say too little to be looked for everywhere; longer ones are found by their form wherever they stand. */
const SHORTEST = 3;
const LONGEST = 4096;
/** A value of more words is found by its form: so far does the walk look on from one word of a text. */
const MOST_WORDS = 64;
/** In so many forms, with other signs before or behind them, are the same words looked for. */
const MOST_FORMS = 50;
const WORD = /[\p{L}\p{N}]+/gu;

/** Where a value has come to after some of its words: which words go on, each with what stands before it, and which values end here. */
interface Step {
  next: Map<string, Step>;
  ends: { lead: string; tail: string; key: string }[];
}

/**
 * Looks for values that were found once, as whole words and whatever their case, and for what a reviewer hides, also inside words.
 * One walk over the words of a text, however many values there are: at each word it goes on only as long as some value does.
 * A found value that is a word of manuals too is not looked for: a field held it by chance. `given` are names somebody knows: they are.
 */
export function occurrences(
  values: readonly Named[],
  hide: readonly string[],
  given = false,
): (text: string) => Iterable<Found> {
  const kinds = new Map<string, MarkKind>();
  const root: Step = { next: new Map(), ends: [] };
  for (const { value, kind } of values) {
    const key = fold(value);
    if (key.length < (given ? 2 : SHORTEST) || key.length > LONGEST || (!given && isCommonWord(key))) continue;
    const known = kinds.has(key);
    if (kind === 'secret' || !known) kinds.set(key, kind);
    if (!known) add(root, key);
  }
  const literals = hide.flatMap(literalOf);

  return function* (text) {
    if (root.next.size > 0) yield* walk(root, kinds, text);
    for (const literal of literals)
      for (const { index, 0: value } of text.matchAll(literal))
        yield { kind: 'redacted', value, start: index, end: index + value.length };
  };
}

function add(root: Step, key: string): void {
  const words = [...key.matchAll(WORD)];
  const [first] = words;
  if (first === undefined || words.length > MOST_WORDS) return;
  let step = root;
  let at = first.index;
  for (const { index, 0: word } of words) {
    const end = index + word.length;
    const part = key.slice(at, end);
    let next = step.next.get(part);
    if (next === undefined) step.next.set(part, (next = { next: new Map(), ends: [] }));
    step = next;
    at = end;
  }
  if (step.ends.length < MOST_FORMS) step.ends.push({ lead: key.slice(0, first.index), tail: key.slice(at), key });
}

function* walk(root: Step, kinds: Map<string, MarkKind>, text: string): Iterable<Found> {
  const folded = fold(text);
  const words = [...folded.matchAll(WORD)].map(({ index, 0: word }) => ({ index, word, end: index + word.length }));
  for (const [number, { index, word }] of words.entries()) {
    let step = root.next.get(word);
    for (let last = number; step !== undefined; last++) {
      const { end } = words[last]!;
      for (const { lead, tail, key } of step.ends) {
        const start = index - lead.length;
        const stop = end + tail.length;
        const kind = kinds.get(key);
        if (kind !== undefined && folded.startsWith(tail, end) && start >= 0 && folded.startsWith(lead, start))
          yield { kind, value: text.slice(start, stop), start, end: stop };
      }
      if (step.next.size === 0 || words[last + 1] === undefined) break;
      step = step.next.get(folded.slice(end, words[last + 1]!.end));
    }
  }
}

/** A value by hand, as it can be read: runs of white space, a line's end among them, are all the same, and a sign may stand for a control character. */
function literalOf(value: string): RegExp[] {
  const clean = new CleanText(value).text;
  if (keyOf(clean) === '') return [];
  const source = (of: string): string =>
    of
      .trim()
      .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
      .replace(/\s+/g, '\\s+')
      .replace(/[\u2400-\u2426]/g, '$&?');
  const [composed, apart] = [source(clean.normalize('NFC')), source(clean.normalize('NFD'))];
  return [new RegExp(composed === apart ? composed : `${composed}|${apart}`, 'giu')];
}
