import type { EndpointFacts } from '@throughline/domain/agent-protocol';

/** A link that is back waits no longer for what other programs say of this computer; output is there to be sent. */
const WAIT_MS = 500;

/** What this computer is like, read anew for each connect and each question. */
export class FactsReader {
  readonly #read: () => Promise<EndpointFacts>;
  #last: EndpointFacts | null = null;

  constructor(read: () => Promise<EndpointFacts>) {
    this.#read = read;
  }

  async now(): Promise<EndpointFacts> {
    return (this.#last = await this.#read());
  }

  /**
   * As it is now; or as it was last, where reading takes longer than half a second. `late` then gets it as it is, or why it cannot be read.
   * Until something was read once there is nothing else to wait for.
   */
  async soon(late: (facts: Promise<EndpointFacts>) => void): Promise<EndpointFacts> {
    const before = this.#last;
    const now = this.now();
    now.catch(() => undefined); // Whoever waits for it hears of it.
    if (before === null) return now;
    const facts = await Promise.race([now, after(WAIT_MS)]).catch(() => null);
    if (facts !== null) return facts;
    late(now);
    return before;
  }
}

const after = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
