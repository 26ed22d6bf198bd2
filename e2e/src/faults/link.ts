import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

interface Pair {
  near: Socket;
  far: Socket | null;
}

/** A TCP proxy that can be a bad network: between a runtime and the gateway, or between any two that speak TCP. */
export class Link {
  /** Milliseconds that every byte waits, each way. */
  delayMs = 0;
  /** Takes connections and bytes, and answers nothing: no FIN, no RST, no data. */
  #silent = false;
  #resetter: NodeJS.Timeout | null = null;
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#taken(near));
  }

  static async open(target: number): Promise<Link> {
    const link = new Link(target);
    await link.#listen();
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Nobody gets through and nobody gets in: connections end, new ones are refused. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#dropAll((socket) => socket.destroy());
    await closed;
  }

  /** Ends every connection with RST, again and again, new ones included. */
  resetEvery(ms: number): void {
    this.reset();
    this.#resetter = setInterval(() => this.reset(), ms);
  }

  reset(): void {
    this.#dropAll((socket) => socket.resetAndDestroy());
  }

  /** From now on everything is swallowed; what is connected stays so and never hears anything again. */
  goSilent(): void {
    this.#silent = true;
    for (const { near, far } of this.#pairs) {
      for (const socket of [near, far]) socket?.removeAllListeners('data').resume();
    }
  }

  /** The way is free again. What went silent stays silent until it is reset. */
  async restore(): Promise<void> {
    if (this.#resetter !== null) clearInterval(this.#resetter);
    this.#resetter = null;
    this.#silent = false;
    this.delayMs = 0;
    if (!this.#server.listening) await this.#listen();
  }

  async close(): Promise<void> {
    await this.restore();
    await this.cut();
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  #taken(near: Socket): void {
    const pair: Pair = { near, far: this.#silent ? null : connect(this.#target, '127.0.0.1') };
    this.#pairs.add(pair);
    const { far } = pair;
    near.on('error', () => undefined);
    near.on('close', () => {
      this.#pairs.delete(pair);
      far?.destroy();
    });
    if (far === null) return void near.resume();
    far.on('error', () => undefined);
    far.on('close', () => this.#silent || near.destroy());
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, to: Socket): void {
    // One after another, so that a shorter delay never overtakes a longer one.
    let before = Promise.resolve();
    from.on('data', (bytes: Buffer) => {
      if (this.delayMs === 0) {
        before = before.then(() => void to.write(bytes));
        return;
      }
      const arrived = new Promise<void>((resolve) => setTimeout(resolve, this.delayMs));
      before = Promise.all([before, arrived]).then(() => void to.write(bytes));
    });
    from.on('end', () => this.#silent || to.end());
  }

  #dropAll(drop: (socket: Socket) => void): void {
    for (const { near, far } of this.#pairs) {
      drop(near);
      if (far !== null) drop(far);
    }
  }
}
