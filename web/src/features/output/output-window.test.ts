import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../lib/encodings.ts';
import { ByteSource } from './byte-source.ts';
import { LineCounts } from './line-counts.ts';
import { MOST_BYTES, MOST_ROWS, OutputWindow, type Segment } from './output-window.ts';

function over(all: Uint8Array, encoding: Encoding = 'utf-8') {
  const asked: [number, number][] = [];
  const read = async (from: number, to: number) => {
    asked.push([from, to]);
    return { bytes: all.subarray(from, to), total: all.length };
  };
  const source = new ByteSource(read);
  return { view: new OutputWindow(source, encoding), source, read, asked, total: all.length };
}
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (segments: readonly Segment[]) => segments.map((s) => new TextDecoder().decode(s.bytes)).join('');
const held = (segments: readonly Segment[]) => ({
  rows: segments.reduce((n, s) => n + s.rows.length, 0),
  bytes: segments.reduce((n, s) => n + s.bytes.length, 0),
});
/** Offsets at which the rows or segments of a window do not follow one another, or do not go on. */
function tears(view: OutputWindow): number[] {
  let at = view.from;
  const found: number[] = [];
  for (const { from, to, rows } of view.segments) {
    if (from !== at) found.push(from);
    for (const row of rows) {
      if (row.from !== at || row.to <= at) found.push(row.from);
      at = row.to;
    }
    if (to !== at) found.push(to);
  }
  return found;
}
const lines = bytes(Array.from({ length: 200_000 }, (_, i) => `line ${i + 1}\n`).join(''));

describe('the window over an output', () => {
  it('U07 F120 reaches every byte going forward, none twice and none cut, and never holds much', async () => {
    const { view, total } = over(lines);
    let seen = text(await view.openAt(0, total));
    while (view.to < total) {
      const [from, before] = [view.to, view.segments];
      await view.forward(total);
      expect(view.segments).not.toBe(before);
      seen += new TextDecoder().decode(lines.subarray(from, view.to));
      expect(held(view.segments).rows).toBeLessThanOrEqual(MOST_ROWS);
      expect(held(view.segments).bytes).toBeLessThanOrEqual(MOST_BYTES);
    }
    expect(seen.length).toBe(total);
    expect(view.segments.at(-1)?.line).toBeGreaterThan(198_000);
  });
  it('U07 reaches the start going backward from the end', async () => {
    const { view, total } = over(lines);
    await view.openEnd(total);
    expect(text(view.segments).endsWith('line 200000\n')).toBe(true);
    while (view.from > 0) await view.backward();
    expect(text(view.segments).startsWith('line 1\n')).toBe(true);
    expect(view.segments[0]?.line).toBe(1);
  });
  it('U07 opens a GiB at any place by reading little', async () => {
    const total = 1024 ** 3;
    const asked: number[] = [];
    const source = new ByteSource(async (from, to) => {
      asked.push(to - from);
      return { bytes: new Uint8Array(Math.min(to, total) - from).fill(120), total };
    });
    const view = new OutputWindow(source, 'utf-8');
    for (const place of [0, 1, total / 2 + 7, total - 1]) {
      await view.openAt(place, total);
      expect(view.from).toBeLessThanOrEqual(place);
      expect(view.to).toBeGreaterThan(place);
    }
    await view.openEnd(total);
    expect(view.to).toBe(total);
    await view.backward();
    expect(Math.max(...asked)).toBeLessThanOrEqual(192 * 1024);
    expect(asked.length).toBeLessThanOrEqual(6);
  });
  it(
    'U07 keeps segments end to end and rows end to end, whatever the bytes and the moves',
    { timeout: 30_000 },
    async () => {
      const moves = fc.array(
        fc.oneof(
          fc.constant('forward' as const),
          fc.constant('backward' as const),
          fc.constant('end' as const),
          fc.nat({ max: 200_000 }),
        ),
        { maxLength: 12 },
      );
      const pieces = fc.array(
        fc.tuple(fc.constantFrom('\n', 'x', 'ä\n', '\r', '\u001b[31m', '\0'), fc.integer({ min: 1, max: 20_000 })),
        { minLength: 1, maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(
          pieces,
          moves,
          fc.constantFrom<Encoding>('utf-8', 'cp850', 'utf-16le'),
          async (parts, path, encoding) => {
            const all = bytes(parts.map(([piece, n]) => piece.repeat(n)).join(''));
            const { view, total } = over(all, encoding);
            await view.openAt(0, total);
            for (const move of path) {
              if (move === 'forward') await view.forward(total);
              else if (move === 'backward') await view.backward();
              else if (move === 'end') await view.openEnd(total);
              else await view.openAt(move, total);
              expect(tears(view)).toEqual([]);
              if (typeof move === 'number' && move < total) expect(view.from <= move && move < view.to).toBe(true);
            }
          },
        ),
        { numRuns: 30 },
      );
    },
  );
  it('F025 takes in live pieces without asking the server again, also in the middle of a line', async () => {
    const all = bytes('one\ntwo\nthree\nfour\n');
    const { view, source, asked } = over(new Uint8Array());
    let total = 0;
    for (const end of [2, 5, 14, all.length]) {
      source.push(total, all.subarray(total, end));
      total = end;
      await view.follow(total);
      expect(text(view.segments)).toBe(new TextDecoder().decode(all.subarray(0, total)));
    }
    expect(asked).toEqual([]);
    expect(view.segments[0]?.rows).toHaveLength(4);
  });
  it('F025 jumps to the end when far more came than fits, and still holds little', async () => {
    const { view } = over(lines);
    await view.follow(1000);
    await view.follow(lines.length);
    expect(view.to).toBe(lines.length);
    expect(held(view.segments).bytes).toBeLessThanOrEqual(MOST_BYTES);
  });
  it('U07 numbers lines after a jump by counting those before it', async () => {
    const { view, read, total } = over(lines);
    await view.openAt(1_000_000, total);
    expect(view.segments[0]?.line).toBeNull();
    const counts = new LineCounts(read, 'utf-8');
    const [first] = view.number((await counts.before(view.from)) + 1);
    expect(text(view.segments).startsWith(`line ${first?.line}\n`)).toBe(true);
  });
});

describe('bytes at hand', () => {
  it('U07 asks for what is missing only, and keeps a bounded part', async () => {
    const { source, asked } = over(lines);
    await source.read(10, 20);
    await source.read(100, 60_000);
    expect(asked).toEqual([[0, 65_536]]);
    expect(await source.read(65_530, 65_540)).toEqual(lines.subarray(65_530, 65_540));
    expect(asked).toHaveLength(2);
  });
  it('U07 is short at the end and empty behind it', async () => {
    const { source } = over(bytes('abc'));
    expect(await source.read(1, 100)).toEqual(bytes('bc'));
    expect(await source.read(3, 10)).toEqual(new Uint8Array());
  });
  it('F025 joins what was read with what came live, and reads what was left out', async () => {
    const { source, asked } = over(lines.subarray(0, 1000));
    await source.read(0, 1000);
    source.push(1000, lines.subarray(1000, 1500));
    expect(await source.read(990, 1500)).toEqual(lines.subarray(990, 1500));
    expect(asked).toHaveLength(1);
    source.push(5000, lines.subarray(5000, 6000));
    await source.read(4990, 5010);
    expect(asked).toHaveLength(2);
  });
});
