import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { isDomainError } from '@throughline/domain/errors';
import { readPins } from './approver-pins.ts';
import { checkAnswer } from './answer-check.ts';
import { CommandJournal, type KnownCommand } from './command-journal.ts';
import { CommandWatch, type WatchContext } from './command-watch.ts';
import type { Connection } from './connection.ts';
import type { ConsentStore } from './consent-store.ts';
import { Credit } from './credit.ts';
import { OutputWire } from './output-wire.ts';
import type { DataFolder } from './data-folder.ts';
import { type Identity, type Signer, commandKeyVerifier } from './identity.ts';
import type { Judge } from './judge.ts';
import { readLocalPolicy } from './local-policy.ts';
import type { Log } from './log.ts';
import { type ProvenOrder, type RefusedOrder, checkOrder, proveOrder } from './order-check.ts';
import { RunnerPool } from './runner-pool.ts';

type CommandMessage = Extract<GatewayMessage, { type: 'command' }>;
type InputMessage = Extract<GatewayMessage, { type: 'input' }>;
type Head = Extract<GatewayMessage, { type: 'welcome' }>['heads'][number];

export interface OrderParts {
  folder: DataFolder;
  identity: Identity;
  sign: Signer;
  log: Log;
  consent: ConsentStore;
  connection: Pick<Connection, 'send' | 'sendBinary'>;
  judge: Pick<Judge, 'judge'>;
  /** Something to show has changed. */
  changed: () => void;
}

/** What the runtime was ordered to run: takes orders, refuses or starts them, and follows each to its end. */
export class Orders {
  readonly journal: CommandJournal;
  readonly watches = new Map<string, CommandWatch>();
  /** Server's clock minus ours, ms. */
  clockOffset = 0;
  readonly #parts: OrderParts;
  readonly #pool: RunnerPool;
  readonly #verify: ReturnType<typeof commandKeyVerifier>;
  readonly #credit = new Credit();
  readonly #wire: OutputWire;
  readonly #poll: NodeJS.Timeout;
  #queue: Promise<void> = Promise.resolve();
  /** Orders that were not looked at yet, by their commands. */
  readonly #taking = new Map<string, Promise<void>>();
  #unchecked = 0;
  /** Ends of commands that are settled, for the prompt page. */
  readonly #results = new Map<string, Pick<CommandWatch, 'started' | 'exit' | 'inputs'>>();

  constructor(parts: OrderParts) {
    this.#parts = parts;
    this.#verify = commandKeyVerifier(parts.identity);
    this.journal = new CommandJournal(parts.folder.journal);
    this.#pool = new RunnerPool(parts.folder);
    this.#wire = new OutputWire(parts.connection);
    for (const known of this.journal.all()) {
      if (!known.settled && (known.order || known.refusal)) this.#watch(known.commandId);
    }
    this.#poll = setInterval(() => this.#pollWatches(), 100);
    this.#pollWatches();
  }

  /** How far a command is, also one that was settled long ago. */
  result(commandId: string): Pick<CommandWatch, 'started' | 'exit' | 'inputs'> {
    return this.watches.get(commandId) ?? this.#finished(commandId);
  }

  /** One after the other: counters only grow. What an order may have to wait for begins before its turn. */
  take(message: CommandMessage): void {
    const { commandId } = message;
    this.#unchecked++;
    let proven: ReturnType<typeof proveOrder> | undefined;
    try {
      if (!this.#promised(commandId)) proven = proveOrder(this.#provenBy, message);
    } catch (error) {
      this.#orderFailed(commandId, error);
    }
    const taken = this.#queue
      .then(() => this.#order(message, proven))
      .catch((error: unknown) => this.#orderFailed(commandId, error))
      .finally(() => {
        this.#unchecked--;
        if (this.#taking.get(commandId) === taken) this.#taking.delete(commandId);
      });
    this.#queue = taken;
    this.#taking.set(commandId, taken);
  }

  /** No command runs, waits to be looked at, or has yet to be told of. */
  get idle(): boolean {
    return this.watches.size === 0 && this.#unchecked === 0;
  }

  /** What a technician typed into a running command. After its own order, which it never overtakes, and after no other. */
  answer(message: InputMessage): void {
    const { commandId } = message;
    const own = this.#taking.get(commandId);
    if (own === undefined) this.#answer(message);
    else void own.then(() => this.#answer(message));
  }

  #answer(message: InputMessage): void {
    const { commandId } = message;
    try {
      const checked = checkAnswer({ ...this.#parts, verify: this.#verify, now: Date.now }, message);
      if (!checked.ok) return this.#notGiven(commandId, checked.seq, checked.message);
      const watch = this.watches.get(commandId);
      const why = watch ? watch.answer(checked.answer) : 'The command does not run on this computer any more.';
      if (why !== null) this.#notGiven(commandId, checked.answer.seq, why);
    } catch (error) {
      this.#parts.log.error('An answer could not be looked at because of a fault of the runtime. It was not given.', {
        commandId,
        error: String(error),
      });
    }
  }

  /** Idempotent, and remembered for an order that comes later. */
  cancel(commandId: string): void {
    const watch = this.watches.get(commandId);
    if (watch) return watch.cancel();
    if (!this.journal.get(commandId)) this.journal.tombstone(commandId);
  }

  cancelSession(sessionId: string): void {
    for (const watch of this.watches.values()) {
      if (this.journal.get(watch.commandId)?.sessionId === sessionId) watch.cancel();
    }
  }

  /** The server told what it has of each: go on behind it. */
  resume(heads: readonly Head[]): void {
    const known = new Map(heads.map((head) => [head.commandId, head]));
    for (const watch of [...this.watches.values()]) {
      const head = known.get(watch.commandId);
      if (head?.settled) this.settle(watch.commandId);
      else watch.resume(head?.ackSeq ?? 0);
    }
  }

  disconnected(): void {
    for (const watch of this.watches.values()) watch.disconnected();
  }

  settle(commandId: string): void {
    const watch = this.watches.get(commandId);
    watch?.settle();
    if (watch) this.#results.set(commandId, { started: watch.started, exit: watch.exit, inputs: watch.inputs });
    this.watches.delete(commandId);
  }

  close(): void {
    clearInterval(this.#poll);
    this.#pool.close();
    for (const watch of this.watches.values()) watch.close();
  }

  get #provenBy(): Parameters<typeof proveOrder>[0] {
    const { identity, judge } = this.#parts;
    return { identity, verify: this.#verify, judge: (shell, script) => judge.judge(shell, script) };
  }

  /** An order that was promised or refused before. */
  #promised(commandId: string): KnownCommand | null {
    const known = this.journal.get(commandId);
    return known && (known.order || known.refusal) ? known : null;
  }

  async #order(message: CommandMessage, proven: ProvenOrder | RefusedOrder | undefined): Promise<void> {
    const { commandId } = message;
    const known = this.#promised(commandId);
    if (known) {
      // Never twice: whoever asks again is told how far it is.
      const watch = this.#watch(commandId);
      if (known.settled) watch.freeze();
      return watch.sayAgain();
    }
    const checked = await checkOrder(
      {
        ...this.#provenBy,
        journal: this.journal,
        consent: this.#parts.consent,
        policy: () => readLocalPolicy(this.#parts.folder),
        pins: () => readPins(this.#parts.folder, this.#parts.identity),
        now: Date.now,
        clockOffset: this.clockOffset,
        pendingWaitMs: 10_000,
      },
      message,
      proven,
    );
    if (!checked.ok) return this.#refuse(commandId, checked);
    // Looked at now: while it was waited for something, it may have been cancelled.
    if (this.journal.get(commandId)?.tombstone) {
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
    this.#parts.log.info(`Running a command for ${checked.envelope.technician}.`, { commandId });
    this.#parts.changed();
  }

  #refuse(commandId: string, { envelope, code, message, judged }: Omit<RefusedOrder, 'ok'>): void {
    this.#parts.log.warn(`Refused a command: ${message}`, { commandId, code });
    // An unproven order leaves no trace that could keep a later, true one from running.
    if (!envelope)
      return void this.#parts.connection.send({ type: 'refuse', commandId, code, message, at: Date.now() });
    const replayed = envelope.counter <= this.journal.counter;
    this.journal.refused({
      commandId,
      sessionId: envelope.sessionId,
      code,
      message,
      ...(judged === undefined ? {} : { judged }),
      counter: replayed ? null : envelope.counter,
    });
    this.#watch(commandId).resume(0);
    this.#parts.changed();
  }

  #notGiven(commandId: string, seq: number | null, message: string): void {
    this.#parts.log.warn(`An answer was not given to its command: ${message}`, { commandId, seq });
    // One that is not proven has no number anybody could speak of.
    if (seq !== null)
      this.#parts.connection.send({ type: 'input_told', commandId, seq, given: false, message, at: Date.now() });
  }

  #orderFailed(commandId: string, error: unknown): void {
    this.#parts.log.error('A command could not be looked at because of a fault of the runtime. Nothing was run.', {
      commandId,
      error: String(error),
    });
    this.#parts.connection.send({
      type: 'refuse',
      commandId,
      code: 'UNAVAILABLE',
      message: 'The runtime failed while checking the order. Nothing was run. See its log.',
      at: Date.now(),
    });
  }

  #finished(commandId: string): Pick<CommandWatch, 'started' | 'exit' | 'inputs'> {
    let result = this.#results.get(commandId);
    if (!result) {
      const { started, exit, inputs } = this.#newWatch(commandId);
      result = { started, exit, inputs };
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
      folder: this.#parts.folder,
      journal: this.journal,
      pool: this.#pool,
      credit: this.#credit,
      sign: this.#parts.sign,
      log: this.#parts.log,
      send: (message) => this.#parts.connection.send(message),
      sendOutput: (batch) => this.#wire.send(batch),
      changed: () => this.#parts.changed(),
      mayStart: (command) => this.#mayStart(command),
    };
    return new CommandWatch(context, commandId);
  }

  /** A promised command that never started may start late, but only in time and while nobody said stop. */
  #mayStart({ order, approvals, tombstone }: KnownCommand): { code: string; message: string } | null {
    if (!order || tombstone) return { code: 'CONFLICT', message: 'Cancelled before it started. Nothing was run.' };
    if (Date.now() > order.notAfter)
      return {
        code: 'APPROVAL_EXPIRED',
        message: 'The runtime was not running in time to start it. Nothing was run. Propose the command again.',
      };
    if (this.#parts.consent.session(order.sessionId).ended)
      return { code: 'APPROVAL_DENIED', message: 'The person at this computer ended the session. Nothing was run.' };
    if (approvals.some((id) => this.#parts.consent.approval(id)?.scopeEnded))
      return {
        code: 'APPROVAL_REQUIRED',
        message: 'The person at this computer stopped allowing it before it started. Nothing was run. Ask again.',
      };
    try {
      if (!readLocalPolicy(this.#parts.folder).killSwitch) return null;
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
}
