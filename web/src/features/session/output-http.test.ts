import { afterEach, describe, expect, it, vi } from 'vitest';
import { ref } from 'vue';
import { findInOutput, indexOfBytes } from './output-http.ts';
import { PAGE_BYTES, useOutputPages } from './use-output-pages.ts';

const all = new TextEncoder().encode(Array.from({ length: 300_000 }, (_, i) => `line ${i + 1} ä`).join('\n'));
/** The REST endpoint over real bytes. */
const serve = async (url: string) => {
  const { searchParams } = new URL(url, 'http://x');
  const offset = Number(searchParams.get('offset'));
  const part = all.subarray(offset, offset + Number(searchParams.get('length')));
  return new Response(part, { headers: { 'x-total-bytes': String(all.length), 'x-offset': String(offset) } });
};

describe('stored output', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('F120 reaches every byte by turning pages, none twice and none cut', async () => {
    vi.stubGlobal('fetch', serve);
    const pages = useOutputPages(ref('C1'), ref('stdout' as const), ref(PAGE_BYTES * 3 + 10));
    let text = '';
    await pages.first();
    for (;;) {
      text += pages.page.value?.text;
      if (pages.atLast.value) break;
      await pages.next();
    }
    expect(text.startsWith(new TextDecoder().decode(all.subarray(0, PAGE_BYTES * 3 - 8)))).toBe(true);
    expect(text).not.toContain('\ufffd');
  });
  it('U07 finds a word on the last line of a long output and turns to it', async () => {
    vi.stubGlobal('fetch', serve);
    const pages = useOutputPages(ref('C1'), ref('stdout' as const), ref(all.length));
    await pages.first();
    const offset = await pages.find('LINE 300000', 0);
    expect(new TextDecoder().decode(all.subarray(offset, offset + 11))).toBe('line 300000');
    expect(pages.page.value?.text).toContain('line 300000');
    expect(pages.atLast.value).toBe(true);
  });
  it('finds a text that two reads cut, and says -1 when it is nowhere', async () => {
    vi.stubGlobal('fetch', serve);
    const edge = 1024 * 1024;
    const word = new TextDecoder().decode(all.subarray(edge - 9, edge + 9));
    expect(await findInOutput('C1', 'stdout', word, 0, all.length)).toBe(edge - 9);
    expect(await findInOutput('C1', 'stdout', 'nowhere', 0, all.length)).toBe(-1);
  });
  it('says in words that the output is kept when it cannot be read', async () => {
    vi.stubGlobal('fetch', async () => new Response('', { status: 500 }));
    const pages = useOutputPages(ref('C1'), ref('stdout' as const), ref(10));
    await pages.first();
    expect(pages.problem.value).toContain('It is kept on the record');
  });
  it('compares letters in either case and other bytes exactly', () => {
    const of = (s: string) => new TextEncoder().encode(s);
    expect(indexOfBytes(of('xxABC'), of('abc'))).toBe(2);
    expect(indexOfBytes(of('[a]'), of('{a}'))).toBe(-1);
  });
});
