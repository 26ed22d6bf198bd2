import { expect, it } from 'vitest';
import { odditiesIn } from './odd-lines.ts';

it('F045 says nothing of a plain command, also with words in another script and Windows line ends', () => {
  expect(odditiesIn('echo "Привет"\r\nls -la /tmp')).toBeNull();
});

it('F045 finds letters of another script in a Latin word', () => {
  // The second letter is Cyrillic.
  expect(odditiesIn('l\u0455 -la')?.words).toBe(
    '1 character is not what you see: U+0455 looks like another character. It is marked below, and wherever the command is shown.',
  );
});

it('F045 shows the places in a long command, and counts the lines it leaves out', () => {
  const script = `${'x'.repeat(50_000)}\u202E${'y'.repeat(50_000)}\n${'a\u200B\n'.repeat(9)}`;
  const odd = odditiesIn(script);
  expect(odd?.lines.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect(odd?.more).toBe(6);
  expect(odd?.lines[0]?.text).toContain('xx\u202Eyy');
  expect(odd?.lines[0]?.text.length).toBeLessThan(300);
});

it('F045 names a few kinds and counts the rest', () => {
  expect(odditiesIn('a\u202E\u200B\u00A0\u2013b')?.words).toContain('U+00A0 is no plain space, and 1 more.');
});
