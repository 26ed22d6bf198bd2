import { createPrivateKey, sign } from 'node:crypto';
import { type GatewayMessage, HEARTBEAT_MS, PROTOCOL_VERSION } from '@throughline/domain/agent-protocol';
import { challengeBytes } from '@throughline/domain/signed-bytes';
import { WebSocket } from 'ws';

/*
 * Many simulated runtimes in one process of their own: they speak the real protocol (hello, signed challenge, heartbeats, coming
 * back with growing random pauses) and hold no command. `node fleet-agents.ts ws://host/agent`, the runtimes' ids over IPC.
 */
export interface FleetOrder {
  /** PKCS#8, PEM. One key serves all: what is measured is the gateway. */
  privateKey: string;
  runtimeIds: string[];
}
/** Told by the process once a second. */
export interface FleetState {
  online: number;
  /** Connects that ended without a welcome. */
  refused: number;
}

const address = process.argv[2] ?? '';
const state: FleetState = { online: 0, refused: 0 };

process.once('message', (message) => {
  const { privateKey, runtimeIds } = message as FleetOrder;
  const key = createPrivateKey(privateKey);
  runtimeIds.forEach((runtimeId, i) => setTimeout(() => void runtime(runtimeId, key), i));
  setInterval(() => process.send?.(state), 250);
});
process.once('disconnect', () => process.exit());

async function runtime(runtimeId: string, key: ReturnType<typeof createPrivateKey>): Promise<never> {
  let failures = 0;
  for (let joinCounter = 1; ; joinCounter += 1) {
    const welcomed = await connection(runtimeId, joinCounter, key);
    if (!welcomed) state.refused += 1;
    failures = welcomed ? 0 : failures + 1;
    // As agent/src/connection.ts waits.
    const wait = Math.min(10_000, 200 * 2 ** Math.min(failures, 8)) * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

function connection(
  runtimeId: string,
  joinCounter: number,
  key: ReturnType<typeof createPrivateKey>,
): Promise<boolean> {
  const socket = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: 10_000 });
  const say = (message: object) => socket.send(JSON.stringify(message));
  const beat = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.ping('');
    if (welcomed) say({ type: 'heartbeat', at: Date.now() });
  }, HEARTBEAT_MS);
  let welcomed = false;
  socket.on('open', () => say({ ...HELLO, runtimeId, joinCounter, at: Date.now() }));
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as GatewayMessage;
    if (message.type === 'challenge') {
      const signature = sign(null, challengeBytes(runtimeId, joinCounter, message.nonce), key).toString('base64');
      say({ type: 'prove', signature });
    }
    if (message.type !== 'welcome') return;
    welcomed = true;
    state.online += 1;
  });
  socket.on('error', () => undefined); // Told by `close`, and tried again.
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(beat);
      if (welcomed) state.online -= 1;
      resolve(welcomed);
    });
  });
}

const HELLO = {
  type: 'hello',
  v: PROTOCOL_VERSION,
  agentVersion: '0.1.0',
  bootId: 'fleet',
  facts: {
    hostname: 'fleet',
    os: 'Linux',
    osVersion: '6',
    arch: 'x64',
    timeZone: 'UTC',
    users: [],
    shells: [],
    diskFreeBytes: 0,
    memoryBytes: 0,
    addresses: [],
    runtimeUser: 'root',
    consoleUser: null,
    runAsOthers: true,
    bootedAt: 0,
  },
  open: [],
};
