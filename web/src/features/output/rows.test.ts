import { describe, expect, it } from 'vitest';
import { encode } from '../../lib/encodings.ts';
import { breakBefore, cutRows, MAX_ROW, rowStart } from './rows.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const cut = (text: string, options = {}) =>
  cutRows(bytes(text), 0, 'utf-8', { complete: true, ...options }).map(({ from, to, first, ended }) => [
    text.slice(from, to),
    first,
    ended,
  ]);

describe('bytes cut into rows', () => {
  it('U07 makes a row of each line, with its end', () =>
    expect(cut('a\n\nb')).toEqual([
      ['a\n', true, true],
      ['\n', true, true],
      ['b', true, false],
    ]));
  it('U07 leaves a last row that may go on to the next cut', () =>
    expect(cut('a\nb', { complete: false })).toHaveLength(1));
  it('U07 shows a row that is all there is, though it may go on', () =>
    expect(cut('abc', { complete: false })).toHaveLength(1));
  it('U07 breaks a line without an end, and says that the rest belongs to it', () => {
    const rows = cutRows(bytes('x'.repeat(MAX_ROW * 2 + 5) + '\ny'), 100, 'utf-8', { complete: true });
    expect(rows.map((r) => [r.from, r.to, r.first, r.ended])).toEqual([
      [100, 100 + MAX_ROW, true, false],
      [100 + MAX_ROW, 100 + MAX_ROW * 2, false, false],
      [100 + MAX_ROW * 2, 106 + MAX_ROW * 2, false, true],
      [106 + MAX_ROW * 2, 107 + MAX_ROW * 2, true, false],
    ]);
  });
  it('F120 U07 never cuts a character', () => {
    const all = bytes('äöü€🧪');
    for (let at = 0; at <= all.length; at++) {
      const to = breakBefore(all, at, 'utf-8');
      expect(new TextDecoder('utf-8', { fatal: true }).decode(all.subarray(0, to))).toBeTypeOf('string');
    }
    const wide = encode('a🧪b', 'utf-16le')!;
    expect(breakBefore(wide, 4, 'utf-16le')).toBe(2);
    expect(breakBefore(wide, 7, 'utf-16le')).toBe(6);
  });
  it('U09 finds lines in UTF-16 only where a character begins', () => {
    const wide = encode('\u0a0a\u000aab\n', 'utf-16be')!;
    const rows = cutRows(wide, 0, 'utf-16be', { complete: true });
    expect(rows.map((r) => r.to)).toEqual([4, 10]);
  });
  it('U07 goes from any byte back to where its line begins', () => {
    expect(rowStart(bytes('one\ntwo\nthree'), 10, 'utf-8')).toEqual({ at: 8, first: true });
    expect(rowStart(bytes('one\ntwo'), 4, 'utf-8')).toEqual({ at: 4, first: true });
    expect(rowStart(bytes('oneä'), 4, 'utf-8')).toEqual({ at: 3, first: false });
    expect(rowStart(encode('a\nbc', 'utf-16le')!, 6, 'utf-16le')).toEqual({ at: 4, first: true });
  });
});
