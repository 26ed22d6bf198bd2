import { existsSync } from 'node:fs';
import { type Risk, zRisk } from '@throughline/domain/command';
import { z } from 'zod';
import { writeDurably } from './data-folder.ts';
import { type NdjsonFile, openNdjson, readNdjson } from './ndjson.ts';
import { type RunOrder, zRunOrder } from './run-order.ts';

const at = z.number().int();
const zRecord = z.discriminatedUnion('type', [
  /** On the disk before the order is accepted. Burns the counter and the approvals in one write. */
  z.strictObject({
    type: z.literal('intent'),
    commandId: z.string(),
    at,
    counter: z.number().int(),
    envelopeHash: z.string(),
    /** Approvals of single actions that this execution uses up. */
    approvals: z.array(z.string()),
    order: zRunOrder,
  }),
  z.strictObject({
    type: z.literal('refused'),
    commandId: z.string(),
    at,
    sessionId: z.string().nullable(),
    code: z.string(),
    message: z.string(),
    /** What this computer judged the command, where the order called it less. */
    judged: zRisk.optional(),
    /** Null when the order was not proven to be the organisation's. */
    counter: z.number().int().nullable(),
  }),
  /** Cancelled before the order came. */
  z.strictObject({ type: z.literal('tombstone'), commandId: z.string(), at }),
  z.strictObject({ type: z.literal('unknown'), commandId: z.string(), at }),
  z.strictObject({ type: z.literal('settled'), commandId: z.string(), at }),
  /** What compaction keeps of forgotten commands. */
  z.strictObject({ type: z.literal('counter'), counter: z.number().int(), approvals: z.array(z.string()), at }),
]);
type JournalRecord = z.infer<typeof zRecord>;

export interface KnownCommand {
  commandId: string;
  sessionId: string | null;
  at: number;
  order: RunOrder | null;
  /** The yeses that the order goes by. */
  approvals: string[];
  refusal: { code: string; message: string; judged?: Risk } | null;
  tombstone: boolean;
  unknown: boolean;
  settled: boolean;
}

/** Ids are remembered this long; an order may only start within minutes of its signing, so a forgotten id has long expired. */
const REMEMBER_MS = 30 * 24 * 3_600_000;

/** The runtime's memory of every order: what was promised, refused and finished. Each write is on the disk when it returns. */
export class CommandJournal {
  readonly #file: NdjsonFile<JournalRecord>;
  readonly #commands = new Map<string, KnownCommand>();
  readonly #used = new Set<string>();
  #counter = 0;

  constructor(path: string, now = Date.now()) {
    if (existsSync(path)) compact(path, now);
    const { records, file } = openNdjson(path, zRecord);
    this.#file = file;
    for (const record of records) this.#apply(record);
  }

  /** The highest counter ever honoured: orders at or below it are replays. */
  get counter(): number {
    return this.#counter;
  }
  get(commandId: string): KnownCommand | undefined {
    return this.#commands.get(commandId);
  }
  all(): KnownCommand[] {
    return [...this.#commands.values()];
  }
  isUsed(approvalId: string): boolean {
    return this.#used.has(approvalId);
  }

  intent(record: Omit<Extract<JournalRecord, { type: 'intent' }>, 'type' | 'at'>): void {
    this.#write({ type: 'intent', at: Date.now(), ...record });
  }
  refused(record: Omit<Extract<JournalRecord, { type: 'refused' }>, 'type' | 'at'>): void {
    this.#write({ type: 'refused', at: Date.now(), ...record });
  }
  tombstone(commandId: string): void {
    this.#write({ type: 'tombstone', commandId, at: Date.now() });
  }
  unknown(commandId: string): void {
    this.#write({ type: 'unknown', commandId, at: Date.now() });
  }
  settled(commandId: string): void {
    this.#write({ type: 'settled', commandId, at: Date.now() });
  }
  close(): void {
    this.#file.close();
  }

  #write(record: JournalRecord): void {
    this.#file.append(record);
    this.#apply(record);
  }

  #apply(record: JournalRecord): void {
    if (record.type === 'counter') {
      this.#counter = Math.max(this.#counter, record.counter);
      for (const approval of record.approvals) this.#used.add(approval);
      return;
    }
    const known: KnownCommand = this.#commands.get(record.commandId) ?? {
      commandId: record.commandId,
      sessionId: null,
      at: record.at,
      order: null,
      approvals: [],
      refusal: null,
      tombstone: false,
      unknown: false,
      settled: false,
    };
    this.#commands.set(record.commandId, known);
    switch (record.type) {
      case 'intent':
        this.#counter = Math.max(this.#counter, record.counter);
        for (const approval of record.approvals) this.#used.add(approval);
        known.order = record.order;
        known.approvals = record.approvals;
        known.sessionId = record.order.sessionId;
        break;
      case 'refused':
        this.#counter = Math.max(this.#counter, record.counter ?? 0);
        known.refusal = {
          ...{ code: record.code, message: record.message },
          ...(record.judged === undefined ? {} : { judged: record.judged }),
        };
        known.sessionId ??= record.sessionId;
        break;
      case 'tombstone':
        known.tombstone = true;
        break;
      case 'unknown':
        known.unknown = true;
        break;
      case 'settled':
        known.settled = true;
        break;
    }
  }
}

function compact(path: string, now: number): void {
  const { records } = readNdjson(path, zRecord);
  const old = new Set(
    records.flatMap((r) =>
      (r.type === 'settled' || r.type === 'tombstone') && r.at < now - REMEMBER_MS ? [r.commandId] : [],
    ),
  );
  if (old.size === 0) return;
  const counter = Math.max(0, ...records.map((r) => ('counter' in r ? (r.counter ?? 0) : 0)));
  const kept = records.filter((r) => r.type !== 'counter' && !old.has(r.commandId));
  // One approval, one execution, for ever: ids may be forgotten, used approvals may not.
  const approvals = records.flatMap((r) => ('approvals' in r ? r.approvals : []));
  const lines: JournalRecord[] = [{ type: 'counter', counter, approvals, at: now }, ...kept];
  writeDurably(path, lines.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
