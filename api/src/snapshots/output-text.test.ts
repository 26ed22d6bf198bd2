import { describe, expect, it } from 'vitest';
import { MOST_OF_ALL, MOST_OF_STREAM, cut, mostOfEach } from './output-text.ts';

const stream = (bytes: Buffer, most: number) =>
  cut(async (offset, length) => bytes.subarray(offset, offset + length), bytes.length, most);
const lines = (n: number) => Array.from({ length: n }, (_, i) => `line ${i} of Kürzel\n`).join('');

describe('F115 output in a copy', () => {
  it('is whole where it is short, in the encoding it looks to be in', async () => {
    expect(await stream(Buffer.from(lines(3)), 1000)).toEqual({ text: lines(3), leftOut: 0 });
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(lines(3), 'utf16le')]);
    expect(await stream(utf16, 1000)).toEqual({ text: `\ufeff${lines(3)}`, leftOut: 0 });
  });

  it.each(['utf8', 'utf16le'] as const)('keeps whole lines of head and tail of a long one, in %s', async (encoding) => {
    const text = lines(500);
    const whole = Buffer.from(text, encoding);
    for (const most of [200, 201, 333, 1000, 4001]) {
      const { text: kept, leftOut } = await stream(whole, most);
      const [head = '', tail = ''] = kept.split(`[${leftOut} bytes left out]\n`);
      expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
      expect(head.endsWith('\n') || head === '').toBe(true);
      expect(Buffer.byteLength(head + tail, encoding) + leftOut).toBe(whole.length);
      expect(leftOut).toBeGreaterThanOrEqual(whole.length - most - 2);
      expect(head.length + tail.length).toBeGreaterThan(0);
      for (const line of `${head}${tail}`.trimEnd().split('\n')) expect(line).toMatch(/^line \d+ of Kürzel$/);
    }
  });

  it('a line too long to be told whole is left out: half of it could be half a name', async () => {
    expect(await stream(Buffer.from('x'.repeat(1000)), 100)).toEqual({
      text: '[1000 bytes left out]\n',
      leftOut: 1000,
    });
  });

  it.each(['utf8', 'utf16le'] as const)(
    'F110 shows no rows of a table whose head was left out, in %s',
    async (encoding) => {
      const rows = (n: number) => Array.from({ length: n }, (_, i) => `Lena Vogel ${i}  lvogel${i}\r\n`).join('');
      const table = (n: number) => `\r\nName  SamAccountName\r\n----  --------------\r\n${rows(n)}\r\n`;
      const end = 'all was read\r\n';
      // It begins in the middle: its rows go, what comes after it stays.
      const middle = await stream(Buffer.from(lines(100) + table(200) + end, encoding), 2000);
      expect(middle.text).toMatch(/^line 0 [^]*line \d+ of Kürzel\n\[\d+ bytes left out\]\nall was read\r\n$/);
      // It is the last: nothing of it stays.
      const last = await stream(Buffer.from(lines(100) + table(200).trimEnd(), encoding), 2000);
      expect(last.text).toMatch(/bytes left out\]\n$/);
      // It begins in the head, which says what its columns are: its rows stay.
      const whole = await stream(Buffer.from(table(200) + end, encoding), 2000);
      expect(whole.text).toMatch(/^\r\nName [^]*bytes left out\]\nLena Vogel [^]*lvogel199\r\n\r\nall was read\r\n$/);
    },
  );

  it('leaves room for all: long ones give way before short ones do', () => {
    expect(mostOfEach([10, 20])).toBe(MOST_OF_STREAM);
    const many = Array.from({ length: 100 }, () => MOST_OF_STREAM);
    const most = mostOfEach([...many, 10]);
    expect(many.length * most + 10).toBeLessThanOrEqual(MOST_OF_ALL);
    expect(most).toBeGreaterThan(10);
  });
});
