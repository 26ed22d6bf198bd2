import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from 'vue';
import { BoardEventsDocument, NotificationAddedDocument } from '../graphql/generated/operations.ts';
import { PlayedSocket } from '../testing/played-socket.ts';

/** Streams that were asked for. */
const fetched = vi.fn(async (_signal?: AbortSignal | null) => {
  const text = 'event: next\ndata: {"data":{"boardEvents":{"kind":"by stream"}}}\n\nevent: complete\ndata:\n\n';
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
});
/** Whether the server answers over HTTP. */
let answers = true;
/** A stream that goes on until it is let go, in place of one that tells something and ends. */
const goesOn = async (signal?: AbortSignal | null) => {
  const start = (stream: ReadableStreamDefaultController) => {
    const beat = setInterval(() => stream.enqueue(new TextEncoder().encode(':\n\n')), 12_000);
    signal?.addEventListener('abort', () => (clearInterval(beat), stream.error(signal.reason)));
  };
  return new Response(new ReadableStream({ start }), { headers: { 'content-type': 'text/event-stream' } });
};
let followStream: (typeof import('./live-stream.ts'))['followStream'];
let sharesOneSocket: (typeof import('./live-stream.ts'))['sharesOneSocket'];
let connection: (typeof import('./connection.ts'))['connection'];
beforeEach(async () => {
  PlayedSocket.made = [];
  fetched.mockClear();
  vi.stubGlobal('WebSocket', PlayedSocket);
  answers = true;
  vi.stubGlobal('fetch', async (_url: string, { body, signal }: RequestInit) => {
    if (!answers) throw new TypeError('Failed to fetch');
    return String(body).includes('subscription') ? fetched(signal) : Response.json({ data: { __typename: 'Query' } });
  });
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
/** One that was asked for and neither stands nor was refused yet. */
const opening = () =>
  vi.waitFor(() => {
    const socket = PlayedSocket.made.at(-1);
    return socket?.readyState === PlayedSocket.CONNECTING ? socket : Promise.reject(new Error('no socket yet'));
  });
/** Something followed by a socket that cannot be opened, and how that ended. */
async function refused() {
  const { ended } = follow();
  (await opening()).break();
  return ended;
}
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
  it('turns to server-sent events once three cannot be opened while the server answers over HTTP', async () => {
    for (let refusal = 1; refusal < 3; refusal++) {
      expect(await refused()).toEqual({ error: 'The live socket closed: not opened ' });
      expect([sharesOneSocket.value, connection.lostAt.value]).toEqual([true, null]);
    }
    const [first, second] = [follow(), follow()];
    (await opening()).break();
    expect(await first.ended).toEqual({ problem: null });
    await second.ended;
    expect(first.got).toEqual([{ boardEvents: { kind: 'by stream' } }]);
    expect([first.opened.mock.calls.length, sharesOneSocket.value, connection.lostAt.value]).toEqual([1, false, null]);
    await follow().ended;
    expect(PlayedSocket.made).toHaveLength(3);
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it('stays with the socket where the server is away, or speaks for itself: only three in a row are the way’s fault', async () => {
    await refused();
    await refused();
    answers = false;
    await refused();
    expect(connection.lostAt.value).not.toBeNull();
    answers = true;
    await refused();
    await refused();
    const told = follow();
    const socket = await opening();
    socket.readyState = PlayedSocket.OPEN;
    socket.close(1012, 'The server restarts.');
    expect(await told.ended).toHaveProperty('error');
    await refused();
    await refused();
    expect([sharesOneSocket.value, fetched.mock.calls.length, connection.lostAt.value]).toEqual([true, 0, null]);
    await refused();
    expect([sharesOneSocket.value, fetched.mock.calls.length]).toEqual([false, 1]);
  });

  it('tries the socket again every five minutes, and what goes on by stream moves over once it stands', async () => {
    vi.useFakeTimers();
    await refused();
    await refused();
    fetched.mockImplementationOnce(goesOn);
    const followed = follow();
    await vi.advanceTimersByTimeAsync(0);
    PlayedSocket.made[2]!.break();
    await vi.advanceTimersByTimeAsync(0);
    expect(followed.opened).toHaveBeenCalledOnce();
    const over = vi.fn();
    void followed.ended.then(over);

    await vi.advanceTimersByTimeAsync(299_000);
    expect(PlayedSocket.made).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(PlayedSocket.made).toHaveLength(4);
    PlayedSocket.made[3]!.break();
    await vi.advanceTimersByTimeAsync(290_000);
    expect([PlayedSocket.made.length, sharesOneSocket.value, over.mock.calls.length]).toEqual([4, false, 0]);

    // A proxy that takes the upgrade and passes nothing on.
    await vi.advanceTimersByTimeAsync(10_000);
    PlayedSocket.made[4]!.readyState = PlayedSocket.OPEN;
    PlayedSocket.made[4]!.onopen?.();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([PlayedSocket.made[4]!.readyState, sharesOneSocket.value]).toEqual([PlayedSocket.CLOSED, false]);

    await vi.advanceTimersByTimeAsync(300_000);
    expect([PlayedSocket.made.length, over.mock.calls.length, connection.lostAt.value]).toEqual([6, 0, null]);
    PlayedSocket.made[5]!.accept();
    await followed.ended;
    expect(sharesOneSocket.value).toBe(true);
    const again = follow();
    await vi.advanceTimersByTimeAsync(0);
    PlayedSocket.made[6]!.accept();
    await vi.advanceTimersByTimeAsync(0);
    expect(PlayedSocket.made[6]!.asked('boardEvents')).toBeDefined();
    expect(fetched).toHaveBeenCalledOnce();
    again.stop();
  });

  it('opens no stream for what was let go when the socket was refused', async () => {
    await refused();
    await refused();
    const followed = [follow(), follow(), follow()];
    const off = watch(sharesOneSocket, () => followed.slice(1).forEach(({ stop }) => stop()), { flush: 'sync' });
    (await opening()).break();
    await Promise.all(followed.map(({ ended }) => ended));
    off();
    expect(followed.map(({ got }) => got.length)).toEqual([1, 0, 0]);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('turns to them as well when a proxy takes the upgrade and passes nothing on', async () => {
    vi.useFakeTimers();
    const ends: unknown[] = [];
    for (const count of [0, 1, 2]) {
      const followed = follow();
      await vi.advanceTimersByTimeAsync(0);
      PlayedSocket.made[count]!.readyState = PlayedSocket.OPEN;
      PlayedSocket.made[count]!.onopen?.();
      await vi.advanceTimersByTimeAsync(9_000);
      expect(fetched).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(2_000);
      ends.push(await followed.ended);
    }
    const silent = { error: 'The live socket closed: 4499 Terminated' };
    expect(ends).toEqual([silent, silent, { problem: null }]);
    expect(sharesOneSocket.value).toBe(false);
  });

  it('U22 one that stood and is refused from then on turns to streams too; the page is not told that the server is away', async () => {
    const first = follow();
    (await newest()).accept();
    await asked(PlayedSocket.made[0]!, 'boardEvents');
    const lost = vi.fn();
    const off = watch(connection.lostAt, lost, { flush: 'sync' });
    PlayedSocket.made[0]!.break();
    expect(await first.ended).toHaveProperty('error');
    await refused();
    await refused();
    expect(await refused()).toEqual({ problem: null });
    off();
    expect([sharesOneSocket.value, lost.mock.calls.length]).toEqual([false, 0]);
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
    answers = false;
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
