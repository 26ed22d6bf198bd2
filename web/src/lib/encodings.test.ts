import { describe, expect, it } from 'vitest';
import { decode, decodeMarked, encode, type Encoding, ENCODINGS, guessEncoding, isText } from './encodings.ts';

const of = (...bytes: number[]) => Uint8Array.from(bytes);
const every = Uint8Array.from({ length: 256 }, (_, i) => i);

describe('bytes read as text', () => {
  it.each<[Encoding, Uint8Array]>([
    ['utf-8', of(0xc3, 0xa4, 0xc3, 0xb6)],
    ['utf-16le', of(0xe4, 0, 0xf6, 0)],
    ['utf-16be', of(0, 0xe4, 0, 0xf6)],
    ['windows-1252', of(0xe4, 0xf6)],
    ['cp437', of(0x84, 0x94)],
    ['cp850', of(0x84, 0x94)],
  ])('U09 makes umlauts readable in %s, and writes them back', (encoding, bytes) => {
    expect(decode(bytes, encoding)).toBe('äö');
    expect(encode('äö', encoding)).toEqual(bytes);
  });
  it('U09 knows the code pages to their ends', () => {
    expect(decode(of(0xb0, 0xdb, 0xe1, 0xfb, 0xff), 'cp437')).toBe('░█ß√\u00a0');
    expect(decode(of(0x9b, 0xb5, 0xd5, 0xee, 0xff), 'cp850')).toBe('øÁı¯\u00a0');
    for (const page of ['cp437', 'cp850'] as const) expect(new Set(decode(every, page)).size).toBe(256);
  });
  it('U09 has no character for what a code page lacks', () => expect(encode('€', 'cp437')).toBeNull());
  it('U06 drops no byte-order mark: the text of the bytes is all of them', () => {
    expect(decode(of(0xef, 0xbb, 0xbf, 0x61), 'utf-8')).toBe('\ufeffa');
    expect(decode(of(0xff, 0xfe, 0x61, 0), 'utf-16le')).toBe('\ufeffa');
  });
  it('F027 keeps each byte that is no UTF-8 known, and no more than those', () => {
    const marks = (bytes: Uint8Array) => decodeMarked(bytes, 'utf-8').match(/[\ufdd0-\ufddf]{2}/g)?.length ?? 0;
    expect(decodeMarked(of(0x61, 0, 0x62, 0xff), 'utf-8')).toBe('a\0b\ufddf\ufddf');
    expect(marks(of(0xc3))).toBe(1);
    expect(marks(of(0xe2, 0x82, 0x41))).toBe(2);
    expect(marks(of(0xed, 0xa0, 0x80))).toBe(3); // A surrogate is no character.
    expect(marks(of(0xf0, 0x9f, 0xa7, 0xaa))).toBe(0);
    expect(marks(of(0xc0, 0x80))).toBe(2);
  });
  it('F027 takes no text for such a mark', () =>
    expect(decodeMarked(new TextEncoder().encode('\ufdd1\ufdd2'), 'utf-8')).toBe('\ufffd\ufffd'));
  it('U06 says whether a text says all of the bytes', () => {
    expect(isText(of(0x61, 0, 0x62), 'utf-8')).toBe(true);
    expect(isText(of(0x61, 0xff), 'utf-8')).toBe(false);
    expect(isText(of(0x61, 0xff), 'cp850')).toBe(true);
    expect(isText(of(0, 0xd8, 0x61, 0), 'utf-16le')).toBe(false);
  });
  it('U09 sees UTF-16 by its mark or by its zeros, and takes everything else for UTF-8', () => {
    const wide = (text: string, encoding: Encoding) => encode(text, encoding)!;
    expect(guessEncoding(of(0xff, 0xfe, 0x61, 0))).toBe('utf-16le');
    expect(guessEncoding(of(0xfe, 0xff, 0, 0x61))).toBe('utf-16be');
    expect(guessEncoding(wide('Volume in drive C\r\n', 'utf-16le'))).toBe('utf-16le');
    expect(guessEncoding(wide('Volume in drive C\r\n', 'utf-16be'))).toBe('utf-16be');
    expect(guessEncoding(of(0x61, 0, 0x62, 0xff))).toBe('utf-8');
    expect(guessEncoding(new Uint8Array(4096))).toBe('utf-8');
    expect(guessEncoding(of())).toBe('utf-8');
  });
  it('U09 offers every encoding by a name', () => expect(Object.keys(ENCODINGS)).toHaveLength(6));
});
