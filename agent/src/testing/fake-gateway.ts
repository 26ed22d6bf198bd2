import { createHash, createPublicKey, generateKeyPairSync, randomBytes, randomUUID, sign, verify } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { actionHash, consentHash } from '@throughline/domain/action';
import {
  type AgentMessage,
  type CommandExit,
  type CommandStart,
  type GatewayMessage,
  PROTOCOL_VERSION,
  type Prompt,
  agentMessageOf,
  zEnrollRequest,
} from '@throughline/domain/agent-protocol';
import { toHex } from '@throughline/domain/bytes';
import { type CommandSpec, type Risk, runAsText } from '@throughline/domain/command';
import { type Envelope, envelopeBytes, envelopeFor } from '@throughline/domain/envelope';
import { fileScript } from '@throughline/domain/file-transfer';
import { type InputOrder, inputOrderBytes } from '@throughline/domain/input-order';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import { decodeBatch } from '@throughline/domain/output-frame';
import type { ApproverPins } from '@throughline/domain/passkey';
import { challengeBytes, decisionBytes, exitBytes, rotationBytes } from '@throughline/domain/signed-bytes';
import { type UnattendedRule, unattendedBytes } from '@throughline/domain/unattended';
import { type WebSocket, WebSocketServer } from 'ws';
import { sha256 } from '../sha256.ts';
import { FakeFiles } from './fake-files.ts';
import { FakeReleases } from './fake-releases.ts';
import { until } from './until.ts';

/** The rule that this gateway's organisation would let work run by. */
export const UNATTENDED: UnattendedRule = { rule: 'P-10', level: 'client', version: 3 };

/** What the gateway holds of one command, as the real store would. */
export class StoredCommand {
  readonly commandId: string;
  nextSeq = 1;
  readonly offsets = { 1: 0, 2: 0, 3: 0 };
  readonly parts: { 1: Buffer[]; 2: Buffer[]; 3: Buffer[] } = { 1: [], 2: [], 3: [] };
  readonly hashes: string[] = [];
  readonly arrivals: { at: number; text: string }[] = [];
  /** Frames that came again although stored. */
  repeats = 0;
  chain: Uint8Array;
  accepts = 0;
  started: CommandStart | null = null;
  exit: CommandExit | null = null;
  refusal: { code: string; message: string; judged?: Risk | undefined } | null = null;
  unknown = false;
  settled = false;

  constructor(commandId: string) {
    this.commandId = commandId;
    this.chain = outputChainStart(sha256, commandId);
  }
  get stdout(): Buffer {
    return Buffer.concat(this.parts[1]);
  }
  get stderr(): Buffer {
    return Buffer.concat(this.parts[2]);
  }
  get remarks(): string {
    return Buffer.concat(this.parts[3]).toString();
  }
  sha256(stream: 1 | 2): string {
    const hash = createHash('sha256');
    for (const part of this.parts[stream]) hash.update(part);
    return hash.digest('hex');
  }
}

export type Order = Partial<CommandSpec> & {
  risk?: Risk;
  approvals?: Envelope['approvals'];
  commandId?: string;
  sessionId?: string;
  counter?: number;
  notAfter?: number;
  /** It names this rule, by which nobody is asked. */
  unattended?: UnattendedRule;
  /** Last change before the envelope is signed. */
  change?: (envelope: Envelope) => Envelope;
  /** Change of the signed bytes. */
  tamper?: (bytes: Uint8Array) => Uint8Array;
};

export interface AnswerChange {
  end?: boolean;
  notAfter?: number;
  secrets?: Record<string, string>;
  tamper?: (bytes: Uint8Array) => Uint8Array;
}

/** Speaks the real protocol over real sockets; stores in memory. It can lose acknowledgements and cut connections. */
export class FakeGateway {
  readonly commands = new Map<string, StoredCommand>();
  readonly messages: AgentMessage[] = [];
  readonly hellos: Extract<AgentMessage, { type: 'hello' }>[] = [];
  readonly ids = { mspId: randomUUID(), runtimeId: randomUUID(), endpointId: randomUUID() };
  readonly files = new FakeFiles(this.ids.runtimeId, (bytes, signature) => this.provenBy(bytes, signature));
  readonly releases = new FakeReleases(this.ids.runtimeId, (bytes, signature) => this.provenBy(bytes, signature));
  sessionId: string = randomUUID();
  counter = 0;
  /** Cut the connection each time so many output bytes came, before they are acknowledged. */
  cutEveryBytes = Infinity;
  cuts = 0;
  settles = true;
  answersDecisions = true;
  counted = true;
  proofsRefused = 0;
  joinCounter = 0;
  /** Acknowledge nothing for now. */
  holdAcks = false;
  /** Say bye instead of welcome. */
  bye: Extract<GatewayMessage, { type: 'bye' }> | null = null;
  tokenState: 'good' | 'used' = 'good';
  /** What an enrolment pins: the client is in strong mode. */
  approvers: ApproverPins | null = null;
  /** What becomes of a new key: taken, refused, or taken with the answer lost and the wire cut. */
  rotation: 'take' | 'refuse' | 'take_and_cut' | 'cut' = 'take';
  /** The same from the first cut on: a runtime is back sooner than a test has seen that it was gone. */
  rotationAfterCut: FakeGateway['rotation'] | null = null;
  socket: WebSocket | null = null;
  receivedBytes = 0;
  readonly #keys = generateKeyPairSync('ed25519');
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  #runtimeKey: Buffer | null = null;
  #sinceCut = 0;

  private constructor() {
    this.#http = createServer((request, response) => {
      if (request.url?.startsWith('/agent/files/')) return this.files.answer(request, response);
      if (request.url?.startsWith('/agent/releases/')) return this.releases.answer(request, response);
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const [status, answer] = request.url === '/agent/enroll' ? this.#enroll(body) : [404, {}];
        response.writeHead(status as number, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    this.#sockets = new WebSocketServer({ server: this.#http, path: '/agent' });
    this.#sockets.on('connection', (socket) => this.#connected(socket));
  }

  static async start(): Promise<FakeGateway> {
    const gateway = new FakeGateway();
    await new Promise<void>((resolve) => gateway.#http.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }
  get online(): boolean {
    return this.socket !== null;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  cut(): void {
    this.cuts++;
    const { socket } = this;
    this.socket = null;
    socket?.terminate();
  }

  command(commandId: string): StoredCommand {
    let stored = this.commands.get(commandId);
    if (!stored) this.commands.set(commandId, (stored = new StoredCommand(commandId)));
    return stored;
  }

  send(message: GatewayMessage): void {
    this.socket?.send(JSON.stringify(message));
  }

  /** Makes, signs and sends an order. */
  order(order: Order): StoredCommand {
    const message = this.envelope(order);
    const stored = this.command(message.commandId);
    this.send(message);
    return stored;
  }

  specOf(order: Order): CommandSpec {
    return {
      shell: order.shell ?? 'bash',
      script: order.script ?? (order.file ? fileScript(order.file) : 'true'),
      cwd: order.cwd ?? null,
      runAs: order.runAs ?? { kind: 'runtime' },
      timeoutMs: order.timeoutMs ?? 60_000,
      ...(order.maxOutputBytes === undefined ? {} : { maxOutputBytes: order.maxOutputBytes }),
      ...(order.input === undefined ? {} : { input: order.input }),
      ...(order.file === undefined ? {} : { file: order.file }),
    };
  }

  envelope(order: Order): Extract<GatewayMessage, { type: 'command' }> {
    const spec = this.specOf(order);
    const sessionId = order.sessionId ?? this.sessionId;
    const commandId = order.commandId ?? randomUUID();
    const about = {
      ...this.ids,
      sessionId,
      commandId,
      counter: order.counter ?? ++this.counter,
      notBefore: Date.now() - 1000,
      notAfter: order.notAfter ?? Date.now() + 60_000,
      risk: order.risk ?? 'read_only',
      actionHash: actionHash(sha256, sessionId, this.ids.endpointId, spec),
      approvals: order.approvals ?? [
        { id: `consent-${sessionId.slice(0, 8)}`, kind: 'session', hash: this.consentHash(sessionId) },
      ],
      technician: 'Jun Park',
    };
    const draft: Envelope = envelopeFor(spec, about, order.unattended);
    const bytes = envelopeBytes(order.change?.(draft) ?? draft);
    const signature = sign(null, bytes, this.#keys.privateKey).toString('base64');
    const sent = order.tamper?.(bytes) ?? bytes;
    return { type: 'command', commandId, envelope: Buffer.from(sent).toString('base64'), signature };
  }

  /** Signs and sends what a technician typed into a command. */
  answer(commandId: string, seq: number, text: string, change: AnswerChange = {}): void {
    const order: InputOrder = {
      v: 1,
      ...this.ids,
      sessionId: this.sessionId,
      commandId,
      seq,
      text,
      end: change.end ?? false,
      notAfter: change.notAfter ?? Date.now() + 60_000,
      technician: 'Jun Park',
    };
    const bytes = inputOrderBytes(order);
    const signature = sign(null, bytes, this.#keys.privateKey).toString('base64');
    const sent = change.tamper?.(bytes) ?? bytes;
    const secrets = change.secrets ?? {};
    this.send({ type: 'input', commandId, order: Buffer.from(sent).toString('base64'), signature, secrets });
  }

  told(commandId: string, seq: number): Extract<AgentMessage, { type: 'input_told' }> | undefined {
    return this.messages
      .filter((message) => message.type === 'input_told')
      .findLast((message) => message.commandId === commandId && message.seq === seq);
  }

  /** What the runtime told of an update, in its order. */
  updates(version: string): Extract<AgentMessage, { type: 'update_state' }>[] {
    return this.messages
      .filter((message) => message.type === 'update_state')
      .filter((told) => told.version === version);
  }

  /** Whether the command waits for input, as its runtime said last. */
  waits(commandId: string): boolean {
    const said = this.messages.filter((message) => message.type === 'waits');
    return said.findLast((message) => message.commandId === commandId)?.waits ?? false;
  }

  consentHash(sessionId = this.sessionId): string {
    return consentHash(sha256, sessionId, this.ids.endpointId);
  }

  prompt(change: Partial<Prompt> = {}): Prompt {
    return {
      approvalId: `consent-${(change.sessionId ?? this.sessionId).slice(0, 8)}`,
      sessionId: this.sessionId,
      sessionNumber: 1847,
      kind: 'session',
      hash: this.consentHash(change.sessionId),
      mspName: 'Northgate Managed IT',
      clientName: 'Harbor Dental',
      endpointName: 'HARB-WS-07',
      technician: { name: 'Jun Park', role: 'technician' },
      title: 'May Jun look into a problem on this computer?',
      reason: 'VPN does not connect since this morning',
      command: null,
      shell: null,
      cwd: null,
      runAs: null,
      risk: null,
      changes: 'Nothing yet. Jun may look at settings and logs.',
      unchanged: 'Your files are not opened. You can keep working.',
      undo: 'You can end the session at any time.',
      code: '4821',
      requestedAt: Date.now(),
      expiresAt: Date.now() + 30 * 60_000,
      nudges: 0,
      ...change,
    };
  }

  /** The prompt for one action, bound to exactly these fields. */
  actionPrompt(approvalId: string, spec: CommandSpec, change: Partial<Prompt> = {}): Prompt {
    return this.prompt({
      approvalId,
      kind: 'action',
      hash: actionHash(sha256, this.sessionId, this.ids.endpointId, spec),
      title: 'May Jun add a certificate to this computer?',
      command: spec.script,
      shell: spec.shell,
      cwd: spec.cwd,
      ...(spec.input === true ? { input: true } : {}),
      ...(spec.file === undefined ? {} : { file: true }),
      runAs: runAsText(spec.runAs),
      risk: 'change',
      ...change,
    });
  }

  ask(prompt: Prompt): void {
    this.send({ type: 'prompt', prompt });
  }

  /** Asks whether the session may run unattended, and waits for what the runtime says. */
  async askUnattended(
    prompt: Prompt = this.prompt(),
  ): Promise<Extract<AgentMessage, { type: 'unattended_allowed' | 'unattended_refused' }>> {
    const said = () =>
      this.messages
        .filter((message) => message.type === 'unattended_allowed' || message.type === 'unattended_refused')
        .filter(({ approvalId }) => approvalId === prompt.approvalId);
    const before = said().length;
    this.send({ type: 'unattended', ...UNATTENDED, prompt });
    await until(() => said().length > before);
    return said().at(-1)!;
  }

  #enroll(body: string): [number, unknown] {
    const request = zEnrollRequest.parse(JSON.parse(body));
    if (this.tokenState === 'used') {
      return [409, { error: { code: 'TOKEN_USED', message: 'This enrolment token was already used.' } }];
    }
    this.tokenState = 'used';
    this.#runtimeKey = Buffer.from(request.publicKey, 'base64');
    return [
      200,
      {
        ...this.ids,
        runtimeLabel: 'throughline-runtime-7a3f-dc2',
        endpointName: request.hostname,
        mspName: 'Northgate Managed IT',
        clientName: 'Harbor Dental',
        ...(this.approvers === null ? {} : { approvers: this.approvers }),
        commandKey: this.#keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      },
    ];
  }

  #connected(socket: WebSocket): void {
    const nonce = randomBytes(32).toString('base64');
    let joinCounter = 0;
    let open: string[] = [];
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket === socket) this.socket = null;
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return this.#output(socket, data);
      const message = agentMessageOf(PROTOCOL_VERSION).parse(JSON.parse(data.toString()));
      this.messages.push(message);
      if (message.type === 'hello') {
        this.hellos.push(message);
        joinCounter = message.joinCounter;
        open = message.open.map((entry) => entry.commandId);
        socket.send(JSON.stringify({ type: 'challenge', nonce } satisfies GatewayMessage));
      } else if (message.type === 'prove') {
        if (!this.provenBy(challengeBytes(this.ids.runtimeId, joinCounter, nonce), message.signature)) {
          const bye: GatewayMessage = { type: 'bye', code: 'bad_signature', message: 'Not proven.' };
          this.proofsRefused++;
          return socket.send(JSON.stringify(bye));
        }
        this.joinCounter = joinCounter;
        if (this.bye) return socket.send(JSON.stringify(this.bye));
        this.socket = socket;
        const heads = open.map((id) => ({
          commandId: id,
          ackSeq: this.command(id).nextSeq - 1,
          settled: this.command(id).settled,
        }));
        this.send({ type: 'welcome', v: PROTOCOL_VERSION, at: Date.now(), heads, mspName: 'Northgate Managed IT' });
      } else this.#message(message);
    });
  }

  #message(message: AgentMessage): void {
    switch (message.type) {
      case 'accept':
        this.command(message.commandId).accepts++;
        return;
      case 'started':
        this.command(message.commandId).started = message.start;
        return;
      case 'refuse':
        this.command(message.commandId).refusal = message;
        return this.#settle(message.commandId);
      case 'unknown':
        this.command(message.commandId).unknown = true;
        return this.#settle(message.commandId);
      case 'exit': {
        const stored = this.command(message.commandId);
        if (!this.provenBy(exitBytes(message.commandId, message.exit), message.signature))
          throw new Error('bad exit signature');
        stored.exit = message.exit;
        return this.#settle(message.commandId);
      }
      case 'rotate':
        return this.#rotate(message);
      case 'unattended_allowed': {
        const { type: _type, signature, ...statement } = message;
        if (!this.provenBy(unattendedBytes(statement), signature)) throw new Error('bad statement');
        const { approvalId } = statement;
        if (this.answersDecisions)
          this.send({ type: 'decided', approvalId, counted: this.counted, message: 'Recorded.' });
        return;
      }
      case 'decision': {
        const { approvalId, decision, reason, account, at, hash, signature, scope, shown, passkey, link } = message;
        const said = { approvalId, decision, reason, account, at, hash, scope, shown, passkey, link };
        if (!this.provenBy(decisionBytes(said), signature)) throw new Error('bad decision');
        if (this.answersDecisions)
          this.send({
            type: 'decided',
            approvalId,
            counted: this.counted,
            message: this.counted ? 'Recorded.' : 'Already decided by Olivia Reyes.',
          });
        return;
      }
    }
  }

  /** The public key that counts now, base64. */
  get runtimeKey(): string {
    return this.#runtimeKey?.toString('base64') ?? '';
  }

  #rotate({ publicKey, signature, proof }: Extract<AgentMessage, { type: 'rotate' }>): void {
    const bytes = rotationBytes({ runtimeId: this.ids.runtimeId, joinCounter: this.joinCounter, publicKey });
    const old = this.#runtimeKey;
    if (!this.provenBy(bytes, signature)) throw new Error('the old key did not sign for the new one');
    this.#runtimeKey = Buffer.from(publicKey, 'base64');
    if (!this.provenBy(bytes, proof)) throw new Error('the new key did not sign');
    const accepted = this.rotation === 'take' || this.rotation === 'take_and_cut';
    if (!accepted) this.#runtimeKey = old;
    if (this.rotation === 'cut' || this.rotation === 'take_and_cut') {
      this.rotation = this.rotationAfterCut ?? this.rotation;
      return this.cut();
    }
    this.send({ type: 'rotated', publicKey, accepted, message: accepted ? 'Taken.' : 'Not today.' });
  }

  #settle(commandId: string): void {
    if (!this.settles) return;
    this.command(commandId).settled = true;
    this.send({ type: 'settled', commandId });
  }

  #output(socket: WebSocket, data: Buffer): void {
    if (socket !== this.socket) return;
    this.receivedBytes += data.length;
    this.#sinceCut += data.length;
    const { commandId, frames } = decodeBatch(data, crc32);
    const stored = this.command(commandId);
    for (const frame of frames) {
      if (frame.seq < stored.nextSeq) {
        stored.repeats++;
        if (stored.hashes[frame.seq - 1] !== toHex(sha256(frame.bytes))) throw new Error('conflict');
        continue;
      }
      if (frame.seq > stored.nextSeq || frame.offset !== stored.offsets[frame.stream]) {
        return this.send({ type: 'rewind', commandId, expectedSeq: stored.nextSeq });
      }
      stored.nextSeq++;
      stored.offsets[frame.stream] += frame.bytes.length;
      stored.parts[frame.stream].push(Buffer.from(frame.bytes));
      stored.hashes.push(toHex(sha256(frame.bytes)));
      stored.arrivals.push({ at: performance.now(), text: Buffer.from(frame.bytes.subarray(0, 200)).toString() });
      stored.chain = outputChainNext(sha256, stored.chain, frame);
    }
    if (this.#sinceCut >= this.cutEveryBytes) {
      this.#sinceCut = 0;
      return this.cut();
    }
    if (!this.holdAcks) this.send({ type: 'ack', commandId, ackSeq: stored.nextSeq - 1 });
  }

  /** Whether the enrolled runtime's key signed it. */
  provenBy(bytes: Uint8Array, signature: string): boolean {
    if (!this.#runtimeKey) return false;
    const key = createPublicKey({ key: this.#runtimeKey, type: 'spki', format: 'der' });
    return verify(null, bytes, key, Buffer.from(signature, 'base64'));
  }

  /** Waits until the command is over, whatever way. */
  async ended(stored: StoredCommand, ms = 30_000): Promise<StoredCommand> {
    await until(() => stored.exit !== null || stored.refusal !== null || stored.unknown, ms);
    return stored;
  }
}
