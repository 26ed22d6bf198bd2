import { existsSync, readFileSync } from 'node:fs';
import {
  type AgentMessage,
  CONTACT_LOST_MS,
  type EndpointFacts,
  type GatewayMessage,
  HEARTBEAT_MS,
  PROTOCOL_VERSION,
  zGatewayMessage,
} from '@throughline/domain/agent-protocol';
import { challengeBytes } from '@throughline/domain/signed-bytes';
import { WebSocket } from 'ws';
import { type DataFolder, writeDurably } from './data-folder.ts';
import { isNoRoom } from './disk.ts';
import { isUnprotected } from './enroll.ts';
import type { Identity } from './identity.ts';
import type { KeyChange } from './key-change.ts';
import type { Log } from './log.ts';
import { bootId } from './process-identity.ts';
import { roadTo } from './road.ts';
import { AGENT_VERSION } from './version.ts';

type Of<T extends GatewayMessage['type']> = Extract<GatewayMessage, { type: T }>;
type Hello = Extract<AgentMessage, { type: 'hello' }>;

export interface ConnectionEvents {
  facts: () => Promise<EndpointFacts>;
  open: () => Hello['open'];
  welcome: (message: Of<'welcome'>) => void;
  message: (message: Exclude<GatewayMessage, { type: 'challenge' | 'welcome' | 'bye' }>) => void;
  lost: () => void;
  /** A command is not settled yet: somebody waits for what we have to say. */
  atWork: () => boolean;
}

/** Why the runtime must not connect again by itself. */
export interface Stop {
  code: Of<'bye'>['code'] | 'stopped';
  message: string;
}

const FINAL_BYE: readonly string[] = ['revoked', 'locked', 'bad_signature', 'unsupported'];
const MIN_WAIT_MS = 200;
const MAX_WAIT_MS = 10_000;
/** Few are at work at once, so these may come back sooner without becoming a storm. */
const MAX_WAIT_AT_WORK_MS = 1_000;
const LISTEN_EVERY_MS = 1_000;

/** The one outbound connection: proves who we are, keeps itself alive and comes back, with growing and random pauses, until told to stop. */
export class Connection {
  readonly #identity: Identity;
  readonly #folder: DataFolder;
  readonly #key: Pick<KeyChange, 'prove' | 'refused'>;
  readonly #log: Log;
  readonly #events: ConnectionEvents;
  #socket: WebSocket | null = null;
  #ready = false;
  #stop: Stop | null = null;
  #wake: (() => void) | null = null;
  #pongs: { number: number; arrived: () => void }[] = [];
  #pings = 0;

  constructor(parts: {
    identity: Identity;
    folder: DataFolder;
    key: Pick<KeyChange, 'prove' | 'refused'>;
    log: Log;
    events: ConnectionEvents;
  }) {
    this.#identity = parts.identity;
    this.#folder = parts.folder;
    this.#key = parts.key;
    this.#log = parts.log;
    this.#events = parts.events;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Connects, again and again. Settles when the server or stop() ends it for good. */
  async run(): Promise<Stop> {
    let failures = 0;
    while (!this.#stop) {
      const wasReady = await this.#once();
      if (this.#stop) break;
      failures = wasReady ? 0 : failures + 1;
      const most = this.#events.atWork() ? MAX_WAIT_AT_WORK_MS : MAX_WAIT_MS;
      const wait = Math.min(most, MIN_WAIT_MS * 2 ** Math.min(failures, 8)) * (0.5 + Math.random() / 2);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#stop;
  }

  stop(reason: Stop = { code: 'stopped', message: 'Stopped.' }): void {
    this.#stop ??= reason;
    this.#socket?.close(1000);
    this.#wake?.();
  }

  /** False when there is no proven connection: the caller says it again after the next welcome. */
  send(message: AgentMessage): boolean {
    if (!this.#ready || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** `left`: called once these bytes are not needed any more. Never when false is returned. */
  sendBinary(wire: Uint8Array, left?: () => void): boolean {
    if (!this.#ready || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(wire, { binary: true }, left);
    return true;
  }

  /** Calls back once the gateway has surely received everything sent so far (a pong comes back in order). Never called when the connection breaks first. */
  whenReceived(arrived: () => void): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const number = ++this.#pings;
    this.#pongs.push({ number, arrived });
    this.#socket.ping(String(number));
  }

  #once(): Promise<boolean> {
    const joinCounter = this.#counted();
    if (joinCounter === null) return Promise.resolve(false);
    const address = `${this.#identity.server.replace(/^http/, 'ws').replace(/\/$/, '')}/agent`;
    const socket = new WebSocket(address, {
      perMessageDeflate: false,
      ...roadTo(address, this.#folder),
      handshakeTimeout: 10_000,
      maxPayload: 8 * 1024 * 1024,
      // Masking keeps careless caches between from taking output for a request. Inside TLS, or on this very computer,
      // there is nothing between, and masking would cost more than all the rest of sending.
      ...(isUnprotected(this.#identity.server) ? {} : { generateMask: (mask: Buffer) => void mask.fill(0) }),
    });
    this.#socket = socket;
    this.#pongs = [];
    let wasReady = false;
    let heard = performance.now();
    const listen = setInterval(() => {
      if (performance.now() - heard > CONTACT_LOST_MS) socket.terminate();
    }, LISTEN_EVERY_MS);
    const beat = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      this.send({ type: 'heartbeat', at: Date.now() });
      socket.ping('');
    }, HEARTBEAT_MS);
    const write = (message: AgentMessage) => socket.send(JSON.stringify(message));

    return new Promise((resolve) => {
      socket.on('open', () => {
        const hello = (facts: EndpointFacts) =>
          write({
            type: 'hello',
            v: PROTOCOL_VERSION,
            runtimeId: this.#identity.runtimeId,
            agentVersion: AGENT_VERSION,
            bootId: bootId(),
            joinCounter,
            facts,
            at: Date.now(),
            open: this.#events.open(),
          });
        this.#events
          .facts()
          .then(hello)
          .catch((error: unknown) => {
            this.#log.error('What this computer is like could not be said. Trying again.', { reason: String(error) });
            socket.terminate();
          });
      });
      socket.on('message', (data, isBinary) => {
        heard = performance.now();
        const message = isBinary ? null : this.#parse(data.toString());
        if (!message) return;
        if (message.type === 'challenge') {
          write({
            type: 'prove',
            signature: this.#key.prove(
              challengeBytes(this.#identity.runtimeId, joinCounter, message.nonce),
              joinCounter,
            ),
          });
        } else if (message.type === 'bye') {
          this.#bye(message);
          socket.close();
        } else if (message.type === 'welcome') {
          wasReady = true;
          this.#ready = true;
          this.#events.welcome(message);
        } else if (this.#ready) {
          this.#events.message(message);
        }
      });
      socket.on('pong', (data) => {
        heard = performance.now();
        const number = Number(data.toString());
        const arrived = this.#pongs.filter((entry) => entry.number <= number);
        this.#pongs = this.#pongs.filter((entry) => entry.number > number);
        for (const entry of arrived) entry.arrived();
      });
      socket.on('unexpected-response', (_request, response) => {
        // 407 and the like are the proxy's word, not the server's.
        if (response.statusCode === 401)
          this.#stop ??= {
            code: 'revoked',
            message:
              'The server does not know this runtime any more. It was retired, or replaced by a newer enrolment.',
          };
        socket.terminate();
      });
      socket.on('error', (error) =>
        this.#log.info(`No connection to ${this.#identity.server}: ${error.message}. Trying again.`),
      );
      socket.on('close', () => {
        clearInterval(beat);
        clearInterval(listen);
        this.#ready = false;
        if (wasReady) this.#events.lost();
        resolve(wasReady);
      });
    });
  }

  /** The number of this connect, or null while the disk has no room to keep it. */
  #counted(): number | null {
    try {
      return nextJoinCounter(this.#folder);
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.#log.error('The disk is full, so this connect could not be counted. Trying again. Free some space.');
      return null;
    }
  }

  #parse(text: string): GatewayMessage | null {
    try {
      return zGatewayMessage.parse(JSON.parse(text));
    } catch (error) {
      // A newer gateway may say things this version does not know; they are never a reason to fall over.
      this.#log.warn(
        'A message of the gateway was not understood and is ignored. Update the runtime if this repeats.',
        { reason: String(error).slice(0, 500) },
      );
      return null;
    }
  }

  #bye({ code, message }: Of<'bye'>): void {
    if (code === 'bad_signature' && this.#key.refused()) return;
    if (FINAL_BYE.includes(code)) this.#stop ??= { code, message };
    else this.#log.info(`The server closed the connection (${code}): ${message}`);
  }
}

/** Counts connects on the disk before each one: a copied or rolled-back machine shows itself by an old number. */
function nextJoinCounter(folder: DataFolder): number {
  const last = existsSync(folder.joinCounter) ? Number(readFileSync(folder.joinCounter, 'utf8')) : 0;
  const next = (Number.isSafeInteger(last) ? last : 0) + 1;
  writeDurably(folder.joinCounter, String(next));
  return next;
}
