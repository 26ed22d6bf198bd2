import { afterEach, describe, expect, it, vi } from 'vitest';
import { BoardEventsDocument } from '../graphql/generated/operations.ts';
import { connection } from './connection.ts';
import { frameOf, readEventStream } from './event-stream.ts';

const streamed = (chunks: string[]) =>
  new Response(
    new ReadableStream({ start: (c) => (chunks.forEach((x) => c.enqueue(new TextEncoder().encode(x))), c.close()) }),
    { headers: { 'content-type': 'text/event-stream' } },
  );

describe('a live stream', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('reads events cut anywhere, and passes over pings', async () => {
    vi.stubGlobal('fetch', async () =>
      streamed([
        ':\n\nevent: next\nda',
        'ta: {"data":{"boardEvents":{"kind":"a"}}}\n\n:\n',
        '\nevent: next\ndata: {"data":{"boardEvents":{"kind":"b"}}}\n\nevent: complete\ndata:\n\n',
      ]),
    );
    const kinds: string[] = [];
    const end = await readEventStream(
      BoardEventsDocument,
      {},
      (d) => kinds.push(d.boardEvents.kind),
      new AbortController().signal,
    );
    expect(kinds).toEqual(['a', 'b']);
    expect(end).toBeNull();
  });
  it('gives back a refusal with its code', async () => {
    vi.stubGlobal('fetch', async () =>
      streamed(['event: next\ndata: {"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}\n\n']),
    );
    const end = await readEventStream(BoardEventsDocument, {}, () => undefined, new AbortController().signal);
    expect(end).toEqual({ code: 'FORBIDDEN', message: 'no' });
  });
  it('U22 sends the CSRF header, and tells when the server does not answer', async () => {
    let sent: Headers | null = null;
    vi.stubGlobal('fetch', async (_: unknown, init: RequestInit) => {
      sent = new Headers(init.headers);
      throw new TypeError('Failed to fetch');
    });
    await expect(
      readEventStream(BoardEventsDocument, {}, () => undefined, new AbortController().signal),
    ).rejects.toThrow('Failed to fetch');
    expect(sent!.get('x-throughline')).toBe('1');
    expect(connection.lostAt.value).not.toBeNull();
  });
  it('reads nothing from the closing event', () => {
    expect(frameOf('event: complete\ndata:')).toBeNull();
  });
});
