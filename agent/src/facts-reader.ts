import type { EndpointFacts } from '@throughline/domain/agent-protocol';

/** A link that is back waits no longer for what other programs say of this computer; output is there to be sent. */
const WAIT_MS = 500;

/** What this computer is like, read anew for each connect and each question. */
export class FactsReader {
  readonly #read: () => Promise<EndpointFacts>;
  #last: EndpointFacts | null = null;
  #asked: Promise<EndpointFacts> | null = null;
  #late: Promise<EndpointFacts> | null = null;

  constructor(read: () => Promise<EndpointFacts>) {
    this.#read = read;
  }

  async now(): Promise<EndpointFacts> {
    return (this.#last = await this.#read());
  }

  /**
   * For a connect: as it is now; or as it was last, where reading takes longer than half a second or fails, and then `late` is what it will
   * be. Until something was read once there is nothing else to wait for.
   */
  async soon(): Promise<EndpointFacts> {
    const before = this.#last;
    const now = this.now();
    now.catch(() => undefined); // Whoever waits for it hears of it.
    this.#asked = now;
    this.#late = null;
    if (before === null) return now;
    const facts = await Promise.race([now, after(WAIT_MS)]).catch(() => null);
    if (facts !== null) return facts;
    // Another connect has asked meanwhile: what this one waits for would be older than what that one says.
    if (this.#asked === now) this.#late = now;
    return before;
  }

  /** What was not read yet when the last connect said what it knew. */
  get late(): Promise<EndpointFacts> | null {
    return this.#late;
  }
}

const after = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
