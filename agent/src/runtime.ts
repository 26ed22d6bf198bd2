import type { AgentMessage, EndpointFacts, GatewayMessage } from '@throughline/domain/agent-protocol';
import { assertNever } from '@throughline/domain/assert-never';
import { isDomainError } from '@throughline/domain/errors';
import type { ApproverPins } from '@throughline/domain/passkey';
import { takesLinks } from './approval-link.ts';
import { pinnedFact, readPins } from './approver-pins.ts';
import type { CommandJournal } from './command-journal.ts';
import { Connection, type Stop } from './connection.ts';
import { ConsentStore } from './consent-store.ts';
import type { DataFolder } from './data-folder.ts';
import { endpointFacts } from './facts.ts';
import { FactsReader } from './facts-reader.ts';
import type { Identity } from './identity.ts';
import { Judge } from './judge.ts';
import { KeyChange } from './key-change.ts';
import type { Log } from './log.ts';
import { Orders } from './orders.ts';
import { Person } from './person.ts';

type Of<T extends GatewayMessage['type']> = Extract<GatewayMessage, { type: T }>;

export interface RuntimeEvents {
  /** Something to show has changed. */
  changed: () => void;
  /** The server took our proof. */
  welcomed: () => void;
  /** A person is asked something. */
  prompted: (approvalId: string) => void;
  /** The server offers a newer version, or takes such an offer back; null: the connection is gone, and all offers with it. */
  offered: (message: Of<'update_offer' | 'update_withdrawn'> | null) => void;
}

/** One enrolled computer at work: the connection, the orders that come over it, the person who decides about them, and its key. */
export class Runtime {
  readonly consent: ConsentStore;
  readonly connection: Connection;
  readonly orders: Orders;
  readonly person: Person;
  readonly identity: Identity;
  mspName: string;
  /** Since when the connection is as it is. */
  since = Date.now();
  readonly #key: KeyChange;
  readonly #judge: Judge;
  readonly #facts: FactsReader;
  readonly #parts: { folder: DataFolder; log: Log; events: RuntimeEvents; name?: string };

  constructor(parts: { folder: DataFolder; identity: Identity; log: Log; events: RuntimeEvents; name?: string }) {
    const { folder, identity, log, events } = parts;
    this.#parts = parts;
    this.#facts = new FactsReader(() => endpointFacts(folder.root, parts.name));
    this.identity = identity;
    this.mspName = identity.mspName;
    this.consent = new ConsentStore(folder.consent);
    this.#key = new KeyChange({
      folder,
      identity,
      log,
      send: (message: AgentMessage) => this.connection.send(message),
    });
    const { sign } = this.#key;
    this.connection = new Connection({
      identity,
      folder,
      key: this.#key,
      log,
      events: {
        facts: async () => this.#withPins(await this.#facts.soon()),
        open: () => [...this.orders.watches.values()].slice(0, 10_000).map((watch) => watch.open()),
        welcome: (message) => this.#welcome(message),
        message: (message) => this.#message(message),
        lost: () => this.#lost(),
        atWork: () => this.orders.watches.size > 0,
      },
    });
    const { consent, connection } = this;
    const changed = () => events.changed();
    const judge = new Judge({ log, needed: () => consent.hasOpenSession(Date.now()) });
    this.#judge = judge;
    consent.onChange(() => judge.prepare());
    this.orders = new Orders({ folder, identity, sign, log, consent, connection, judge, changed });
    const sessionEnded = (sessionId: string) => this.orders.cancelSession(sessionId);
    const prompted = (approvalId: string) => events.prompted(approvalId);
    this.person = new Person({ folder, identity, consent, sign, log, connection, sessionEnded, changed, prompted });
  }

  get journal(): CommandJournal {
    return this.orders.journal;
  }

  /** No command runs or waits, and nobody at this computer is asked anything. */
  get idle(): boolean {
    return this.orders.idle && this.person.isHeard() && !this.person.isAsked(Date.now());
  }

  /** How far a command is, also one that was settled long ago. */
  result(commandId: string): ReturnType<Orders['result']> {
    return this.orders.result(commandId);
  }

  /** Whose passkeys decide about commands here, and which; nobody's about all where the file is broken; null: the person here decides. */
  get pins(): Pick<ApproverPins, 'approvers' | 'classes'> | null {
    try {
      return readPins(this.#parts.folder, this.identity);
    } catch (error) {
      if (isDomainError(error)) return { approvers: [] };
      throw error;
    }
  }

  run(): Promise<Stop> {
    return this.connection.run();
  }

  close(): void {
    this.connection.stop();
    this.orders.close();
    this.#judge.close();
  }

  /** Who decides here is a matter of this computer's own files, and always said as it is now. */
  #withPins(facts: EndpointFacts): EndpointFacts {
    const { folder } = this.#parts;
    const pinned = pinnedFact(folder, this.identity);
    return {
      ...facts,
      ...(pinned === null ? {} : { pinned }),
      ...(takesLinks(folder, this.identity) ? { approvalLink: true as const } : {}),
    };
  }

  /** Says them when they are read: the answer to a question, or what was not known yet at the connect. */
  #tellFacts(requestId: string, facts: Promise<EndpointFacts>): void {
    facts
      .then((read) => this.connection.send({ type: 'facts', requestId, at: Date.now(), facts: this.#withPins(read) }))
      .catch((error: unknown) =>
        this.#parts.log.error('What this computer is like could not be read.', { reason: String(error) }),
      );
  }

  #welcome(message: Of<'welcome'>): void {
    this.#parts.events.welcomed();
    this.mspName = message.mspName;
    this.since = Date.now();
    this.orders.clockOffset = message.at - Date.now();
    this.#parts.log.info(`Connected to ${message.mspName}.`);
    this.orders.resume(message.heads);
    this.person.sayAgain();
    if (this.#facts.late !== null) this.#tellFacts('connect', this.#facts.late);
    this.#key.connected(() => this.orders.watches.size === 0 && this.person.isHeard());
    this.#parts.events.changed();
  }

  #lost(): void {
    this.since = Date.now();
    this.person.disconnected();
    this.orders.disconnected();
    this.#key.disconnected();
    this.#parts.events.offered(null);
    this.#parts.log.warn('Connection lost. Running commands go on; trying again.');
    this.#parts.events.changed();
  }

  #message(message: Exclude<GatewayMessage, { type: 'challenge' | 'welcome' | 'bye' }>): void {
    switch (message.type) {
      case 'prompt':
      case 'prompt_closed':
      case 'decided':
      case 'session_closed':
      case 'said':
        return this.person.hear(message);
      case 'unattended':
        return this.person.hearUnattended(message);
      case 'approver_answer':
        return this.person.hearApprover(message);
      case 'link_answer':
        return this.person.hearLink(message);
      case 'command':
        return this.orders.take(message);
      case 'input':
        return this.orders.answer(message);
      case 'cancel':
        return this.orders.cancel(message.commandId);
      case 'ack':
        return this.orders.watches.get(message.commandId)?.ack(message.ackSeq);
      case 'rewind':
        return this.orders.watches.get(message.commandId)?.rewind(message.expectedSeq);
      case 'conflict':
        this.#parts.log.error('The server holds other bytes for output sent before. This command’s stream is frozen.', {
          commandId: message.commandId,
          seq: message.seq,
        });
        return this.orders.watches.get(message.commandId)?.freeze();
      case 'settled':
        return this.orders.settle(message.commandId);
      case 'facts':
        return this.#tellFacts(message.requestId, this.#facts.now());
      case 'update_offer':
      case 'update_withdrawn':
        return this.#parts.events.offered(message);
      case 'rotated':
        return this.#key.rotated(message);
      default:
        return assertNever(message);
    }
  }
}
