import type { Language } from './catalogue.ts';
import { NOUNS, PIECES, SENTENCES } from './reasons-es.ts';

/*
 * The reasons of a verdict in the language of who reads them. The record, the desk and every runtime keep one sentence, the English one; another
 * language is made of it where it is read, so that whoever has the record can make it again. The sentence is what is said again, and nothing
 * else: what a name in it may be mistaken for, it is mistaken for in English too.
 */

interface Sentence {
  pattern: RegExp;
  says: string;
  /** Letters of the sentence itself. */
  fixed: number;
}

/** Longer sentences than any rule makes are not looked at. */
const LONGEST = 600;
/** `sudo` behind `sudo`. */
const DEEPEST = 3;

const GAP = /\{(\w+)\}/g;
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const sentences: readonly Sentence[] = Object.entries(SENTENCES)
  .map(([english, says]) => ({
    pattern: new RegExp(
      `^${english
        .split(GAP)
        .map((part, i) => (i % 2 === 0 ? literal(part) : `(?<${part}>.+?)`))
        .join('')}$`,
      'su',
    ),
    says,
    fixed: english.replace(GAP, '').length,
  }))
  .sort((a, b) => b.fixed - a.fixed);

/** The sentence in that language, or null where it has none there. Small first letter, no full stop. */
export function reasonIn(language: Language, words: string): string | null {
  return language === 'en' ? plainReason(words) : spanish(words, 0);
}

/** Some rules write whole sentences, with a capital and a full stop; a stop behind a name (`deletes x.`) is the name's own. */
export const plainReason = (words: string): string =>
  /^[A-Z`].*\.$/s.test(words)
    ? `${words.charAt(0).toLowerCase()}${words.slice(1, -1)}`
    : `${words.charAt(0).toLowerCase()}${words.slice(1)}`;

function spanish(words: string, depth: number): string | null {
  if (words.length > LONGEST || depth > DEEPEST) return null;
  const plain = plainReason(words);
  for (const { pattern, says } of sentences) {
    const found = pattern.exec(plain);
    if (found === null) continue;
    const { sentence, ...things } = found.groups ?? {};
    const inner = sentence === undefined ? '' : spanish(sentence, depth + 1);
    if (inner === null) return null;
    return says.replace(/(\b(?:de|a) )?\{(\w+)\}/g, (_, before: string | undefined, gap: string) => {
      const thing = gap === 'sentence' ? inner : gap === 'code' ? (things[gap] ?? '') : thingOf(things[gap] ?? '');
      return contracted(before ?? '', thing);
    });
  }
  return null;
}

/** `de` and `a` join with `el`. */
const contracted = (before: string, thing: string): string =>
  before !== '' && thing.startsWith('el ') ? `${before.trimEnd()}l ${thing.slice(3)}` : `${before}${thing}`;

/** `a.txt, the print service (cups) and 2 more`: names as they are, and what the rules call things. */
function thingOf(text: string): string {
  const [, some = text, more] = /^(.+) and (\d+) more$/s.exec(text) ?? [];
  const said = some.split(', ').map(pieceOf).join(', ');
  return more === undefined ? said : `${said} y ${more} más`;
}

function pieceOf(piece: string): string {
  if (Object.hasOwn(PIECES, piece)) return PIECES[piece]!;
  if (!piece.startsWith('the ')) return piece;
  const words = piece.slice(4).split(' ');
  for (let count = words.length; count > 0; count -= 1) {
    const noun = words.slice(0, count).join(' ');
    if (!Object.hasOwn(NOUNS, noun)) continue;
    const name = words.slice(count).join(' ');
    // `los permisos de` alone would wait for a name.
    return name === '' ? NOUNS[noun]!.replace(/ (de|en|con)$/, '') : `${NOUNS[noun]!} ${pieceOf(name)}`;
  }
  return `«${piece.slice(4)}»`;
}
