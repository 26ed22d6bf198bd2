import { randomUUID } from 'node:crypto';
import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { decisionBytes } from '@throughline/domain/signed-bytes';
import { assertNever } from '@throughline/domain/assert-never';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import { consoleUser } from './accounts.ts';
import { CommandJournal, type KnownCommand } from './command-journal.ts';
import { CommandWatch, type WatchContext } from './command-watch.ts';
import { Connection, type Stop } from './connection.ts';
import { ConsentStore } from './consent-store.ts';
import { Credit } from './credit.ts';
import type { DataFolder } from './data-folder.ts';
import { endpointFacts } from './facts.ts';
import { type Identity, commandKeyVerifier, signerOf } from './identity.ts';
import { readLocalPolicy } from './local-policy.ts';
import type { Log } from './log.ts';
import { checkOrder } from './order-check.ts';
import { RunnerPool } from './runner-pool.ts';

type Of<T extends GatewayMessage['type']> = Extract<GatewayMessage, { type: T }>;

export interface RuntimeEvents {
  /** Something to show has changed. */
  changed: () => void;
  /** A person is asked something. */
  prompted: (approvalId: string) => void;
}

/** One enrolled computer at work: takes orders, holds the person's decisions, follows commands. */
export class Runtime {
  readonly consent: ConsentStore;
  readonly journal: CommandJournal;
  readonly identity: Identity;
  readonly connection: Connection;
  readonly watches = new Map<string, CommandWatch>();
  mspName: string;
  /** Since when the connection is as it is. */
  since = Date.now();
  readonly #folder: DataFolder;
  readonly #log: Log;
  readonly #events: RuntimeEvents;
  readonly #pool: RunnerPool;
  readonly #verify: ReturnType<typeof commandKeyVerifier>;
  readonly #sign: ReturnType<typeof signerOf>;
  readonly #credit = new Credit();
  readonly #poll: NodeJS.Timeout;
  #orders: Promise<void> = Promise.resolve();
  #clockOffset = 0;
  /** Ends of commands that are settled, for the prompt page. */
  readonly #results = new Map<string, Pick<CommandWatch, 'started' | 'exit'>>();
  /** Messages sent on this connection and not yet known to have arrived. */
  readonly #inFlight = new Set<string>();

  constructor(parts: { folder: DataFolder; identity: Identity; log: Log; events: RuntimeEvents; name?: string }) {
    const { folder, identity, log } = parts;
    this.#folder = folder;
    this.#log = log;
    this.#events = parts.events;
    this.identity = identity;
    this.mspName = identity.mspName;
    this.#verify = commandKeyVerifier(identity);
    this.#sign = signerOf(identity);
    this.journal = new CommandJournal(folder.journal);
    this.consent = new ConsentStore(folder.consent);
    this.#pool = new RunnerPool(folder);
    this.connection = new Connection({
      identity,
      folder,
      sign: this.#sign,
      log,
      events: {
        facts: () => endpointFacts(folder.root, parts.name),
        open: () => [...this.watches.values()].slice(0, 10_000).map((watch) => watch.open()),
        welcome: (message) => this.#welcome(message),
        message: (message) => this.#message(message),
        lost: () => this.#lost(),
        atWork: () => this.watches.size > 0,
      },
    });
    for (const known of this.journal.all()) {
      if (!known.settled && (known.order || known.refusal)) this.#watch(known.commandId);
    }
    this.#poll = setInterval(() => this.#pollWatches(), 100);
    this.#pollWatches();
  }

  run(): Promise<Stop> {
    return this.connection.run();
  }

  /** How far a command is, also one that was settled long ago. */
  result(commandId: string): Pick<CommandWatch, 'started' | 'exit'> {
    return this.watches.get(commandId) ?? this.#finished(commandId);
  }

  close(): void {
    clearInterval(this.#poll);
    this.connection.stop();
    this.#pool.close();
    for (const watch of this.watches.values()) watch.close();
  }

  /** The answer given at the prompt page. Durable at once; effective when the server says that it counted. */
  decide(approvalId: string, decision: 'approve' | 'deny', reason: string): void {
    const record = this.consent.approval(approvalId);
    if (!record) throw new DomainError('NOT_FOUND', 'This question is not known here any more.');
    if (record.answer) throw new DomainError('ALREADY_DECIDED', 'This question was already answered here.');
    if (record.closed)
      throw new DomainError('ALREADY_DECIDED', record.closed.message || 'This question was already decided elsewhere.');
    if (this.consent.session(record.prompt.sessionId).ended)
      throw new DomainError('INVALID_STATE', 'You ended this session. Nothing more can be approved in it.');
    const at = Date.now();
    if (decision === 'approve' && at > record.prompt.expiresAt) {
      throw new DomainError(
        'APPROVAL_EXPIRED',
        'The time to answer is over, and no answer counted as no. Ask the technician to send the question again.',
      );
    }
    const account = consoleUser();
    const signature = this.#sign(
      decisionBytes({ approvalId, decision, reason, account, at, hash: record.prompt.hash }),
    );
    this.consent.append({ type: 'answered', approvalId, decision, reason, account, at, signature });
    this.#log.info(`${account} answered ${decision === 'approve' ? 'yes' : 'no'} to “${record.prompt.title}”.`, {
      approvalId,
    });
    this.#sendDecision(approvalId);
    this.#events.changed();
  }

  /** Works without a connection: the consent is withdrawn here and now, and what runs in the session is stopped. */
  endSession(sessionId: string, reason: string): void {
    if (this.consent.session(sessionId).ended) return;
    const account = consoleUser();
    this.consent.append({ type: 'session_ended', sessionId, reason, account, at: Date.now() });
    this.#log.warn(`${account} ended the session at this computer.`, { sessionId });
    for (const watch of this.watches.values()) {
      if (this.journal.get(watch.commandId)?.sessionId === sessionId) watch.cancel();
    }
    this.#sendEnded(sessionId);
    this.#events.changed();
  }

  writeMessage(sessionId: string, text: string): void {
    this.consent.append({ type: 'message', id: randomUUID(), sessionId, text, account: consoleUser(), at: Date.now() });
    this.#sendMessages();
    this.#events.changed();
  }

  /** The prompt page really shows this question now. */
  shown(approvalId: string): void {
    const record = this.consent.approval(approvalId);
    if (!record || record.shown) return;
    this.consent.append({ type: 'shown', approvalId, at: Date.now() });
    this.#sendShown(approvalId);
  }

  #welcome(message: Of<'welcome'>): void {
    this.mspName = message.mspName;
    this.since = Date.now();
    this.#clockOffset = message.at - Date.now();
    this.#log.info(`Connected to ${message.mspName}.`);
    const heads = new Map(message.heads.map((head) => [head.commandId, head]));
    for (const watch of [...this.watches.values()]) {
      const head = heads.get(watch.commandId);
      if (head?.settled) this.#settle(watch.commandId);
      else watch.resume(head?.ackSeq ?? 0);
    }
    // First, so that a Yes given before the end starts nothing after it.
    for (const { sessionId, ended, closed } of this.consent.sessions())
      if (ended && !closed) this.#sendEnded(sessionId);
    for (const { prompt, answer, decided, closed, shown } of this.consent.approvals()) {
      if (closed) continue;
      if (shown && !answer) this.#sendShown(prompt.approvalId);
      if (answer && !decided) this.#sendDecision(prompt.approvalId);
    }
    this.#sendMessages();
    this.#events.changed();
  }

  #lost(): void {
    this.since = Date.now();
    this.#inFlight.clear();
    for (const watch of this.watches.values()) watch.disconnected();
    this.#log.warn('Connection lost. Running commands go on; trying again.');
    this.#events.changed();
  }

  #message(message: Parameters<ConstructorParameters<typeof Connection>[0]['events']['message']>[0]): void {
    switch (message.type) {
      case 'prompt':
        return this.#prompt(message);
      case 'prompt_closed':
        if (this.consent.approval(message.approvalId)?.closed?.state !== message.state) {
          const { approvalId, state, message: text } = message;
          this.consent.append({ type: 'closed', approvalId, state, message: text, at: Date.now() });
        }
        return this.#events.changed();
      case 'decided': {
        const { approvalId, counted, message: text } = message;
        this.consent.append({ type: 'decided', approvalId, counted, message: text, at: Date.now() });
        return this.#events.changed();
      }
      case 'command':
        this.#orders = this.#orders
          .then(() => this.#order(message))
          .catch((error: unknown) => this.#orderFailed(message.commandId, error));
        return;
      case 'cancel':
        return this.#cancel(message.commandId);
      case 'ack':
        return this.watches.get(message.commandId)?.ack(message.ackSeq);
      case 'rewind':
        return this.watches.get(message.commandId)?.rewind(message.expectedSeq);
      case 'conflict':
        this.#log.error('The server holds other bytes for output sent before. This command’s stream is frozen.', {
          commandId: message.commandId,
          seq: message.seq,
        });
        return this.watches.get(message.commandId)?.freeze();
      case 'settled':
        return this.#settle(message.commandId);
      case 'session_closed':
        if (!this.consent.session(message.sessionId).closed) {
          this.consent.append({
            type: 'session_closed',
            sessionId: message.sessionId,
            outcome: message.outcome,
            at: Date.now(),
          });
        }
        return this.#events.changed();
      default:
        return assertNever(message);
    }
  }

  #prompt({ prompt }: Of<'prompt'>): void {
    const known = this.consent.approval(prompt.approvalId);
    if (known && known.prompt.hash !== prompt.hash) {
      return this.#log.error('The server changed what a question stands for after asking it. The change is ignored.', {
        approvalId: prompt.approvalId,
      });
    }
    const news = !known || JSON.stringify(known.prompt) !== JSON.stringify(prompt);
    if (news) this.consent.append({ type: 'prompt', prompt, at: Date.now() });
    if (news && !known?.answer) this.#events.prompted(prompt.approvalId);
    this.#events.changed();
  }

  async #order(message: Of<'command'>): Promise<void> {
    const { commandId } = message;
    const known = this.journal.get(commandId);
    if (known && (known.order || known.refusal)) {
      // Never twice: whoever asks again is told how far it is.
      const watch = this.#watch(commandId);
      if (known.settled) watch.freeze();
      return watch.sayAgain();
    }
    const checked = await checkOrder(
      {
        identity: this.identity,
        verify: this.#verify,
        journal: this.journal,
        consent: this.consent,
        policy: () => readLocalPolicy(this.#folder),
        now: Date.now,
        clockOffset: this.#clockOffset,
        pendingWaitMs: 10_000,
      },
      message,
    );
    if (!checked.ok) return this.#refuse(commandId, checked);
    if (known?.tombstone) {
      return this.#refuse(commandId, {
        envelope: checked.envelope,
        code: 'CONFLICT',
        message: 'Cancelled before it came to this computer. Nothing was run.',
      });
    }
    const envelopeHash = checked.envelope.actionHash;
    this.journal.intent({
      commandId,
      counter: checked.envelope.counter,
      envelopeHash,
      approvals: checked.approvals,
      order: checked.order,
    });
    const watch = this.#watch(commandId);
    watch.hand();
    watch.resume(0);
    this.#log.info(`Running a command for ${checked.envelope.technician}.`, { commandId });
    this.#events.changed();
  }

  #refuse(
    commandId: string,
    {
      envelope,
      code,
      message,
    }: { envelope: { counter: number; sessionId: string } | null; code: string; message: string },
  ): void {
    this.#log.warn(`Refused a command: ${message}`, { commandId, code });
    // An unproven order leaves no trace that could keep a later, true one from running.
    if (!envelope) return void this.connection.send({ type: 'refuse', commandId, code, message, at: Date.now() });
    const replayed = envelope.counter <= this.journal.counter;
    this.journal.refused({
      commandId,
      sessionId: envelope.sessionId,
      code,
      message,
      counter: replayed ? null : envelope.counter,
    });
    this.#watch(commandId).resume(0);
    this.#events.changed();
  }

  #orderFailed(commandId: string, error: unknown): void {
    this.#log.error('A command could not be looked at because of a fault of the runtime. Nothing was run.', {
      commandId,
      error: String(error),
    });
    this.connection.send({
      type: 'refuse',
      commandId,
      code: 'UNAVAILABLE',
      message: 'The runtime failed while checking the order. Nothing was run. See its log.',
      at: Date.now(),
    });
  }

  #cancel(commandId: string): void {
    const watch = this.watches.get(commandId);
    if (watch) return watch.cancel();
    if (!this.journal.get(commandId)) this.journal.tombstone(commandId);
  }

  #settle(commandId: string): void {
    const watch = this.watches.get(commandId);
    watch?.settle();
    if (watch) this.#results.set(commandId, { started: watch.started, exit: watch.exit });
    this.watches.delete(commandId);
  }

  #finished(commandId: string): Pick<CommandWatch, 'started' | 'exit'> {
    let result = this.#results.get(commandId);
    if (!result) {
      const { started, exit } = this.#newWatch(commandId);
      result = { started, exit };
      this.#results.set(commandId, result);
    }
    return result;
  }

  #watch(commandId: string): CommandWatch {
    let watch = this.watches.get(commandId);
    if (!watch) {
      watch = this.#newWatch(commandId);
      this.watches.set(commandId, watch);
    }
    return watch;
  }

  #newWatch(commandId: string): CommandWatch {
    const context: WatchContext = {
      folder: this.#folder,
      journal: this.journal,
      pool: this.#pool,
      credit: this.#credit,
      sign: this.#sign,
      log: this.#log,
      send: (message) => this.connection.send(message),
      sendBinary: (wire) => this.connection.sendBinary(wire),
      changed: () => this.#events.changed(),
      mayStart: (command) => this.#mayStart(command),
    };
    return new CommandWatch(context, commandId);
  }

  /** A promised command that never started may start late, but only in time and while nobody said stop. */
  #mayStart({ order, tombstone }: KnownCommand): { code: string; message: string } | null {
    if (!order || tombstone) return { code: 'CONFLICT', message: 'Cancelled before it started. Nothing was run.' };
    if (Date.now() > order.notAfter)
      return {
        code: 'APPROVAL_EXPIRED',
        message: 'The runtime was not running in time to start it. Nothing was run. Propose the command again.',
      };
    if (this.consent.session(order.sessionId).ended)
      return { code: 'APPROVAL_DENIED', message: 'The person at this computer ended the session. Nothing was run.' };
    try {
      if (!readLocalPolicy(this.#folder).killSwitch) return null;
    } catch (error) {
      if (isDomainError(error)) return { code: error.code, message: error.message };
      throw error;
    }
    return {
      code: 'POLICY_DENIED',
      message: 'The owner of this computer has switched all commands off. Nothing was run.',
    };
  }

  #pollWatches(): void {
    for (const watch of this.watches.values()) if (watch.needsPolling()) watch.refresh();
  }

  #sendDecision(approvalId: string): void {
    const record = this.consent.approval(approvalId);
    if (!record?.answer) return;
    const { decision, reason, account, at, signature } = record.answer;
    this.connection.send({
      type: 'decision',
      approvalId,
      decision,
      reason,
      account,
      at,
      hash: record.prompt.hash,
      signature,
    });
  }

  #sendEnded(sessionId: string): void {
    const { ended } = this.consent.session(sessionId);
    if (ended)
      this.connection.send({
        type: 'end_session',
        sessionId,
        reason: ended.reason,
        account: ended.account,
        at: ended.at,
      });
  }

  #sendShown(approvalId: string): void {
    const shown = this.consent.approval(approvalId)?.shown;
    if (shown) this.connection.send({ type: 'shown', approvalId, at: shown.at });
  }

  #sendMessages(): void {
    for (const session of this.consent.sessions()) {
      for (const { id, sessionId, text, account, at, sent } of session.messages) {
        if (sent || this.#inFlight.has(id) || !this.connection.send({ type: 'message', sessionId, text, account, at }))
          continue;
        this.#inFlight.add(id);
        this.connection.whenReceived(() => this.consent.append({ type: 'message_sent', id, at: Date.now() }));
      }
    }
  }
}
