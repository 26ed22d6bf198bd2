import { afterEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import type { Encoding } from '../../lib/encodings.ts';
import { encode } from '../../lib/encodings.ts';
import { below, needleOf, placesIn } from './find-bytes.ts';
import { useOutputFind } from './use-output-find.ts';

const places = (hay: string, needle: string, encoding: Encoding = 'utf-8') =>
  placesIn(encode(hay, encoding)!, needleOf(needle, encoding)!, 0);

describe('finding in bytes', () => {
  it('U07 finds letters in either case and other bytes exactly', () => {
    expect(places('xxABCabc', 'aBc')).toEqual([2, 5]);
    expect(places('[a]', '{a}')).toEqual([]);
    expect(places('Größe GRÖSSE grÖße groesse', 'größe')).toEqual([0, 8, 16]);
  });
  it('U07 finds no place over another', () => expect(places('aaaaa', 'aa')).toEqual([0, 2]));
  it('U09 finds in the encoding the output is read as', () => {
    expect(places('ab\u6100Ab', 'ab', 'utf-16le')).toEqual([0, 6]);
    expect(placesIn(new Uint8Array([0x84, 0x8e]), needleOf('ä', 'cp437')!, 0)).toEqual([0, 1]);
    expect(needleOf('€', 'cp437')).toBeNull();
  });
  it('counts what is below a number in a sorted list', () => {
    expect([0, 1, 2, 5, 9].map((n) => below([1, 2, 5], n))).toEqual([0, 0, 1, 2, 3]);
  });
});

describe('finding in a whole output', () => {
  const text = Array.from({ length: 300_000 }, (_, i) => `line ${i + 1} ä`).join('\n');
  const all = new TextEncoder().encode(text);
  const asked: [number, number][] = [];
  const reader = async (from: number, to: number) => (
    asked.push([from, to]),
    { bytes: all.subarray(from, to), total: all.length }
  );
  const scope = effectScope();
  const open = (from = 0) =>
    scope.run(() =>
      useOutputFind({ read: ref(reader), total: ref(all.length), encoding: ref<Encoding>('utf-8'), from: () => from }),
    )!;
  const at = (offset: number | null, length: number) =>
    new TextDecoder().decode(all.subarray(offset ?? 0, (offset ?? 0) + length));
  afterEach(() => void (asked.length = 0));

  it('U07 counts every place, steps through them in both directions and around the ends', async () => {
    const find = open();
    await find.search('LINE 29999');
    expect(find.count.value).toBe(11);
    expect(find.index.value).toBe(1);
    expect(at(find.current.value, 10)).toBe('line 29999');
    find.previous();
    expect(find.index.value).toBe(11);
    expect(at(find.current.value, 11)).toBe('line 299999');
    find.next();
    expect(find.index.value).toBe(1);
  });
  it('U07 begins where the person stands, and numbers the places by the whole', async () => {
    const find = open(all.length - 500);
    await find.search('line 3');
    expect(at(find.current.value, 11)).toBe('line 300000');
    expect(find.index.value).toBe(find.count.value);
    find.next();
    expect(at(find.current.value, 9)).toBe('line 3 ä');
  });
  it('U07 finds a text that two reads cut, once', async () => {
    const edge = 1024 * 1024;
    const word = at(edge - 9, 18);
    const find = open();
    await find.search(word);
    expect(find.current.value).toBe(edge - 9);
    expect(find.count.value).toBe(1);
  });
  it('U07 says that it is nowhere, having read all of it once', async () => {
    const find = open(1_000_000);
    await find.search('nowhere');
    expect([find.done.value, find.count.value, find.current.value]).toEqual([true, 0, null]);
    expect(asked.reduce((n, [from, to]) => n + to - from, 0)).toBeLessThan(all.length * 1.01);
  });
  it('U07 lets go of a search when another begins', async () => {
    const find = open();
    const first = find.search('line 1');
    await find.search('line 300000');
    await first;
    await nextTick();
    expect(find.count.value).toBe(1);
    expect(vi.isFakeTimers()).toBe(false);
  });
});
