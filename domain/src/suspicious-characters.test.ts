import { expect, it } from 'vitest';
import { hidingCharacters, suspiciousCharacters } from './suspicious-characters.ts';

const found = (text: string) => suspiciousCharacters(text).map(({ codePoint, oddity }) => `${codePoint} ${oddity}`);

it.each([
  ['a right-to-left override', 'rm /tmp/\u202Egpj.txt', 'U+202E direction'],
  ['an isolate', 'echo \u2066x', 'U+2066 direction'],
  ['a left-to-right mark', 'echo \u200Ex', 'U+200E direction'],
  ['a zero-width space', 'rm -r\u200Bf x', 'U+200B invisible'],
  ['a byte order mark', '\uFEFFls', 'U+FEFF invisible'],
  ['a tag character', 'ls \u{E0041}', 'U+E0041 invisible'],
  ['an escape', 'echo \u001B[2K', 'U+001B control'],
  ['a lone carriage return', 'rm -rf /\rls', 'U+000D control'],
  ['half a character', 'echo \uD800', 'U+D800 control'],
  ['a space that is none for a shell', 'rm -rf\u00A0/', 'U+00A0 space'],
  ['an end of line that is none', 'ls\u2028rm', 'U+2028 space'],
  ['a Cyrillic letter in a Latin word', 'c\u0430t /etc/hosts', 'U+0430 look_alike'],
  ['a Greek letter in a Latin word', 'ech\u03BF x', 'U+03BF look_alike'],
  ['a dash that is no minus', 'rm \u2013rf x', 'U+2013 look_alike'],
  ['a quote that PowerShell takes for one', 'echo \u2019x', 'U+2019 look_alike'],
  ['a wide letter', '\uFF4Cs', 'U+FF4C look_alike'],
  ['a Greek question mark', 'ls\u037E rm', 'U+037E look_alike'],
])('marks %s', (_, text, mark) => {
  expect(found(text)).toEqual([mark]);
});

it('marks every letter of a word that only looks Latin', () => {
  expect(found('\u0441\u043e\u0440')).toHaveLength(3);
});

it.each([
  'rm -rf "/tmp/a b"\n\techo $x | grep -E \'^a\'',
  'type C:\\Users\\José\\Straße.txt\r\ndir',
  'ls /home/müller/Élan',
  'cat Договор.txt',
  'echo 東京 שלום',
  'echo Ωmega'.replace('Ωmega', 'Ω'),
])('leaves alone what is as it should be: %s', (text) => {
  expect(found(text)).toEqual([]);
});

it('gives the place in UTF-16 units, also behind a character of two', () => {
  const text = '😀\u{E0041}x\u202E';
  expect(suspiciousCharacters(text).map(({ start, end }) => [start, end])).toEqual([
    [2, 4],
    [5, 6],
  ]);
});

it('finds in words of people only what hides or moves text', () => {
  expect(hidingCharacters('Olivia’s “printer”\u00A0– c\u0430t \u202E').map(({ codePoint }) => codePoint)).toEqual([
    'U+202E',
  ]);
});
