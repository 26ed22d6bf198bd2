import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { startPump } from '@throughline/store/work';
import { WebSocketServer } from 'ws';
import type { EventHub } from '../live/event-hub.ts';
import { AgentConnection, type ConnectionDeps } from './connection.ts';
import { sweepStale } from './join.ts';

const MAX_MESSAGE_BYTES = 1_500_000;
const SWEEP_MS = 5_000;

export interface AgentGateway {
  connections(): number;
  stop(): Promise<void>;
}

/** Takes runtimes' WebSockets on `/agent`. Any replica can hold any runtime; what must reach one travels as a store event. */
export function startAgentGateway(server: Server, deps: ConnectionDeps & { hub: EventHub }): AgentGateway {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  const connections = new Map<string, AgentConnection>();
  const byRuntime = new Map<string, AgentConnection>();

  const joined = (connection: AgentConnection) => {
    const runtimeId = connection.member?.runtimeId;
    if (runtimeId === undefined) return;
    const before = byRuntime.get(runtimeId);
    byRuntime.set(runtimeId, connection);
    if (before !== undefined && before !== connection) before.bye('replaced', 'The runtime connected anew.');
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== '/agent') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const connection = new AgentConnection(ws, deps, joined);
      connections.set(connection.id, connection);
      ws.on('close', () => {
        connections.delete(connection.id);
        const runtimeId = connection.member?.runtimeId;
        if (runtimeId !== undefined && byRuntime.get(runtimeId) === connection) byRuntime.delete(runtimeId);
      });
    });
  };
  server.on('upgrade', upgrade);
  const off = deps.hub.on((event) => {
    for (const connection of connections.values())
      if (event === 'gap') connection.catchUp();
      else connection.hear(event);
  });
  const sweep = startPump(() => sweepStale(deps.pool), {
    everyMs: SWEEP_MS,
    trouble: (err) => deps.log.warn({ err }, 'looking for lost endpoints failed, will try again'),
  });

  return {
    connections: () => byRuntime.size,
    async stop() {
      off();
      server.off('upgrade', upgrade);
      await sweep.stop();
      for (const connection of connections.values())
        connection.bye('shutting_down', 'The server restarts. Connect again in a moment.');
      sockets.close();
    },
  };
}
