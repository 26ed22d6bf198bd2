import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AgentMessage,
  CONTACT_LOST_MS,
  type GatewayMessage,
  PROTOCOL_VERSION,
  type ProtocolVersion,
  agentMessageOf,
  isServed,
  understands,
} from '@throughline/domain/agent-protocol';
import { isDomainError } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import { type Scope, type Tx, readTenant, withTenant } from '@throughline/store/tenant';
import type { StoreEvent } from '@throughline/store/notify';
import type { LimitFunction } from 'p-limit';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { SecretDesk } from '../sessions/secret-desk.ts';
import type { SessionClient } from '../temporal/session-client.ts';
import * as facts from './command-facts.ts';
import * as endUser from './end-user.ts';
import { inputTold, waits } from './command-input.ts';
import { factsTold } from './endpoint-facts.ts';
import { type GivenCommand, givenCommand } from './given-command.ts';
import { type Hello, JoinRefused, type Member, headsOf, join, leave, lockedWhy, skewOf } from './join.ts';
import { rotateKey } from './key-rotation.ts';
import { OutputIntake } from './output-intake.ts';
import type { Sums } from './output-sums.ts';
import type { Presence } from './presence.ts';
import { updateNews, updateTold } from './update-offers.ts';
import { saidNews } from './said-news.ts';
import { unattendedAllowed, unattendedRefused } from './unattended.ts';
import {
  approvalNews,
  ownApprovalNews,
  pendingCancels,
  pendingInputs,
  pendingOrders,
  pendingPrompts,
  recentClosings,
} from './outgoing.ts';

export interface ConnectionDeps {
  pool: Pool;
  presence: Presence;
  /** Lets a few runtimes join at a time: when thousands come back at once, pages must not wait behind them for the database. */
  joining: LimitFunction;
  sessions: SessionClient;
  secrets: SecretDesk;
  log: Logger;
}

const HELLO_WITHIN_MS = 10_000;

/** One runtime's socket, from hello to close. Messages are worked off in the order they came. */
export class AgentConnection {
  readonly id = randomUUID();
  member: Member | null = null;
  private readonly socket: WebSocket;
  private readonly deps: ConnectionDeps;
  private readonly nonce = randomBytes(24).toString('base64');
  private hello: Hello | null = null;
  /** As the runtime's hello says; nothing newer is sent to it or taken from it. */
  private version: ProtocolVersion | null = null;
  private intake: OutputIntake | null = null;
  private chain: Promise<void> = Promise.resolve();
  private readonly given = new Map<string, GivenCommand>();
  private lastHeard = Date.now();
  private waitsToJoin = false;
  private readonly watch: NodeJS.Timeout;
  private readonly joined: (connection: AgentConnection) => void;

  constructor(socket: WebSocket, deps: ConnectionDeps, joined: (connection: AgentConnection) => void) {
    this.socket = socket;
    this.deps = deps;
    this.joined = joined;
    this.watch = setInterval(() => this.checkContact(), CONTACT_LOST_MS / 6);
    socket.on('message', (data: Buffer, isBinary) => {
      this.lastHeard = Date.now();
      if (isBinary) this.takeOutput(data);
      else this.queue(() => this.takeText(data.toString('utf8')));
    });
    socket.on('close', () => this.closed());
    socket.on('error', (err) => deps.log.debug({ err }, 'agent socket error'));
  }

  send(message: GatewayMessage): void {
    if (!understands(this.version ?? 1, message.type)) return;
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message));
  }

  bye(code: (GatewayMessage & { type: 'bye' })['code'], message: string): void {
    this.send({ type: 'bye', code, message });
    this.socket.close(1000);
    // A peer that does not answer the close is cut: revoked means revoked within seconds.
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }

  /** Something in the store concerns this runtime: an order, a cancel, a prompt, a revocation. */
  hear(event: StoreEvent): void {
    const { member } = this;
    if (member === null || event.m !== member.mspId) return;
    if (event.k === 'outbox' && event.r === member.runtimeId)
      this.queue(() => this.sendOrders(member, event.c ?? null));
    if (event.k === 'cancel' && event.r === member.runtimeId)
      this.tell((tx) => pendingCancels(tx, member, event.c ?? null));
    if (event.k === 'input' && event.r === member.runtimeId)
      this.tell((tx) => pendingInputs(tx, member, this.deps.secrets, event.c ?? null));
    if ((event.k === 'prompt' || event.k === 'approval') && event.e === member.endpointId && event.a !== undefined) {
      const approvalId = event.a;
      this.tell((tx) => approvalNews(tx, member, approvalId));
    }
    if (event.k === 'said' && event.e === member.endpointId && event.s !== undefined && event.n !== undefined) {
      const { s: sessionId, n: seq } = event;
      this.tell((tx) => saidNews(tx, member, sessionId, seq));
    }
    if (event.k === 'ask_facts' && event.r === member.runtimeId && event.a !== undefined)
      this.send({ type: 'facts', requestId: event.a });
    if (event.k === 'update' && event.e === member.endpointId) this.tell((tx) => updateNews(tx, member));
    if (event.k === 'session' && event.e === member.endpointId && event.n === 1 && event.s !== undefined)
      this.send({ type: 'session_closed', sessionId: event.s, outcome: 'completed' });
    if (event.k === 'revoke' && event.r === member.runtimeId) void this.cutOff(member);
  }

  /** Locked or revoked: the computer's owner is told which, and what to do about it differs. */
  private async cutOff(member: Member): Promise<void> {
    const why = await this.inTenant((tx) => lockedWhy(tx, member)).catch(() => null);
    if (why !== null) this.bye('locked', why);
    else this.bye('revoked', 'This runtime was revoked or replaced. It takes no more commands.');
  }

  /** Everything that may have been missed: after joining, and after the event stream was broken. */
  catchUp(): void {
    const { member } = this;
    if (member === null) return;
    const find = async (tx: Tx) => [
      ...(await recentClosings(tx, member)),
      ...(await pendingPrompts(tx, member)),
      ...(await saidNews(tx, member, null, null)),
      ...(await pendingOrders(tx, member, null)),
      ...(await pendingCancels(tx, member, null)),
      ...(await pendingInputs(tx, member, this.deps.secrets, null)),
      ...(await updateNews(tx, member)),
    ];
    this.queue(() => this.deps.joining(() => this.sendFound(find)));
  }

  private queue(work: () => Promise<void>): void {
    this.chain = this.chain.then(work).catch((error: unknown) => this.failed(error as Error));
  }

  private tell(find: (tx: Tx) => Promise<GatewayMessage[]>): void {
    this.queue(() => this.sendFound(find));
  }

  /** Said after the COMMIT: what the runtime does with it may depend on what was noted. */
  private async sendFound(find: (tx: Tx) => Promise<GatewayMessage[]>): Promise<void> {
    for (const message of await this.inTenant(find)) this.send(message);
  }

  /** Somebody waits for these, and finding them notes nothing that would have to be on the disk first. */
  private async sendOrders(member: Member, commandId: string | null): Promise<void> {
    const scope: Scope = { mspId: member.mspId, clients: '*' };
    for (const order of await readTenant(this.deps.pool, scope, (tx) => pendingOrders(tx, member, commandId)))
      this.send(order);
  }

  private async inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { member } = this;
    if (member === null) throw new Error('not joined');
    return withTenant(this.deps.pool, { mspId: member.mspId, clients: '*' }, work);
  }

  private async takeText(text: string): Promise<void> {
    const said = parseJson(text);
    this.version ??= this.versionIn(said);
    if (this.version === null) return;
    const parsed = agentMessageOf(this.version).safeParse(said);
    if (!parsed.success) {
      const where = parsed.error.issues[0]?.path.join('.') ?? '';
      this.bye('bad_message', `A message could not be read (${where}). Nothing was lost; connect again.`);
      return;
    }
    if (this.member === null) await this.greet(parsed.data);
    else await this.take(parsed.data, this.member);
  }

  /** Of a first message, before anything else of it is looked at: a newer runtime may say things this gateway cannot read. */
  private versionIn(said: unknown): ProtocolVersion | null {
    const { type, v } = (said ?? {}) as { type?: unknown; v?: unknown };
    if (type !== 'hello') this.bye('bad_message', 'Say hello first.');
    else if (isServed(v)) return v;
    else
      this.bye(
        'unsupported',
        `This server speaks protocol ${PROTOCOL_VERSION} and the one before it, the runtime ${String(v).slice(0, 20)}. Update the older of the two.`,
      );
    return null;
  }

  private async greet(message: AgentMessage): Promise<void> {
    if (message.type === 'hello') {
      this.hello = message;
      this.send({ type: 'challenge', nonce: this.nonce });
      return;
    }
    if (message.type !== 'prove' || this.hello === null || this.version === null) {
      this.bye('bad_message', 'Say hello first.');
      return;
    }
    const { hello, version } = this;
    const signature = Buffer.from(message.signature, 'base64');
    this.waitsToJoin = true;
    const { member, heads } = await this.deps.joining(async () => {
      const proven = await join(this.deps.pool, this.id, hello, version, this.nonce, signature);
      return { member: proven, heads: await headsOf(this.deps.pool, proven, hello) };
    });
    this.waitsToJoin = false;
    this.lastHeard = Date.now();
    this.member = member;
    this.intake = this.intakeOf(member);
    if (this.socket.readyState !== this.socket.OPEN) return this.closed(); // It went while it waited in line.
    this.send({ type: 'welcome', v: version, at: Date.now(), heads, mspName: member.mspName });
    this.joined(this);
    this.catchUp();
  }

  private async take(message: AgentMessage, member: Member): Promise<void> {
    switch (message.type) {
      case 'hello':
      case 'prove':
        return this.bye('bad_message', 'Already joined.');
      case 'heartbeat':
        return this.deps.presence.hear(member, this.id, message.at);
      case 'facts':
        return this.inTenant((tx) => factsTold(tx, member, message, skewOf(message.at)));
      case 'rotate':
        return this.changeKey(message, member);
      case 'input_told':
      case 'waits':
        return this.takeInputNews(message, member);
      case 'update_state':
        return this.inTenant((tx) => updateTold(tx, member, message));
      case 'shown':
        return this.inTenant((tx) => endUser.shown(tx, member, message.approvalId, message.at));
      case 'unattended_allowed': {
        const answer = await unattendedAllowed(this.deps, member, message);
        return answer === null ? undefined : this.send(answer);
      }
      case 'unattended_refused':
        return unattendedRefused(this.deps, member, message);
      case 'decision':
        return this.takeDecision(message, member);
      case 'answer_refused':
        return this.inTenant((tx) => endUser.answerRefused(tx, member, message));
      case 'end_scope':
        return this.inTenant((tx) => endUser.endScope(tx, member, message));
      case 'end_session':
        return this.inTenant((tx) => endUser.endSession(tx, member, message));
      case 'message':
        return this.inTenant((tx) => endUser.say(tx, member, message));
      case 'accept':
      case 'refuse':
      case 'started':
      case 'exit':
      case 'unknown':
        return this.takeCommandFact(message, member);
    }
  }

  private async takeDecision(message: AgentMessage & { type: 'decision' }, member: Member): Promise<void> {
    const answer = await endUser.decide(this.deps, member, message);
    if (answer === null) return;
    this.send(answer);
    // Where it waits still, the person may answer again: only a question that comes after the refusal opens it there. A passkey's
    // answer is the endpoint's own to give again, at once, and would be refused for ever.
    if (!answer.counted && message.passkey === undefined)
      await this.sendFound((tx) => ownApprovalNews(tx, member, message.approvalId));
  }

  private async changeKey(message: AgentMessage & { type: 'rotate' }, member: Member): Promise<void> {
    const answer = await this.inTenant((tx) => rotateKey(tx, member, this.hello?.joinCounter ?? 0, message));
    if (answer.accepted) member.publicKey = Buffer.from(message.publicKey, 'base64');
    this.send(answer);
  }

  private async takeInputNews(message: AgentMessage & { type: 'input_told' | 'waits' }, member: Member): Promise<void> {
    const command = await this.givenCommand(message.commandId);
    if (command === null) return;
    if (message.type === 'waits') return this.inTenant((tx) => waits(tx, member, command, message.waits));
    const inputId = await this.inTenant((tx) => inputTold(tx, member, command, message));
    if (inputId !== null) this.deps.secrets.forget(inputId);
  }

  private async takeCommandFact(message: CommandFact, member: Member): Promise<void> {
    const command = await this.givenCommand(message.commandId);
    if (command === null) return;
    // Output that came before this message must be stored before it is judged.
    if (message.type === 'exit' || message.type === 'unknown') await this.intake?.drained(message.commandId);
    const seen =
      message.type === 'exit' ? (this.intake?.sums.upTo(message.commandId, message.exit.lastSeq) ?? null) : null;
    const outcome = await this.inTenant((tx) => store(tx, member, command, message, seen));
    // After COMMIT only: the runtime throws its spool away on this word.
    if (outcome === null) return;
    if (outcome.settled) {
      command.settled = true;
      this.intake?.sums.forget(command.commandId);
    }
    if (outcome.settled) this.send({ type: 'settled', commandId: command.commandId });
    else this.send({ type: 'rewind', commandId: command.commandId, expectedSeq: outcome.rewindTo });
  }

  private async givenCommand(commandId: string): Promise<GivenCommand | null> {
    const known = this.given.get(commandId);
    if (known !== undefined) return known;
    const { member } = this;
    if (member === null || !isUuid(commandId)) return null;
    const command = await this.inTenant((tx) => givenCommand(tx, member, commandId));
    if (command !== null) this.given.set(commandId, command);
    return command;
  }

  private intakeOf(member: Member): OutputIntake {
    return new OutputIntake({
      pool: this.deps.pool,
      member,
      given: (commandId) => this.givenCommand(commandId),
      told: (commandId, result) => {
        if (result.nextSeq > 1) this.send({ type: 'ack', commandId, ackSeq: result.nextSeq - 1 });
        if (result.status === 'gap') this.send({ type: 'rewind', commandId, expectedSeq: result.nextSeq });
        if (result.status === 'conflict' || result.status === 'frozen') {
          this.deps.log.error(
            { ...this.ids(), commandId, seq: result.nextSeq },
            'output frame came twice with different bytes',
          );
          this.send({ type: 'conflict', commandId, seq: result.nextSeq });
        }
      },
      failed: (error) => this.failed(error),
    });
  }

  private takeOutput(wire: Buffer): void {
    try {
      if (this.intake === null) this.bye('bad_message', 'Say hello first.');
      else this.intake.take(wire);
    } catch (error) {
      this.failed(error as Error);
    }
  }

  private failed(error: Error): void {
    if (error instanceof JoinRefused) return this.bye(error.code, error.message);
    if (isDomainError(error)) return this.bye('bad_message', error.message);
    // Not the runtime's fault (a database away, say): let it connect again and go on from what is stored.
    this.deps.log.error({ err: error, ...this.ids() }, 'agent connection failed');
    this.bye('shutting_down', 'The server cannot take this just now. Connect again; nothing is lost.');
  }

  private checkContact(): void {
    if (this.waitsToJoin) return; // It is our turn to say something.
    const silent = Date.now() - this.lastHeard;
    if (silent > (this.member === null ? HELLO_WITHIN_MS : CONTACT_LOST_MS)) this.socket.terminate();
  }

  private closed(): void {
    clearInterval(this.watch);
    const { member } = this;
    if (member === null) return;
    leave(this.deps.pool, member, this.id).catch((err: unknown) =>
      // The sweep finds it later: it looks for endpoints not heard of.
      this.deps.log.warn({ err, ...this.ids() }, 'could not mark the endpoint offline'),
    );
  }

  private ids(): Record<string, string | undefined> {
    return { mspId: this.member?.mspId, runtimeId: this.member?.runtimeId };
  }
}

type CommandFact = AgentMessage & { type: 'accept' | 'refuse' | 'started' | 'exit' | 'unknown' };

async function store(
  tx: Tx,
  member: Member,
  command: GivenCommand,
  fact: CommandFact,
  seen: Sums | null,
): Promise<facts.ExitOutcome | null> {
  switch (fact.type) {
    case 'accept':
      await facts.accepted(tx, member, command);
      return null;
    case 'started':
      await facts.started(tx, member, command, fact);
      return null;
    case 'refuse':
      await facts.refused(tx, member, command, fact);
      return { settled: true };
    case 'exit':
      return facts.exited(tx, member, command, fact.exit, fact.signature, seen);
    case 'unknown':
      return facts.unknownEnd(tx, member, command, fact.nextSeq);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the schema says so in its own words.
  }
}
