import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';

/** An HTTP proxy as offices have them: it opens tunnels (CONNECT), may want a sign-in, and answers nothing else. */
export class ConnectProxy {
  /** Targets of the tunnels opened, in order. */
  readonly tunnels: string[] = [];
  refused = 0;
  /** `user:password`, when a sign-in is wanted. */
  signIn: string | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((_request, response) => void response.writeHead(405).end());
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('connect', (request, near: Socket, head: Buffer) => {
      const wanted = this.signIn && `Basic ${Buffer.from(this.signIn).toString('base64')}`;
      if (wanted && request.headers['proxy-authorization'] !== wanted) {
        this.refused++;
        near.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const target = request.url ?? '';
      this.tunnels.push(target);
      const at = target.lastIndexOf(':');
      const far = connect(Number(target.slice(at + 1)), target.slice(0, at), () => {
        near.write('HTTP/1.1 200 Connection established\r\n\r\n');
        far.write(head);
        near.pipe(far).pipe(near);
      });
      this.#keep(far);
      far.on('error', () => near.destroy());
      near.on('error', () => far.destroy());
    });
  }

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
