import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BLOCK, rangeReader, readAhead } from './output-http.ts';

/** The server's part: what was asked of it, and an answer that says which question it belongs to. */
let asked: string[] = [];
let away = false;
beforeEach(() => {
  asked = [];
  away = false;
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push(`${url} ${new Headers(init.headers).get('range')}`);
    if (away) throw new TypeError('Failed to fetch');
    return new Response(`answer ${asked.length}`, { status: 206, headers: { 'x-total-bytes': '100000' } });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const read = async (commandId: string, from: number, to: number): Promise<string> =>
  new TextDecoder().decode((await rangeReader(commandId, 'stdout')(from, to)).bytes);

describe('the beginning of an output, read before its page is there', () => {
  it('F037 is what the page reads first, once; further on, and again, the server is asked', async () => {
    readAhead('C1', 'stdout');
    expect(await read('C1', 0, BLOCK)).toBe('answer 1');
    expect(await read('C1', 0, BLOCK)).toBe('answer 2');
    readAhead('C2', 'stdout');
    expect(await read('C2', BLOCK, 2 * BLOCK)).toBe('answer 4');
    expect(await read('C3', 0, BLOCK)).toBe('answer 5');
    expect(await read('C2', 0, BLOCK)).toBe('answer 3');
    expect(asked[0]).toBe('/api/commands/C1/output/stdout bytes=0-65535');
  });

  it('is asked again where it could not be read, or where the page came much later', async () => {
    away = true;
    readAhead('C1', 'stdout');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    away = false;
    expect(await read('C1', 0, BLOCK)).toBe('answer 2');
    vi.useFakeTimers();
    readAhead('C2', 'stdout');
    vi.setSystemTime(Date.now() + 60_000);
    expect(await read('C2', 0, BLOCK)).toBe('answer 4');
  });
});
