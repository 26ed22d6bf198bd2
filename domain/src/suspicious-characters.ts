/** Why a character is marked where a person is to read exact text. */
export type Oddity =
  /** Turns the direction of writing: text stands elsewhere than it runs. */
  | 'direction'
  /** Takes no room. */
  | 'invisible'
  | 'control'
  /** A space, or the end of a line, that is none for a shell. */
  | 'space'
  /** Looks like a plain letter or sign, and is another one. */
  | 'look_alike';

export interface Mark {
  /** UTF-16 units, the end not included. */
  start: number;
  end: number;
  /** `U+202E` */
  codePoint: string;
  oddity: Oddity;
}

/* eslint-disable no-control-regex -- these are the characters that this file is about */
const ODD: readonly [Oddity, RegExp][] = [
  ['direction', /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u],
  [
    'invisible',
    /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u,
  ],
  ['control', /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/u],
  ['space', /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u],
  // Wide and mathematical letters, dashes, quotation marks (PowerShell takes the curly ones for quotes), slashes, bars, colons and semicolons of other scripts.
  [
    'look_alike',
    /[\u01c0\u01c3\u02b9-\u02bc\u02c2-\u02c8\u02dc\u037e\u0387\u05be\u05c0\u05c3\u060c\u066a\u06d4\u2010-\u2015\u2018-\u201f\u2024\u2032-\u2037\u2039\u203a\u2041\u2043\u2044\u204e\u2052\u20e5\u2212\u2215-\u2217\u2219\u2223\u2236\u223c\u2758\u2768-\u2775\u27cb\u27cd\u2981\u29f5\u29f8\u29f9\u2cfb\u2cfe\u30fb\ua4f8\ua4fd\ua789\ua78c\ufe50-\ufe6b\uff01-\uff5e\uff61\uff64\uff65\uffe8\u{1d400}-\u{1d7ff}]/u,
  ],
];
const ANY_ODD = new RegExp(ODD.map(([, of]) => of.source).join('|'), 'gu');
/* eslint-enable no-control-regex */

const WORD = /[\p{L}\p{M}]+/gu;
const LATIN = /\p{Script=Latin}/u;
const FOREIGN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/gu;
/** Letters of other scripts that nobody can tell from a Latin one: a word of nothing else is no word of its own language. */
const TWINS =
  /^[\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03c1\u0405\u0406\u0408\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d]+$/u;

/**
 * Characters of a text that a reader does not see, sees elsewhere than they stand, or takes for others; in their order. A letter of another
 * script counts only in a word that is Latin otherwise, or that would pass for one: names in their own script are as they should be.
 */
export function suspiciousCharacters(text: string): Mark[] {
  const marks: Mark[] = [];
  for (const { 0: found, index } of text.matchAll(ANY_ODD)) {
    const oddity = ODD.find(([, of]) => of.test(found))?.[0];
    // The end of a line as Windows writes it.
    if (oddity === undefined || (found === '\r' && text[index + 1] === '\n')) continue;
    marks.push(mark(found, index, oddity));
  }
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!LATIN.test(word) && !TWINS.test(word)) continue;
    for (const { 0: letter, index: within } of word.matchAll(FOREIGN))
      marks.push(mark(letter, index + within, 'look_alike'));
  }
  return marks.sort((a, b) => a.start - b.start);
}

/** Only what hides or moves text: for words of people, in which curly quotes and letters of two scripts are no wonder. */
export const hidingCharacters = (text: string): Mark[] =>
  suspiciousCharacters(text).filter(({ oddity }) => oddity !== 'look_alike' && oddity !== 'space');

const mark = (character: string, start: number, oddity: Oddity): Mark => ({
  start,
  end: start + character.length,
  codePoint: `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  oddity,
});
