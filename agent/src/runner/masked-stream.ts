import type { SecretMask } from './secret-mask.ts';

/** Output that may be the beginning of a secret waits so long for what follows. It may as well be the end of a question that somebody has to see. */
const HELD_BACK_MS = 100;

/** One stream of a command's output on its way to the record, its typed secrets masked. */
export class MaskedStream {
  readonly mask: SecretMask;
  readonly #take: (bytes: Buffer) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(mask: SecretMask, take: (bytes: Buffer) => void) {
    this.mask = mask;
    this.#take = take;
  }

  push(bytes: Buffer): void {
    this.#pass(this.mask.push(bytes));
    if (this.mask.holds) this.#timer ??= setTimeout(() => this.end(), HELD_BACK_MS);
  }

  /** Lets go of what is held back. */
  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pass(this.mask.rest());
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#take(bytes);
  }
}
