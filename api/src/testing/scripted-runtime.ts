import { type KeyObject, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  type AgentMessage,
  type CommandExit,
  type EndpointFacts,
  type Enrolled,
  type GatewayMessage,
  PROTOCOL_VERSION,
  type Prompt,
  zEnrolled,
  zGatewayMessage,
} from '@throughline/domain/agent-protocol';
import type { KeptLink } from '@throughline/domain/approval-link';
import type { ApprovalScope } from '@throughline/domain/approval-scope';
import { utf8 } from '@throughline/domain/bytes';
import { type Envelope, parseEnvelope } from '@throughline/domain/envelope';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import { type OutputFrame, encodeBatch } from '@throughline/domain/output-frame';
import { promptLines, textOf } from '@throughline/domain/prompt/prompt-text';
import type { ShownPrompt } from '@throughline/domain/prompt/shown-prompt';
import type { KeptAssertion } from '@throughline/domain/passkey';
import type { ActionClass } from '@throughline/domain/policy';
import { challengeBytes, decisionBytes, exitBytes, rotationBytes } from '@throughline/domain/signed-bytes';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { type UnattendedStatement, unattendedBytes } from '@throughline/domain/unattended';
import { WebSocket } from 'ws';

type Of<Type extends GatewayMessage['type']> = GatewayMessage & { type: Type };
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const FACTS: EndpointFacts = {
  hostname: 'LNX-LAB-01',
  os: 'Debian',
  osVersion: '12',
  arch: 'x64',
  timeZone: 'America/Chicago',
  users: ['olivia'],
  shells: [{ shell: 'bash', path: '/bin/bash', version: '5.2' }],
  diskFreeBytes: 1_000_000,
  memoryBytes: 1_000_000,
  addresses: ['10.0.0.7'],
  runtimeUser: 'throughline',
  consoleUser: 'olivia',
  runAsOthers: true,
  bootedAt: 1_700_000_000_000,
};

/** The output of a command as a test wants it: frames in order, and the end that truly belongs to them. */
export interface Played {
  frames: OutputFrame[];
  exit: CommandExit;
}

/** What a page would show of a question. */
function pageOf(prompt: Prompt): { text: string; shown: ShownPrompt } {
  const text = textOf(promptLines({ prompt, offer: null, consentAt: null }, { locale: 'en', timeZone: 'UTC' }));
  const at = Date.now();
  return {
    text,
    shown: {
      language: 'en',
      textHash: hex(utf8(text)),
      channel: 'loopback_page',
      askedAt: at,
      shownAt: at,
      locked: null,
    },
  };
}

/** An endpoint's runtime that does what a test says, over the real protocol with real keys. It runs nothing. */
export class ScriptedRuntime {
  readonly identity: Enrolled;
  readonly heard: GatewayMessage[] = [];
  joinCounter = 0;
  closed = true;
  socket: WebSocket | null = null;
  /** The protocol it speaks: 1 leaves out what came later. */
  version: number = PROTOCOL_VERSION;
  /** What it tells of its computer. */
  facts: EndpointFacts = FACTS;
  answersFacts = true;
  clockAhead = 0;
  /** Of its program. */
  agentVersion = '0.1.0-scripted';
  private readonly url: string;
  private key: KeyObject;

  constructor(url: string, identity: Enrolled, key: KeyObject) {
    this.url = url;
    this.identity = identity;
    this.key = key;
    this.facts = { ...FACTS, hostname: identity.endpointName };
  }

  static async enrol(url: string, token: string, hostname: string): Promise<ScriptedRuntime> {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const answer = await enrolOver(url, {
      token,
      hostname,
      publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    });
    if (answer.status !== 201) throw new Error(`enrolment answered ${answer.status}: ${await answer.text()}`);
    return new ScriptedRuntime(url, zEnrolled.parse(await answer.json()), privateKey);
  }

  /** The same identity on another machine. */
  copy(): ScriptedRuntime {
    return new ScriptedRuntime(this.url, this.identity, this.key);
  }

  get said(): string | undefined {
    return this.heard.findLast((message) => message.type === 'bye')?.code;
  }

  /** Hello, challenge, prove. Resolves at welcome or bye, and returns which. */
  async connect(
    change: { joinCounter?: number; forge?: boolean; open?: string[]; v?: number } = {},
  ): Promise<'welcome' | 'bye'> {
    const joinCounter = (this.joinCounter = change.joinCounter ?? this.joinCounter + 1);
    const from = this.heard.length;
    const socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/agent`);
    this.socket = socket;
    socket.on('message', (data: Buffer) =>
      this.hear(zGatewayMessage.parse(JSON.parse(data.toString('utf8'))), joinCounter, change.forge),
    );
    socket.on('close', () => {
      if (this.socket === socket) this.closed = true;
    });
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => undefined);
    this.closed = false;
    const { runtimeId } = this.identity;
    this.say({
      type: 'hello',
      v: change.v ?? this.version,
      runtimeId,
      agentVersion: this.agentVersion,
      bootId: 'boot-1',
      joinCounter,
      facts: this.asSpoken(this.facts),
      at: Date.now() + this.clockAhead,
      open: (change.open ?? []).map((commandId) => ({ commandId, state: 'started' as const, nextSeq: 1 })),
    });
    const answer = await waitFor('welcome or bye', () =>
      this.heard.slice(from).find((m) => m.type === 'welcome' || m.type === 'bye'),
    );
    return answer.type as 'welcome' | 'bye';
  }

  say(message: AgentMessage): void {
    this.socket?.send(JSON.stringify(message));
  }

  sendRaw(data: string | Uint8Array): void {
    this.socket?.send(data);
  }

  /** Cuts the wire without a goodbye. */
  async cut(): Promise<void> {
    this.socket?.terminate();
    await waitFor('the socket to close', () => this.closed);
  }

  all<Type extends GatewayMessage['type']>(type: Type): Of<Type>[] {
    return this.heard.filter((message): message is Of<Type> => message.type === type);
  }

  /** Waits for a message that fits; those that came before count too. */
  hears<Type extends GatewayMessage['type']>(
    type: Type,
    fits: (message: Of<Type>) => boolean = () => true,
    ms = 10_000,
  ): Promise<Of<Type>> {
    return waitFor(`the runtime to hear "${type}"`, () => this.all(type).find(fits), ms) as Promise<Of<Type>>;
  }

  /** Answers the question whether a session may run unattended, as an owner's file of these classes would have it. */
  async allowUnattended(
    classes: ActionClass[] = ['read_only', 'change'],
    change: Partial<UnattendedStatement> & { signature?: string; sessionId?: string } = {},
  ): Promise<string> {
    const { signature, sessionId, ...more } = change;
    const { prompt, rule, level, version } = await this.hears(
      'unattended',
      (m) => sessionId === undefined || m.prompt.sessionId === sessionId,
    );
    const { approvalId, hash } = prompt;
    const statement = {
      approvalId,
      hash,
      rule,
      level,
      version,
      classes,
      fileHash: 'ab'.repeat(32),
      at: Date.now(),
      ...more,
    };
    const signed = sign(null, unattendedBytes(statement), this.key).toString('base64');
    this.say({ type: 'unattended_allowed', ...statement, signature: signature ?? signed });
    return approvalId;
  }

  decide(
    approvalId: string,
    decision: 'approve' | 'deny',
    change: {
      reason?: string;
      hash?: string;
      signature?: string;
      at?: number;
      scope?: ApprovalScope;
      shown?: ShownPrompt;
      /** The text that is said to have been shown. */
      text?: string;
      account?: string;
      passkey?: KeptAssertion;
      /** It was answered by a mailed link. */
      link?: KeptLink;
      /** A yes that says nothing of what was shown; else it says what a page would have. */
      bare?: true;
    } = {},
  ): void {
    const prompt = this.all('prompt').findLast((message) => message.prompt.approvalId === approvalId)?.prompt;
    const given = [change.shown, change.text, change.passkey, change.bare].some((each) => each !== undefined);
    const page = prompt?.keepsText === true && decision === 'approve' && !given ? pageOf(prompt) : change;
    const { shown, text } = page;
    const said = {
      approvalId,
      decision,
      reason: change.reason ?? '',
      account: change.account ?? 'olivia',
      at: change.at ?? Date.now(),
      hash: change.hash ?? prompt?.hash ?? '',
      ...(change.scope === undefined ? {} : { scope: change.scope }),
      ...(shown === undefined ? {} : { shown }),
      ...(change.passkey === undefined ? {} : { passkey: change.passkey }),
      ...(change.link === undefined ? {} : { link: change.link }),
    };
    this.say({
      type: 'decision',
      ...said,
      ...(text === undefined ? {} : { text }),
      signature: change.signature ?? this.signs(decisionBytes(said)),
    });
  }

  /** Takes what was answered by a link, as a runtime does whose owner allows it. */
  takesLink(
    { approvalId, decision, reason, page, text, link }: Of<'link_answer'>,
    change: { account?: string } = {},
    channel: 'link_page' | 'loopback_page' = 'link_page',
  ) {
    const at = Date.now();
    const shown = { ...page, channel, askedAt: at, shownAt: at, locked: null };
    this.decide(approvalId, decision, { reason, account: link.name, shown, text, link, at, ...change });
  }

  /** Waits for the next question about the session and says yes to it. */
  async approves(sessionId: string, kind: 'session' | 'action' | 'identity' = 'session'): Promise<string> {
    const { prompt } = await this.hears(
      'prompt',
      (m) => m.prompt.sessionId === sessionId && m.prompt.kind === kind && !this.closedPrompt(m.prompt.approvalId),
    );
    this.decide(prompt.approvalId, 'approve');
    await this.hears('decided', (m) => m.approvalId === prompt.approvalId && m.counted);
    return prompt.approvalId;
  }

  /** The order as it was sent, after a look at its form. */
  async order(commandId: string, ms?: number): Promise<Envelope> {
    const message = await this.hears('command', (m) => m.commandId === commandId, ms);
    return parseEnvelope(Buffer.from(message.envelope, 'base64'));
  }

  start(commandId: string): void {
    this.say({ type: 'accept', commandId, at: Date.now() });
    const start = {
      pid: 4711,
      effectiveUser: 'throughline',
      cwd: '/',
      shellPath: '/bin/bash',
      shellVersion: '5.2',
      resolvedPath: null,
      path: '/usr/bin:/bin',
      environment: { LANG: 'C.UTF-8' },
      arch: 'x64',
      executionPolicy: null,
    };
    this.say({ type: 'started', commandId, at: Date.now(), start: this.asSpoken(start) });
  }

  send(commandId: string, frames: OutputFrame[]): void {
    this.sendRaw(encodeBatch({ commandId, frames }, crc32));
  }

  exit(commandId: string, ended: CommandExit, forged?: string): void {
    const exit = this.asSpoken(ended);
    const signature = forged ?? this.signs(exitBytes(commandId, exit));
    this.say({ type: 'exit', commandId, exit, signature });
  }

  /** The whole life of a command: accept, start, output, end, until the gateway says settled. */
  async plays(commandId: string, played: Played): Promise<void> {
    await this.order(commandId);
    this.start(commandId);
    for (const frame of played.frames) this.send(commandId, [frame]);
    this.exit(commandId, played.exit);
    await this.hears('settled', (m) => m.commandId === commandId);
  }

  /** Changes its key, or tries to: signed by the old one and the new one unless told otherwise. */
  async rotates(change: { signature?: string; proof?: string } = {}): Promise<Of<'rotated'>> {
    const next = generateKeyPairSync('ed25519');
    const publicKey = next.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const { runtimeId } = this.identity;
    const bytes = rotationBytes({ runtimeId, joinCounter: this.joinCounter, publicKey });
    const proof = sign(null, bytes, next.privateKey).toString('base64');
    this.say({ type: 'rotate', publicKey, signature: this.signs(bytes), proof, ...change });
    const answer = await this.hears('rotated', (m) => m.publicKey === publicKey);
    if (answer.accepted) this.key = next.privateKey;
    return answer;
  }

  signs(bytes: Uint8Array): string {
    return sign(null, bytes, this.key).toString('base64');
  }

  private asSpoken<Part extends object>(part: Part): Part {
    if (this.version !== 1) return part;
    const newer = [
      'consoleUser',
      'runAsOthers',
      'bootedAt',
      'screenLocked',
      'executionPolicy',
      'outputLimited',
      'powershell',
    ];
    return Object.fromEntries(Object.entries(part).filter(([name]) => !newer.includes(name))) as Part;
  }

  private closedPrompt(approvalId: string): boolean {
    return this.heard.some((m) => (m.type === 'prompt_closed' || m.type === 'decided') && m.approvalId === approvalId);
  }

  private hear(message: GatewayMessage, joinCounter: number, forge = false): void {
    this.heard.push(message);
    if (message.type === 'facts' && this.answersFacts)
      this.say({ type: 'facts', requestId: message.requestId, at: Date.now() + this.clockAhead, facts: this.facts });
    if (message.type !== 'challenge') return;
    const signature = this.signs(
      challengeBytes(this.identity.runtimeId, joinCounter, forge ? `${message.nonce}x` : message.nonce),
    );
    this.say({ type: 'prove', signature });
  }
}

/** `POST /agent/enroll` as the installer sends it. */
export function enrolOver(
  url: string,
  change: { token: string; hostname: string; publicKey: string } & Record<string, unknown>,
): Promise<Response> {
  return fetch(`${url}/agent/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      v: PROTOCOL_VERSION,
      agentVersion: '0.1.0-scripted',
      facts: { ...FACTS, hostname: change.hostname },
      ...change,
    }),
  });
}

/** Frames of the given pieces and the end that fits them; `stderr` pieces come as { stderr }. */
export function playing(
  commandId: string,
  pieces: readonly (string | Uint8Array | { stderr: string })[],
  change: Partial<CommandExit> = {},
): Played {
  const frames: OutputFrame[] = [];
  const offsets = { 1: 0, 2: 0 };
  const whole = { 1: [] as Uint8Array[], 2: [] as Uint8Array[] };
  let chain = outputChainStart(sha256, commandId);
  for (const piece of pieces) {
    const stream = typeof piece === 'object' && 'stderr' in piece ? 2 : 1;
    const bytes =
      typeof piece === 'string' ? Buffer.from(piece) : 'stderr' in piece ? Buffer.from(piece.stderr) : piece;
    const frame: OutputFrame = { seq: frames.length + 1, stream, offset: offsets[stream], at: Date.now(), bytes };
    chain = outputChainNext(sha256, chain, frame);
    offsets[stream] += bytes.length;
    whole[stream].push(bytes);
    frames.push(frame);
  }
  const sum = (stream: 1 | 2) => ({ bytes: offsets[stream], sha256: hex(Buffer.concat(whole[stream])) });
  const exit: CommandExit = {
    exitCode: 0,
    signal: null,
    timedOut: false,
    cancelled: false,
    startedAt: Date.now() - 5,
    finishedAt: Date.now(),
    stdout: sum(1),
    stderr: sum(2),
    lastSeq: frames.length,
    chainHead: Buffer.from(chain).toString('hex'),
    pipeLeaked: false,
    askedForInput: false,
    outputLimited: false,
    powershell: null,
    ...change,
  };
  return { frames, exit };
}
