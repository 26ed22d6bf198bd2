import type { RunOrder } from '../run-order.ts';

/**
 * Lets a command's output through up to the limit and calls out at the first byte beyond it. What comes while the command is being stopped
 * is read, so that it can end, and counted, so that the record says how much it was: a limit is never a silent cut.
 */
export class OutputLimit {
  #left: number;
  #beyond = 0;
  readonly #order: Pick<RunOrder, 'maxOutputBytes' | 'limitedBy'>;
  readonly #reached: (remark: string) => void;

  constructor(order: Pick<RunOrder, 'maxOutputBytes' | 'limitedBy'>, reached: (remark: string) => void) {
    this.#order = order;
    this.#left = order.maxOutputBytes ?? Infinity;
    this.#reached = reached;
  }

  get isReached(): boolean {
    return this.#beyond > 0;
  }

  /** The part of these bytes that is recorded. */
  take(bytes: Buffer): Buffer {
    const kept = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    const first = !this.isReached;
    this.#left -= kept.length;
    this.#beyond += bytes.length - kept.length;
    if (first && this.isReached) {
      const { maxOutputBytes, limitedBy } = this.#order;
      const whose = limitedBy === 'owner' ? 'set by the owner of this computer' : 'set in the order';
      this.#reached(
        `LIMIT: the output reached ${maxOutputBytes} bytes, ${whose}. The command is stopped; what it wrote beyond is not recorded.`,
      );
    }
    return kept;
  }

  /** For the end: how much was left out. */
  remark(): string | null {
    return this.isReached ? `LIMIT: ${this.#beyond} bytes beyond the limit were left out.` : null;
  }
}
