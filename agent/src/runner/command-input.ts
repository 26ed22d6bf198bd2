import { constants, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { withSecrets } from '@throughline/domain/input-order';
import type { NdjsonFile } from '../ndjson.ts';
import { type Answer, AnswerReader } from './answer.ts';
import type { CommandFiles } from './command-folder.ts';
import type { RunnerRecord } from './journal.ts';
import { waitsForInput } from './process-table.ts';

const LOOK_MS = 400;

export interface InputParts {
  files: CommandFiles;
  /** The end of the child's stdin that is ours. */
  child: Socket;
  journal: Pick<NdjsonFile<RunnerRecord>, 'append'>;
  /** Before an answer is given: from now on its secrets are masked in the output. */
  secrets: (secrets: Answer['secrets']) => void;
  poke: () => void;
}

/**
 * The open input of one command: takes answers from the runtime, gives each at most once and in order to the child, and tells when the child
 * waits for one. The record that an answer was given is on the disk before the child can read it.
 */
export class CommandInput {
  /** Something read, or waited to read. */
  asked = false;
  #last = 0;
  #over = false;
  readonly #parts: InputParts;
  readonly #answers: Socket;
  readonly #look: NodeJS.Timeout;

  constructor(parts: InputParts) {
    this.#parts = parts;
    const { files, child } = parts;
    // For reading and writing: a pipe that always has a writer never tells of an end when the runtime dies.
    this.#answers = new Socket({
      fd: openSync(files.answers, constants.O_RDWR | constants.O_NONBLOCK),
      readable: true,
    });
    const reader = new AnswerReader();
    const decoder = new StringDecoder('utf8');
    this.#answers.on('data', (bytes) => reader.push(decoder.write(bytes)).forEach((answer) => this.#give(answer)));
    this.#answers.on('error', () => undefined);
    // Nobody reads any more: the child closed its input or has ended.
    child.on('error', () => (this.#over = true));
    this.#look = setInterval(() => this.#tellWaiting(waitsForInput(files.stdin)), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#look);
    this.#tellWaiting(false);
    this.#answers.destroy();
    this.#parts.child.destroy();
  }

  #give(answer: Answer): void {
    const { journal, child, poke } = this.#parts;
    if (answer.seq <= this.#last) return;
    this.#last = answer.seq;
    const given = !this.#over && !child.writableEnded;
    journal.append({ type: 'input', seq: answer.seq, at: Date.now(), text: answer.text, end: answer.end, given });
    if (given) {
      this.#parts.secrets(answer.secrets);
      child.write(withSecrets(answer.text, new Map(Object.entries(answer.secrets))));
      if (answer.end) child.end();
      this.#tellWaiting(false);
    }
    poke();
  }

  #tellWaiting(waits: boolean): void {
    const { files, poke } = this.#parts;
    this.asked ||= waits;
    if (waits === existsSync(files.waits)) return;
    if (waits) writeFileSync(files.waits, '', { mode: 0o600 });
    else rmSync(files.waits, { force: true });
    poke();
  }
}
