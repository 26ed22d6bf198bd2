import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from 'vue';
import { BoardEventsDocument, NotificationAddedDocument } from '../graphql/generated/operations.ts';
import { PlayedSocket } from '../testing/played-socket.ts';

const fetched = vi.fn(async () => {
  const text = 'event: next\ndata: {"data":{"boardEvents":{"kind":"by stream"}}}\n\nevent: complete\ndata:\n\n';
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
});
let followStream: (typeof import('./live-stream.ts'))['followStream'];
let sharesOneSocket: (typeof import('./live-stream.ts'))['sharesOneSocket'];
let connection: (typeof import('./connection.ts'))['connection'];
beforeEach(async () => {
  PlayedSocket.made = [];
  fetched.mockClear();
  vi.stubGlobal('WebSocket', PlayedSocket);
  vi.stubGlobal('fetch', fetched);
  // Each test is a page of its own.
  vi.resetModules();
  ({ followStream, sharesOneSocket } = await import('./live-stream.ts'));
  ({ connection } = await import('./connection.ts'));
});
afterEach(() => (vi.useRealTimers(), vi.unstubAllGlobals()));

/** Something followed, and how it ended. */
function follow(document: typeof BoardEventsDocument | typeof NotificationAddedDocument = BoardEventsDocument) {
  const stop = new AbortController();
  const got: unknown[] = [];
  const opened = vi.fn();
  const end = followStream(document as typeof BoardEventsDocument, {}, (data) => got.push(data), stop.signal, opened);
  const ended = end.then(
    (problem) => ({ problem }),
    (error: Error) => ({ error: error.message }),
  );
  return { got, opened, ended, stop: () => stop.abort() };
}
const newest = () => vi.waitFor(() => PlayedSocket.made.at(-1) ?? Promise.reject(new Error('no socket yet')));
const asked = (socket: PlayedSocket, name: string) =>
  vi.waitFor(() => socket.asked(name) ?? Promise.reject(new Error(`nobody asked for ${name}`)));
const board = (kind: string) => ({ data: { boardEvents: { kind } } });

describe('what a tab follows over its socket', () => {
  it('F078 F137 shares one, each thing gets its own, and the last that is let go closes it', async () => {
    const [first, second] = [follow(), follow(NotificationAddedDocument)];
    const socket = await newest();
    expect([socket.url, socket.protocol]).toEqual([
      `${location.origin.replace(/^http/, 'ws')}/graphql`,
      'graphql-transport-ws',
    ]);
    socket.accept();
    const one = await asked(socket, 'boardEvents');
    const two = await asked(socket, 'notificationAdded');
    expect(PlayedSocket.made).toHaveLength(1);
    // Open is what the server says is open: whoever reads again before that may miss what happens in between.
    expect(first.opened).not.toHaveBeenCalled();
    socket.say({ type: 'pong', payload: { started: one.id } });
    expect(first.opened).toHaveBeenCalledOnce();
    expect(second.opened).not.toHaveBeenCalled();
    socket.say({ type: 'next', id: one.id, payload: board('a') });
    expect([first.got, second.got]).toEqual([[{ boardEvents: { kind: 'a' } }], []]);

    first.stop();
    await first.ended;
    expect(socket.sent.at(-1)).toEqual({ type: 'complete', id: one.id });
    socket.say({ type: 'next', id: one.id, payload: board('late') });
    expect(first.got).toHaveLength(1);
    expect(socket.readyState).toBe(PlayedSocket.OPEN);
    socket.say({ type: 'complete', id: two.id });
    expect(await second.ended).toEqual({ problem: null });
    await vi.waitFor(() => expect(socket.readyState).toBe(PlayedSocket.CLOSED));
    expect(fetched).not.toHaveBeenCalled();

    // Followed again: by a new socket, with the cookie as it is then.
    follow();
    await vi.waitFor(() => expect(PlayedSocket.made).toHaveLength(2));
  });

  it('gives back refusals with their code, however the server says them', async () => {
    const refusal = { message: 'no', extensions: { code: 'FORBIDDEN' } };
    const [first, second] = [follow(), follow(NotificationAddedDocument)];
    const socket = await newest();
    socket.accept();
    socket.say({ type: 'next', id: (await asked(socket, 'boardEvents')).id, payload: { errors: [refusal] } });
    socket.say({ type: 'error', id: (await asked(socket, 'notificationAdded')).id, payload: [{ message: 'bad' }] });
    expect(await first.ended).toEqual({ problem: { code: 'FORBIDDEN', message: 'no' } });
    expect(await second.ended).toEqual({ problem: { code: 'INTERNAL', message: 'bad' } });
    const third = follow();
    const other = await vi.waitFor(() => PlayedSocket.made[1] ?? Promise.reject(new Error('no socket yet')));
    other.readyState = PlayedSocket.OPEN;
    other.onopen?.();
    other.close(4403, 'Sign in first.');
    expect(await third.ended).toEqual({ problem: { code: 'UNAUTHENTICATED', message: 'Sign in first.' } });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('a reader that fails ends alone', async () => {
    const stop = new AbortController();
    const failing = followStream(
      BoardEventsDocument,
      {},
      () => {
        throw new Error('cannot show this');
      },
      stop.signal,
      () => undefined,
    ).catch((error: Error) => error.message);
    const other = follow(NotificationAddedDocument);
    const socket = await newest();
    socket.accept();
    socket.say({ type: 'next', id: (await asked(socket, 'boardEvents')).id, payload: board('a') });
    expect(await failing).toBe('cannot show this');
    expect(socket.readyState).toBe(PlayedSocket.OPEN);
    other.stop();
  });
});

describe('a socket that is refused or lost', () => {
  it('turns to server-sent events when the first cannot be opened, and stays with them', async () => {
    const [first, second] = [follow(), follow()];
    expect(sharesOneSocket.value).toBe(true);
    (await newest()).break();
    expect(await first.ended).toEqual({ problem: null });
    await second.ended;
    expect(first.got).toEqual([{ boardEvents: { kind: 'by stream' } }]);
    expect([first.opened.mock.calls.length, sharesOneSocket.value, connection.lostAt.value]).toEqual([1, false, null]);
    await follow().ended;
    expect(PlayedSocket.made).toHaveLength(1);
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it('opens no stream for what was let go when the socket was refused', async () => {
    const followed = [follow(), follow(), follow()];
    const off = watch(sharesOneSocket, () => followed.slice(1).forEach(({ stop }) => stop()), { flush: 'sync' });
    (await newest()).break();
    await Promise.all(followed.map(({ ended }) => ended));
    off();
    expect(followed.map(({ got }) => got.length)).toEqual([1, 0, 0]);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('turns to them as well when a proxy takes the upgrade and passes nothing on', async () => {
    vi.useFakeTimers();
    const followed = follow();
    await vi.advanceTimersByTimeAsync(0);
    PlayedSocket.made[0]!.readyState = PlayedSocket.OPEN;
    PlayedSocket.made[0]!.onopen?.();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(fetched).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await followed.ended).toEqual({ problem: null });
    expect(sharesOneSocket.value).toBe(false);
  });

  it('U22 one that stood comes back as a socket, and meanwhile the page knows that the server is away', async () => {
    const first = follow();
    const socket = await newest();
    socket.accept();
    await asked(socket, 'boardEvents');
    socket.close(1012, 'The server restarts.');
    expect(await first.ended).toEqual({ error: 'The live socket closed: 1012 The server restarts.' });
    const second = follow();
    await vi.waitFor(() => expect(PlayedSocket.made).toHaveLength(2));
    PlayedSocket.made[1]!.break();
    expect(await second.ended).toHaveProperty('error');
    expect(connection.lostAt.value).not.toBeNull();
    const third = follow();
    await vi.waitFor(() => expect(PlayedSocket.made).toHaveLength(3));
    PlayedSocket.made[2]!.accept();
    await asked(PlayedSocket.made[2]!, 'boardEvents');
    expect([connection.lostAt.value, sharesOneSocket.value]).toEqual([null, true]);
    expect(fetched).not.toHaveBeenCalled();
    third.stop();
  });

  it('silence counts as lost: the server is asked for a word, and gives none', async () => {
    vi.useFakeTimers();
    const followed = follow();
    await vi.advanceTimersByTimeAsync(0);
    const socket = PlayedSocket.made[0]!;
    socket.accept();
    await vi.advanceTimersByTimeAsync(13_000);
    expect(socket.sent.at(-1)).toEqual({ type: 'ping' });
    socket.say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(26_000);
    expect(socket.sent.filter(({ type }) => type === 'ping')).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await followed.ended).toEqual({ error: 'The live socket closed: 4499 Terminated' });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('another network: what goes on over the old one is not waited for', async () => {
    const followed = follow();
    const socket = await newest();
    socket.accept();
    await asked(socket, 'boardEvents');
    globalThis.dispatchEvent(new Event('online'));
    expect(await followed.ended).toHaveProperty('error');
    expect(socket.readyState).toBe(PlayedSocket.CLOSED);
  });
});
