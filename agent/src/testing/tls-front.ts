import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Server, type TLSSocket, createServer } from 'node:tls';

/** TLS in front of a plain server, with a certificate for localhost of an authority that nobody knows. */
export class TlsFront {
  /** The authority, PEM. */
  readonly ca: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'throughline-tls-'));
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();

  constructor(target: string) {
    const file = (name: string) => join(this.#folder, name);
    this.ca = file('ca.pem');
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', this.ca, '-subj', '/CN=Office authority');
    openssl(
      ...['req', '-x509', ...key, '-keyout', file('key.pem'), '-out', file('cert.pem'), '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-CA', this.ca, '-CAkey', file('ca.key')],
    );
    const options = { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) };
    this.#server = createServer(options, (near) => {
      const far = connect(Number(new URL(target).port), '127.0.0.1');
      near.pipe(far).pipe(near);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      this.#sockets.add(near);
      near.on('close', () => this.#sockets.delete(near));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
