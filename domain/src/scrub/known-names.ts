import { fold } from './fold.ts';
import type { Found } from './found.ts';
import type { MarkKind } from './mark-kind.ts';
import { occurrences } from './occurrences.ts';
import { isCommonWord, isWellKnownAccount } from './well-known.ts';

/** What the organisation knows of a session by name: its client, people, logins, computers. */
export interface KnownName {
  kind: Exclude<MarkKind, 'redacted' | 'secret'>;
  value: string;
  /** Known only where this stands right before it: a requester called `user`, which other texts mean otherwise. */
  after?: string;
}

/** A client's name of this many letters, its first word of four, is also found inside a longer word: `BrightlineVPN`. */
const INSIDE_WORDS = 6;
const SHORTEST_BEGINNING = 4;

/** What may stand between the words of a name: `brightline-print.example`, `Abe, Ken`, a line's end. */
const BETWEEN = '[\\s,._-]{0,3}';
const WORD = /[\p{L}\p{N}]+/gu;

/** A way to write a name, looked at where its first words stand. */
interface Way {
  kind: KnownName['kind'];
  source: string;
  flags: 'giuy' | 'guy';
  /** Made when the first words were met. */
  pattern?: RegExp;
}

/**
 * Finds the names that the organisation knows, whatever their case, with or without what stands between their words. A person's names
 * count in both orders, and each by itself where it is written as a name and is not a word of the language too. One walk over the words of a
 * text, however many names there are.
 */
export function namesIn(given: readonly KnownName[]): (text: string) => Iterable<Found> {
  const names = new Ways();
  const known = given.filter((name) => name.after === undefined && !isShortClient(name)).flatMap(spellings);
  const here = given.flatMap(hereOnly);
  for (const name of known) names.add(name);
  const exact = occurrences(
    // `Administrator` and `root` are on every computer.
    known
      .map(({ kind, value }) => ({ kind, value: value.trim() }))
      .filter(({ kind, value }) => !/\s/.test(value) && !(kind === 'account' && isWellKnownAccount(value))),
    [],
    true,
  );
  return function* (text) {
    yield* exact(text);
    yield* names.in(text);
    for (const { kind, pattern } of here)
      for (const { index, 0: value } of text.matchAll(pattern))
        yield { kind, value, start: index, end: index + value.length, hereOnly: true };
  };
}

/** `IT` is a client's name, `it` is none. */
const isShortClient = ({ kind, value }: KnownName): boolean => kind === 'client' && value.trim().length <= 2;

/** Names that are none elsewhere, or not in other letters. */
function hereOnly(name: KnownName): { kind: KnownName['kind']; pattern: RegExp }[] {
  const { kind, value, after } = name;
  if (value.trim() === '' || (after === undefined && !isShortClient(name))) return [];
  const before = after === undefined ? '' : `(?<=${escape(after)})`;
  return [{ kind, pattern: new RegExp(before + bounded(escape(value.trim())), 'gu') }];
}

/** Whether a name by itself is a word that texts use otherwise: no capital letter says that it is a name, or it is one that also is a word. */
export const isAlsoWord = (value: string): boolean =>
  /^[^\s\p{Lu}\d]+$/u.test(value) || isCommonWord(value) || ALSO_WORDS.has(value.toLowerCase());

/**
 * With accents as one character or two, and without them: `Müller` as macOS and as some logs write it. And as bytes of another code page
 * are read, with a sign in place of each letter that is no ASCII, where enough letters are left to tell it by.
 */
const spellings = ({ kind, value }: KnownName): KnownName[] => {
  const unread = value.normalize('NFC').replace(/(?!\p{ASCII})\p{L}/gu, '\ufffd');
  const letters = unread.match(/[a-z\d]/gi)?.length ?? 0;
  const misread = letters >= 3 && letters > unread.split('\ufffd').length - 1 ? [unread] : [];
  return [
    ...new Set([value, value.normalize('NFC'), value.normalize('NFD'), value.normalize('NFD').replace(/\p{M}/gu, '')]),
    ...(unread === value ? [] : misread),
  ].map((of) => ({ kind, value: of }));
};

class Ways {
  /** By the first two words of a name; by the only one; by both written together. */
  private readonly byWords = new Map<string, Way[]>();
  /** Names of clients by their first word, for longer words that begin or go on with it. */
  private readonly byBeginning = new Map<string, Way[]>();
  private readonly lengths = new Set<number>();
  private readonly begins = new Set<number>();
  private readonly seen = new Set<string>();

  add({ kind, value }: KnownName): void {
    const words = value.split(/[\s\ue000]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
    if (words.length > 1) this.addOrder(kind, words);
    if (kind === 'client') this.addBeginning(kind, words);
    if (kind !== 'person' || words.length < 2) return;
    this.addOrder(kind, [words.at(-1)!, ...words.slice(0, -1)]);
    for (const word of words)
      if (/^\p{Lu}/u.test(word) && word.length >= 3 && !ALSO_WORDS.has(word.toLowerCase()))
        this.put(this.byWords, fold(word).match(WORD)![0], { kind, source: bounded(escape(word)), flags: 'guy' });
  }

  *in(text: string): Iterable<Found> {
    const folded = fold(text);
    let before = { word: '', at: 0, end: -10 };
    if (this.byWords.size > 0)
      for (const { index, 0: word } of folded.matchAll(WORD)) {
        yield* wayAt(this.byWords.get(word), text, index);
        if (index - before.end <= 3) yield* wayAt(this.byWords.get(`${before.word} ${word}`), text, before.at);
        before = { word, at: index, end: index + word.length };
      }
    if (this.byBeginning.size > 0)
      for (let at = 0; at < folded.length; at++)
        if (this.begins.has(folded.charCodeAt(at)))
          for (const length of this.lengths)
            yield* wayAt(this.byBeginning.get(folded.slice(at, at + length)), text, at);
  }

  private addOrder(kind: KnownName['kind'], words: readonly string[]): void {
    const [first = '', second = ''] = fold(words.join(' ')).match(WORD) ?? [];
    const way: Way = { kind, source: bounded(inAnySpelling(words)), flags: 'giuy' };
    this.put(this.byWords, `${first} ${second}`, way);
    this.put(this.byWords, fold(words.join('')).match(WORD)![0], way);
  }

  private addBeginning(kind: KnownName['kind'], words: readonly string[]): void {
    const [first = ''] = fold(words.join(' ')).match(WORD) ?? [];
    if (first.length < SHORTEST_BEGINNING || words.join('').length < INSIDE_WORDS) return;
    this.lengths.add(first.length);
    this.begins.add(first.charCodeAt(0));
    this.put(this.byBeginning, first, { kind, source: inAnySpelling(words), flags: 'giuy' });
  }

  private put(index: Map<string, Way[]>, key: string, way: Way): void {
    const id = `${way.kind} ${way.flags} ${key} ${way.source}`;
    if (this.seen.has(id)) return;
    this.seen.add(id);
    const ways = index.get(key);
    if (ways === undefined) index.set(key, [way]);
    else ways.push(way);
  }
}

function* wayAt(ways: readonly Way[] | undefined, text: string, at: number): Iterable<Found> {
  for (const way of ways ?? []) {
    way.pattern ??= new RegExp(way.source, way.flags);
    way.pattern.lastIndex = at;
    const match = way.pattern.exec(text);
    if (match !== null) yield { kind: way.kind, value: match[0], start: at, end: at + match[0].length };
  }
}

/** From its first letter or figure on: what stands before it, as in `(Abe)`, is left where it is. */
const inAnySpelling = (words: readonly string[]): string =>
  words.map((word, index) => escape(index === 0 ? word.replace(/^[^\p{L}\p{N}]+/u, '') : word)).join(BETWEEN);

const bounded = (source: string): string => `(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`;

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Names of people that are words of the language, or of a calendar, too, in small letters: alone they are not hidden. */
const ALSO_WORDS = new Set(
  `will mark may june april august bill grace hope art rich frank grant chase page rose dawn sue guy max king young long short black white green
  brown gray day price field case power bell bush cook root port read link drew miles jack cliff gene ray van the and von del
  jan feb mar apr jun jul aug sep oct nov dec mon tue wed thu fri sat sun`.split(/\s+/),
);
