import { INPUT_LIFETIME_MS } from '@throughline/domain/input-order';

/**
 * Secrets on their way from the person who typed them to a running command. In this process's memory only, for as long as the answer
 * may be given: with several api processes, the one that holds the runtime's socket may have none, and the runtime then refuses the answer in words.
 */
export class SecretDesk {
  readonly #held = new Map<string, { values: Record<string, string>; timer: NodeJS.Timeout }>();

  hold(inputId: string, values: Record<string, string>): void {
    if (Object.keys(values).length === 0) return;
    this.forget(inputId);
    const timer = setTimeout(() => this.forget(inputId), INPUT_LIFETIME_MS + 5_000);
    timer.unref();
    this.#held.set(inputId, { values, timer });
  }

  of(inputId: string): Record<string, string> {
    return this.#held.get(inputId)?.values ?? {};
  }

  forget(inputId: string): void {
    clearTimeout(this.#held.get(inputId)?.timer);
    this.#held.delete(inputId);
  }
}
