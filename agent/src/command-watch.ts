import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { AgentMessage, CommandExit, CommandStart, zJournalState } from '@throughline/domain/agent-protocol';
import type { OutputBatch } from '@throughline/domain/output-frame';
import { exitBytes } from '@throughline/domain/signed-bytes';
import type { z } from 'zod';
import type { CommandJournal, KnownCommand } from './command-journal.ts';
import type { Credit } from './credit.ts';
import type { DataFolder } from './data-folder.ts';
import type { Signer } from './identity.ts';
import type { Log } from './log.ts';
import { readNdjson } from './ndjson.ts';
import { zProcessIdentity } from './process-identity.ts';
import { type RunnerPool, runnerLives } from './runner-pool.ts';
import { type Answer, answerLine } from './runner/answer.ts';
import { commandFiles } from './runner/command-folder.ts';
import { type RunnerRecord, zRunnerRecord } from './runner/journal.ts';
import { endLeftBehind } from './runner/left-behind.ts';
import { SpoolSender } from './spool-sender.ts';

/** What a runner of an older version did not write: the protocol's current form wants it said. */
const START_DEFAULTS = { executionPolicy: null };
const EXIT_DEFAULTS = { outputLimited: false, powershell: null };

export type InputRecord = Extract<RunnerRecord, { type: 'input' }>;
export type JournalState = z.infer<typeof zJournalState>;

export interface WatchContext {
  folder: DataFolder;
  journal: CommandJournal;
  pool: RunnerPool;
  credit: Credit;
  sign: Signer;
  log: Log;
  send: (message: AgentMessage) => boolean;
  sendOutput: (batch: OutputBatch) => boolean;
  /** Something the prompt page shows has changed. */
  changed: () => void;
  /** Whether a command that was promised but never started may still start now; otherwise why not. */
  mayStart: (command: KnownCommand) => { code: string; message: string } | null;
}

/** Follows one accepted command from its runner's files to the server, through crashes and reconnects, until it is settled. */
export class CommandWatch {
  readonly commandId: string;
  started: { at: number; start: CommandStart } | null = null;
  exit: CommandExit | null = null;
  /** What was typed into it, in its order. */
  inputs: InputRecord[] = [];
  readonly #context: WatchContext;
  readonly #sender: SpoolSender;
  readonly #files: ReturnType<typeof commandFiles>;
  #journalSize = 0;
  #spawned = false;
  #resumed = false;
  #said = new Set<'accept' | 'started' | 'end'>();
  readonly #toldInputs = new Set<number>();
  #toldWaits = false;
  #attempts = 0;
  /** A runner of ours has the order and has not ended. */
  #handed = false;

  constructor(context: WatchContext, commandId: string) {
    this.#context = context;
    this.commandId = commandId;
    this.#files = commandFiles(context.folder.command(commandId));
    this.#sender = new SpoolSender(commandId, this.#files, context.credit, context.sendOutput);
    this.#readJournal();
  }

  get state(): JournalState {
    const known = this.#known();
    if (this.exit) return 'exited';
    if (known.unknown) return 'unknown';
    if (this.started) return 'started';
    return known.refusal ? 'refused' : 'intent';
  }

  get ackSeq(): number {
    return this.#sender.ackSeq;
  }

  /** For `hello`. */
  open(): { commandId: string; state: JournalState; nextSeq: number } {
    return { commandId: this.commandId, state: this.state, nextSeq: this.#sender.endSeq() };
  }

  /** The server told what it has: go on behind it and say everything again that it may have missed. */
  resume(ackSeq: number): void {
    this.#said.clear();
    this.#toldInputs.clear();
    this.#toldWaits = false;
    this.#resumed = true;
    this.#sender.resumeAfter(ackSeq);
    this.refresh();
  }

  /** Tells the state once more to a server that asked for the command again. */
  sayAgain(): void {
    this.#said.clear();
    this.#resumed = true;
    this.refresh();
  }

  disconnected(): void {
    this.#resumed = false;
  }

  /** Looks at the runner's files and moves on whatever can move on. Cheap when nothing is new. */
  refresh(): void {
    this.#readJournal();
    if (this.state === 'intent' || this.state === 'started') this.#checkRunner();
    this.#report();
  }

  ack(seq: number): void {
    this.#sender.ack(seq);
    this.#report();
  }

  rewind(expectedSeq: number): void {
    this.#sender.resumeAfter(expectedSeq - 1);
    // An end that the gateway could not judge yet is said again behind what it was missing.
    this.#said.delete('end');
    this.#report();
  }

  freeze(): void {
    this.#sender.frozen = true;
    this.#report();
  }

  /** Idempotent. A command that has not begun is refused instead; one whose runner died is ended by its tag. */
  cancel(): void {
    this.refresh();
    if (this.state === 'unknown') return endLeftBehind(this.commandId, this.#files);
    if (this.exit || this.state === 'refused') return;
    const folder = this.#context.folder.command(this.commandId);
    if (!existsSync(folder) && !this.#handed)
      return this.#refuse('CONFLICT', 'Cancelled before it started. Nothing was run.');
    if (!existsSync(folder)) return void setTimeout(() => this.cancel(), 50);
    if (!existsSync(this.#files.cancel)) writeFileSync(this.#files.cancel, '');
    this.#nudge();
  }

  /** Brings an answer to the command's runner. Whether it was given is told by the runner's journal. Returns why it cannot be brought, or null. */
  answer(answer: Answer): string | null {
    this.refresh();
    if (this.#known().order?.input !== true) return 'The command was sent without an open input.';
    if (this.inputs.some(({ seq }) => seq >= answer.seq)) {
      // Given before: the server asks again because it was not told.
      this.#toldInputs.delete(answer.seq);
      this.#report();
      return null;
    }
    if (this.state !== 'started')
      return this.state === 'intent' ? 'The command has not started yet.' : 'The command does not run any more.';
    try {
      const pipe = openSync(this.#files.answers, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        const line = Buffer.from(answerLine(answer));
        if (writeSync(pipe, line) !== line.length) throw new Error('no room in the pipe');
      } finally {
        closeSync(pipe);
      }
      return null;
    } catch {
      // Nobody holds the other end, or it is full: a runner that ended or hangs.
      return 'The command’s runner does not take the answer.';
    }
  }

  /** Hands the order to a runner. Only a command without a folder, that is one that provably never started, gets here. */
  hand(): void {
    const known = this.#known();
    if (!known.order) return;
    this.#handed = true;
    this.#attempts++;
    this.#context.pool.run(known.order, {
      news: () => this.refresh(),
      gone: () => {
        this.#handed = false;
        this.refresh();
      },
    });
  }

  /** Stored and judged by the server: the output is not needed here any more. */
  settle(): void {
    if (!this.#known().settled) this.#context.journal.settled(this.commandId);
    this.#sender.close();
    for (const file of [
      this.#files.spool,
      this.#files.stdin,
      this.#files.stdout,
      this.#files.stderr,
      this.#files.acked,
      this.#files.answers,
      this.#files.waits,
    ]) {
      rmSync(file, { force: true });
    }
    this.#context.changed();
  }

  /** Nothing tells of this command's news but its files, so they have to be looked at from time to time. */
  needsPolling(): boolean {
    return !this.#handed && (this.state === 'started' || this.state === 'intent');
  }

  close(): void {
    this.#sender.close();
  }

  #known(): KnownCommand {
    const known = this.#context.journal.get(this.commandId);
    if (!known) throw new Error(`command ${this.commandId} is not in the journal`);
    return known;
  }

  #readJournal(): void {
    if (this.exit) return;
    const size = statSync(this.#files.journal, { throwIfNoEntry: false })?.size ?? 0;
    if (size === this.#journalSize) return;
    this.#journalSize = size;
    const inputs: InputRecord[] = [];
    for (const record of readNdjson(this.#files.journal, zRunnerRecord).records) {
      if (record.type === 'started') this.started ??= { at: record.at, start: record.start };
      else if (record.type === 'input') inputs.push(record);
      else if (record.type === 'spawned' && this.started) this.started.start.pid = record.pid;
      else if (record.type === 'exit') this.exit = record.exit;
      this.#spawned ||= record.type !== 'started';
    }
    this.inputs = inputs;
    this.#context.changed();
  }

  #checkRunner(): void {
    if (this.#handed) return;
    const folder = this.#context.folder.command(this.commandId);
    if (existsSync(folder)) {
      if (runnerLives(folder)) return;
      // The last words may have come between our reading and its end.
      this.#readJournal();
      if (this.exit) return;
      if (this.started) {
        this.#context.journal.unknown(this.commandId);
        this.#context.log.warn(
          'A command’s runner ended without a result. Its outcome is unknown; it will not be run again.',
          { commandId: this.commandId },
        );
        this.#context.changed();
        return;
      }
      // Claimed and never started: nothing ran. Out of the way, so that another runner can claim.
      renameSync(folder, `${folder}.dead-${Date.now()}`);
    }
    const reason =
      this.#attempts >= 3
        ? {
            code: 'UNAVAILABLE',
            message:
              'The runtime could not start a runner for this command. Nothing was run. See runner.log on that computer.',
          }
        : this.#context.mayStart(this.#known());
    if (reason) this.#refuse(reason.code, reason.message);
    else this.hand();
  }

  #refuse(code: string, message: string): void {
    this.#context.journal.refused({
      commandId: this.commandId,
      sessionId: this.#known().sessionId,
      code,
      message,
      counter: null,
    });
    this.#context.changed();
    this.#report();
  }

  #report(): void {
    if (!this.#resumed) return;
    const { commandId } = this;
    const known = this.#known();
    if (known.refusal && !this.started) {
      this.#once('end', { type: 'refuse', commandId, ...known.refusal, at: known.at });
      return;
    }
    this.#once('accept', { type: 'accept', commandId, at: known.at });
    if (!this.started || !(this.#spawned || known.unknown)) return;
    this.#once('started', {
      type: 'started',
      commandId,
      at: this.started.at,
      start: { ...START_DEFAULTS, ...this.started.start },
    });
    this.#reportInput();
    this.#sender.pump();
    if (this.exit && (this.#sender.frozen || this.#sender.ackSeq >= this.exit.lastSeq)) {
      const exit = { ...EXIT_DEFAULTS, ...this.exit };
      this.#once('end', { type: 'exit', commandId, exit, signature: this.#context.sign(exitBytes(commandId, exit)) });
    } else if (known.unknown && (this.#sender.frozen || this.#sender.isDrained())) {
      this.#once('end', { type: 'unknown', commandId, at: Date.now(), nextSeq: this.#sender.ackSeq + 1 });
    }
  }

  /** A repeat tells the server nothing new, so that nothing of this has to be remembered. */
  #reportInput(): void {
    const { commandId } = this;
    if (this.#known().order?.input !== true) return;
    for (const { seq, at, given } of this.inputs) {
      if (this.#toldInputs.has(seq)) continue;
      const message = given ? '' : 'Nobody read the command’s input any more.';
      if (this.#context.send({ type: 'input_told', commandId, seq, given, message, at })) this.#toldInputs.add(seq);
    }
    const waits = this.state === 'started' && existsSync(this.#files.waits);
    if (waits === this.#toldWaits) return;
    if (this.#context.send({ type: 'waits', commandId, waits, at: Date.now() })) this.#toldWaits = waits;
  }

  #once(what: 'accept' | 'started' | 'end', message: AgentMessage): void {
    if (!this.#said.has(what) && this.#context.send(message)) this.#said.add(what);
  }

  #nudge(): void {
    try {
      process.kill(zProcessIdentity.parse(JSON.parse(readFileSync(this.#files.runner, 'utf8'))).pid, 'SIGUSR2');
    } catch (error) {
      // The runner also looks for the cancel file by itself; a nudge only makes it quicker.
      this.#context.log.info('A runner was not reached to cancel; it will see the request itself.', {
        commandId: this.commandId,
        reason: String(error),
      });
    }
  }
}
