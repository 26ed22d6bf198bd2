import { type Server, MessageType, stringifyMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Viewer } from '../auth/viewer.ts';
import { whileSignedIn } from '../auth/while-signed-in.ts';
import type { Deps } from '../deps.ts';
import type { Carrier } from '../graphql/over-socket.ts';

/** Milliseconds. */
export interface Patience {
  /** Between two pings; one that is not answered by the next means that nobody is there. */
  beatMs: number;
  /** A socket that follows nothing for so long is closed. */
  idleMs: number;
  /** How long a reader may leave one message untaken. */
  sendMs: number;
}

interface SocketDeps extends Pick<Deps, 'pool' | 'hub' | 'log'>, Pick<Carrier, 'caller' | 'address'> {
  patience: Patience;
}

/** Messages of one socket that may be worked on at once: what it follows, and some that begin or end. */
const MAX_AT_WORK = 100;
/** The streams of a sign-in that is over end by themselves, each with its own last word; then the socket. */
const LAST_WORDS_MS = 1_000;

/**
 * One tab's socket from its opening to its end. A message goes out when the one before it of the same operation has been taken, and only
 * then is the next value asked for: who does not read costs one value for each thing followed, and is let go after a while.
 */
export function attend(ws: WebSocket, server: Server<Carrier>, deps: SocketDeps): void {
  const gone = new AbortController();
  const { beatMs, idleMs, sendMs } = deps.patience;
  let atWork = 0;

  const send = (text: string) =>
    new Promise<void>((resolve) => {
      if (ws.readyState !== ws.OPEN) return resolve();
      const slow = setTimeout(() => ws.close(1013, 'What was sent is not read.'), sendMs);
      // An error here is the socket's end, which is told by its own event.
      ws.send(text, () => {
        clearTimeout(slow);
        resolve();
      });
    });
  const opened = (viewer: Viewer) => {
    if (gone.signal.aborted) return;
    const { signal, release } = whileSignedIn(deps, viewer, gone.signal);
    signal.addEventListener('abort', () => {
      if (!gone.signal.aborted) setTimeout(() => ws.close(4401, 'This sign-in has ended.'), LAST_WORDS_MS);
    });
    gone.signal.addEventListener('abort', release);
  };
  const carrier: Carrier = {
    caller: deps.caller,
    address: deps.address,
    gone: gone.signal,
    running: new Set(),
    opened,
    started: (id) => void send(stringifyMessage({ type: MessageType.Pong, payload: { started: id } })),
    close: (code, reason) => ws.close(code, reason),
  };
  const work = async (take: (text: string) => Promise<void>, text: string) => {
    if (ws.readyState !== ws.OPEN) return;
    if (atWork >= MAX_AT_WORK) return ws.close(1008, 'Too much was asked for at once.');
    atWork += 1;
    try {
      await take(text);
    } catch (err) {
      deps.log.error({ err }, 'a live socket failed');
      ws.close(4500, 'Something failed here. It has been logged.');
    } finally {
      atWork -= 1;
    }
  };
  const closed = server.opened(
    {
      protocol: ws.protocol,
      send,
      close: (code, reason) => ws.close(code, reason),
      onMessage: (take) => ws.on('message', (data) => void work(take, String(data))),
    },
    carrier,
  );

  let answered = true;
  let busyAt = Date.now();
  ws.on('pong', () => (answered = true));
  const beat = setInterval(() => {
    if (!answered) return ws.terminate();
    answered = false;
    ws.ping();
    if (carrier.running.size > 0) busyAt = Date.now();
    else if (Date.now() - busyAt >= idleMs) ws.close(1000, 'Nothing is followed.');
  }, beatMs);
  ws.on('error', (err) => deps.log.debug({ err }, 'a live socket broke'));
  ws.on('close', (code, reason) => {
    clearInterval(beat);
    gone.abort();
    closed(code, String(reason)).catch((err: unknown) => deps.log.error({ err }, 'a live socket did not end well'));
  });
}
