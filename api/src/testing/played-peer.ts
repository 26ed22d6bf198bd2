import { type KeyObject, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CommandExit } from '@throughline/domain/agent-protocol';
import { toHex } from '@throughline/domain/bytes';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import { decodeBatch, encodeBatch } from '@throughline/domain/output-frame';
import { challengeBytes, decisionBytes, exitBytes } from '@throughline/domain/signed-bytes';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { WebSocket } from 'ws';
import { type Line, shapeOf } from './conversation.ts';

type Message = { type: string } & Record<string, unknown>;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/**
 * A runtime that says again what a recorded one said, word for word but for what cannot be the same: ids and nonces given by this gateway,
 * the time, and signatures, which it makes with a key of its own. It knows no schema: the recording is all it has.
 */
export class PlayedPeer {
  /** Everything the gateway said, with what was decoded of orders. */
  readonly heard: Message[] = [];
  publicKey = '';
  private readonly key: KeyObject;
  private readonly names = new Map<string, string>();
  private readonly chains = new Map<string, Uint8Array>();
  private readonly taken = new Set<Message>();
  private readonly shift: number;
  private socket: WebSocket | null = null;
  private nonce = '';
  private hello: Message | null = null;
  private readonly url: string;

  constructor(url: string, recordedAt: number) {
    const pair = generateKeyPairSync('ed25519');
    this.url = url;
    this.key = pair.privateKey;
    this.publicKey = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    this.shift = Date.now() - recordedAt;
  }

  /** What an id of the recording is called this time. */
  named(recorded: string): string {
    return this.names.get(recorded) ?? recorded;
  }

  learn(recorded: unknown, now: unknown): void {
    if (typeof recorded === 'string' && typeof now === 'string') this.names.set(recorded, now);
    else if (isObject(recorded) && isObject(now))
      for (const [name, value] of Object.entries(recorded)) this.learn(value, now[name]);
  }

  async connect(): Promise<void> {
    const socket = (this.socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/agent`));
    socket.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString('utf8')) as Message));
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => undefined);
  }

  cut(): void {
    this.socket?.terminate();
  }

  /** Waits until the gateway says what it said then, and takes over the ids that it uses now. */
  async expects(line: Line & { from: 'gateway' }): Promise<void> {
    const recorded = line.body as Message;
    const said = await waitFor(
      `the gateway to say ${JSON.stringify(recorded).slice(0, 200)}`,
      () => this.heard.find((message) => !this.taken.has(message) && this.answers(message, recorded)),
      15_000,
    );
    this.taken.add(said);
    this.learn(recorded, said);
    if (said.type === 'challenge') this.nonce = said.nonce as string;
  }

  says(body: unknown): void {
    const message = this.now(body) as Message;
    if (message.type === 'hello') this.hello = message;
    this.socket?.send(JSON.stringify({ ...message, ...this.signed(message) }));
  }

  output(body: string): void {
    const batch = decodeBatch(Buffer.from(body, 'base64'), crc32);
    const commandId = this.named(batch.commandId);
    let chain = this.chains.get(commandId) ?? outputChainStart(sha256, commandId);
    for (const frame of batch.frames) chain = outputChainNext(sha256, chain, frame);
    this.chains.set(commandId, chain);
    this.socket?.send(encodeBatch({ commandId, frames: batch.frames }, crc32));
  }

  /** The same kind of message about the same thing. An acknowledgement that goes further answers for one that went less far. */
  private answers(message: Message, recorded: Message): boolean {
    if (message.type !== recorded.type) return false;
    if (message.type === 'ack') return message.commandId === this.named(recorded.commandId as string);
    return Object.entries(recorded).every(
      ([name, value]) => typeof value !== 'string' || !this.names.has(value) || this.names.get(value) === message[name],
    );
  }

  private now(value: unknown, name = ''): unknown {
    if (typeof value === 'string') return this.named(value);
    if (typeof value === 'number') return /(^a|A)t$/.test(name) ? value + this.shift : value;
    if (Array.isArray(value)) return value.map((inner) => this.now(inner));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.now(inner, key)]));
  }

  private signed(message: Message): object {
    const signature = (bytes: Uint8Array) => ({ signature: sign(null, bytes, this.key).toString('base64') });
    switch (message.type) {
      case 'prove':
        return signature(
          challengeBytes(this.hello?.runtimeId as string, this.hello?.joinCounter as number, this.nonce),
        );
      case 'decision': {
        const { type: _type, signature: _signature, ...decision } = message;
        return signature(decisionBytes(decision as Parameters<typeof decisionBytes>[0]));
      }
      case 'exit': {
        const commandId = message.commandId as string;
        const chain = this.chains.get(commandId) ?? outputChainStart(sha256, commandId);
        const exit = { ...(message.exit as CommandExit), chainHead: toHex(chain) };
        return { exit, ...signature(exitBytes(commandId, exit)) };
      }
      default:
        return {};
    }
  }
}

/** The shapes of what a gateway said in a recording, orders opened: all that a runtime of that time can read. */
export const shapesSaid = (messages: readonly unknown[]): Set<string> =>
  new Set(messages.map((message) => shapeOf(opened(message as Message))));

export function opened(message: Message): unknown {
  if (message.type !== 'command') return { ...message, type: { [message.type]: '' } };
  const text = Buffer.from(message.envelope as string, 'base64').toString('utf8');
  const [kind = '', envelope = ''] = text.split('\n');
  return { ...message, type: { command: '' }, envelope: { [kind]: '', fields: JSON.parse(envelope) as unknown } };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
