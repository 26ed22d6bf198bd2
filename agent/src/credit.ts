/** Unacknowledged output that a runtime may have under way, all commands together. */
export const TOTAL_CREDIT_BYTES = 16 * 1024 * 1024;

/**
 * What all commands of a runtime share. Who finds it used up waits in line and is called when some comes back: nothing else
 * would ever wake a command that has nothing under way itself and so gets no acknowledgement.
 */
export class Credit {
  #used = 0;
  readonly #waiting = new Set<() => void>();
  readonly #most: number;

  constructor(most = TOTAL_CREDIT_BYTES) {
    this.#most = most;
  }

  /** False when there is none; `again` is then called once, when there is. */
  available(again: () => void): boolean {
    if (this.#used < this.#most) return true;
    this.#waiting.add(again);
    return false;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  /** Those who wait longest go first. */
  giveBack(bytes: number): void {
    this.#used -= bytes;
    for (const again of [...this.#waiting]) {
      if (this.#used >= this.#most) return;
      this.#waiting.delete(again);
      again();
    }
  }

  /** Who ends waits no more. */
  forget(again: () => void): void {
    this.#waiting.delete(again);
  }
}
