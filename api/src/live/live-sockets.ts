import { WebSocketServer } from 'ws';
import { handleProtocols } from 'graphql-ws';
import { viewerOf } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { overSocket } from '../graphql/over-socket.ts';
import type { Graphql } from '../graphql/yoga.ts';
import { type TakeUpgrade, refuseUpgrade } from '../upgrades.ts';
import { type Patience, attend } from './live-socket.ts';

/** Of what a page sends, which is a query's text and its variables; bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long a socket that was closed here may take to say so. */
const CLOSE_MS = 2_000;
const PATIENCE: Patience = { beatMs: 15_000, idleMs: 60_000, sendMs: 30_000 };

type LiveDeps = Pick<Deps, 'pool' | 'hub' | 'log' | 'publicUrl'> & {
  graphql: Pick<Graphql, 'getEnveloped'>;
  patience?: Patience;
};

export interface LiveSockets {
  upgrade: TakeUpgrade;
  connections(): number;
  stop(): void;
}

/**
 * Takes the web app's WebSockets, which come to `/graphql`: all that a tab follows, over one connection. A browser sends the cookie with a
 * socket that any site opens, so only pages of our own address may. API tokens follow over server-sent events.
 */
export function startLiveSockets(deps: LiveDeps): LiveSockets {
  // Its types do not know closeTimeout yet.
  const options = { noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, closeTimeout: CLOSE_MS };
  const sockets = new WebSocketServer({ ...options, handleProtocols });
  const server = overSocket(deps, deps.graphql);
  const own = new URL(deps.publicUrl).origin;
  let told = false;
  return {
    upgrade(request, socket, head) {
      const { origin, authorization } = request.headers;
      if (origin !== own) {
        // Once: whoever set PUBLIC_URL wrongly finds it here, and nobody from elsewhere can fill the log.
        if (!told) deps.log.warn({ origin, publicUrl: own }, 'a page of another address may not open a live socket');
        told = true;
        refuseUpgrade(socket, 403, `Only pages of ${own} may open this socket. Others follow by server-sent events.`);
      } else if (authorization !== undefined) {
        refuseUpgrade(
          socket,
          403,
          'API tokens follow by server-sent events: POST /graphql, accept: text/event-stream.',
        );
      } else {
        const address = request.socket.remoteAddress ?? 'unknown';
        const { cookie } = request.headers;
        const caller = () => viewerOf(deps.pool, { headers: { cookie }, ip: address });
        sockets.handleUpgrade(request, socket, head, (ws) =>
          attend(ws, server, { ...deps, caller, address, patience: deps.patience ?? PATIENCE }),
        );
      }
    },
    connections: () => sockets.clients.size,
    stop() {
      for (const ws of sockets.clients) ws.close(1012, 'The server restarts. Connect again in a moment.');
      sockets.close();
    },
  };
}
