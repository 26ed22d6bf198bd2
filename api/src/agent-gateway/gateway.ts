import { startPump } from '@throughline/store/work';
import pLimit from 'p-limit';
import { WebSocketServer } from 'ws';
import type { EventHub } from '../live/event-hub.ts';
import type { TakeUpgrade } from '../upgrades.ts';
import { AgentConnection, type ConnectionDeps } from './connection.ts';
import { sweepStale } from './join.ts';
import { Presence } from './presence.ts';

const MAX_MESSAGE_BYTES = 1_500_000;
const SWEEP_MS = 5_000;
/** Far fewer than the pool has connections: when thousands come back at once, pages and runtimes that are at work go first. */
const JOINS_AT_ONCE = 3;

type GatewayDeps = Omit<ConnectionDeps, 'presence' | 'joining'> & { hub: EventHub };

export interface AgentGateway {
  upgrade: TakeUpgrade;
  connections(): number;
  stop(): Promise<void>;
}

/** Takes runtimes' WebSockets, which come to `/agent`. Any replica can hold any runtime; what must reach one travels as a store event. */
export function startAgentGateway(deps: GatewayDeps): AgentGateway {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  const connections = new Map<string, AgentConnection>();
  const byRuntime = new Map<string, AgentConnection>();
  const byEndpoint = new Map<string, Set<AgentConnection>>();
  const presence = new Presence(deps.pool, (err) =>
    deps.log.warn({ err }, 'heartbeats could not be written, will try again'),
  );
  const connectionDeps = { ...deps, presence, joining: pLimit(JOINS_AT_ONCE) };

  const joined = (connection: AgentConnection) => {
    const { member } = connection;
    if (member === null || !connections.has(connection.id)) return;
    const { runtimeId, endpointId } = member;
    byEndpoint.set(endpointId, (byEndpoint.get(endpointId) ?? new Set()).add(connection));
    const before = byRuntime.get(runtimeId);
    byRuntime.set(runtimeId, connection);
    if (before !== undefined && before !== connection) before.bye('replaced', 'The runtime connected anew.');
  };
  const upgrade: TakeUpgrade = (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const connection = new AgentConnection(ws, connectionDeps, joined);
      connections.set(connection.id, connection);
      ws.on('close', () => {
        connections.delete(connection.id);
        const { member } = connection;
        if (member === null) return;
        if (byRuntime.get(member.runtimeId) === connection) byRuntime.delete(member.runtimeId);
        const ofEndpoint = byEndpoint.get(member.endpointId);
        ofEndpoint?.delete(connection);
        if (ofEndpoint?.size === 0) byEndpoint.delete(member.endpointId);
      });
    });
  };
  const off = deps.hub.on((event) => {
    if (event === 'gap') {
      for (const connection of connections.values()) connection.catchUp();
      return;
    }
    // Not all of thousands for each event: only those whom it names.
    const named = new Set(byEndpoint.get(event.e ?? ''));
    const ofRuntime = byRuntime.get(event.r ?? '');
    if (ofRuntime !== undefined) named.add(ofRuntime);
    for (const connection of named) connection.hear(event);
  });
  const sweep = startPump(() => sweepStale(deps.pool), {
    everyMs: SWEEP_MS,
    trouble: (err) => deps.log.warn({ err }, 'looking for lost endpoints failed, will try again'),
  });

  return {
    upgrade,
    connections: () => byRuntime.size,
    async stop() {
      off();
      await sweep.stop();
      await presence.stop();
      for (const connection of connections.values())
        connection.bye('shutting_down', 'The server restarts. Connect again in a moment.');
      sockets.close();
    },
  };
}
