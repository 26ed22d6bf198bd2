import { describe, expect, it } from 'vitest';
import { byteRange } from './byte-range.ts';

const of = (range: string | undefined, total = 100, ifRange?: string) =>
  byteRange({ range, 'if-range': ifRange }, total, '"sum"');

describe('a Range header', () => {
  it.each([
    ['bytes=0-9', { from: 0, to: 10 }],
    ['bytes=90-', { from: 90, to: 100 }],
    ['bytes=-10', { from: 90, to: 100 }],
    ['bytes=-1000', { from: 0, to: 100 }],
    ['bytes=95-1000', { from: 95, to: 100 }],
    ['Bytes = 5 - 5', { from: 5, to: 6 }],
  ])('U07 %s is a part', (range, part) => expect(of(range)).toEqual(part));
  it.each(['bytes=100-', 'bytes=1000-2000', 'bytes=-0'])('U07 %s asks for what is not there', (range) =>
    expect(of(range)).toBe('unsatisfiable'),
  );
  it.each([undefined, '', 'lines=1-2', 'bytes=-', 'bytes=5-4', 'bytes=a-b', 'bytes=0-1,5-6'])(
    'U07 %s is answered with the whole',
    (range) => expect(of(range)).toBeNull(),
  );
  it('U07 nothing of an empty output can be asked for', () => expect(of('bytes=0-', 0)).toBe('unsatisfiable'));
  it('U07 a range of something that changed meanwhile gives the whole', () => {
    expect(of('bytes=0-9', 100, '"sum"')).toEqual({ from: 0, to: 10 });
    expect(of('bytes=0-9', 100, '"other"')).toBeNull();
  });
});
