import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileRequestBytes } from '@throughline/domain/signed-bytes';

export interface FileRequest {
  method: string;
  offset: number;
}

/** The server's end of file transfers: gives and takes bytes in memory, checks every signature, and breaks off where a test says. */
export class FakeFiles {
  /** By command: what is to be put on the endpoint. */
  readonly content = new Map<string, Buffer>();
  /** By command: what came from the endpoint so far. */
  readonly taken = new Map<string, Buffer>();
  readonly requests: FileRequest[] = [];
  /** Sums of files that count as here already. */
  readonly held = new Set<string>();
  /** Cut the connection after so many bytes of each of the next answers or pieces. */
  cuts: number[] = [];
  /** How far the server's clock is ahead. */
  clockAhead = 0;
  /** Answer nothing: as a server that restarts. */
  away = false;
  readonly #proven: (bytes: Uint8Array, signature: string) => boolean;
  readonly #runtimeId: string;
  readonly #offers = new Map<string, { bytes: number; sha256: string }>();

  constructor(runtimeId: string, proven: (bytes: Uint8Array, signature: string) => boolean) {
    this.#runtimeId = runtimeId;
    this.#proven = proven;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      if (this.away) return void response.destroy();
      this.#answer(request, response, Buffer.concat(parts));
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '', 'http://server');
    const commandId = url.pathname.split('/').at(-1) ?? '';
    const method = request.method as 'GET' | 'POST' | 'PUT';
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const offset = Number(range ?? url.searchParams.get('offset') ?? 0);
    this.requests.push({ method, offset });
    response.setHeader('x-throughline-at', String(Date.now() + this.clockAhead));
    if (!this.#believed(request, { commandId, method, offset, body })) return refuse(response, 401, 'Not proven.');
    if (method === 'GET') return this.#give(response, commandId, offset);
    if (method === 'POST') {
      this.#offers.set(commandId, JSON.parse(body.toString()) as { bytes: number; sha256: string });
      return this.#standing(response, commandId);
    }
    const cut = this.cuts.shift();
    if (cut === 0) return void response.destroy();
    const before = this.taken.get(commandId) ?? Buffer.alloc(0);
    if (offset === before.length) this.taken.set(commandId, Buffer.concat([before, body]));
    // Taken, and the answer lost on its way.
    if (cut !== undefined) return void response.destroy();
    return this.#standing(response, commandId);
  }

  #give(response: ServerResponse, commandId: string, offset: number): void {
    const content = this.content.get(commandId);
    if (!content) return refuse(response, 404, 'The file of this command is not kept here. Send it again.');
    const rest = content.subarray(offset);
    response.writeHead(206, {
      'content-length': rest.length,
      'content-range': `bytes ${offset}-${content.length - 1}/${content.length}`,
    });
    const cut = this.cuts.shift();
    if (cut === undefined) return void response.end(rest);
    response.write(rest.subarray(0, cut), () => response.destroy());
  }

  #standing(response: ServerResponse, commandId: string): void {
    const offer = this.#offers.get(commandId);
    const taken = this.taken.get(commandId) ?? Buffer.alloc(0);
    const whole = taken.length === offer?.bytes && createHash('sha256').update(taken).digest('hex') === offer.sha256;
    const held = whole || this.held.has(offer?.sha256 ?? '');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ held, offset: held ? (offer?.bytes ?? 0) : taken.length }));
  }

  #believed(
    request: IncomingMessage,
    signed: { commandId: string; method: 'GET' | 'POST' | 'PUT'; offset: number; body: Buffer },
  ): boolean {
    const [, runtimeId = '', at = '', signature = ''] =
      /^Throughline (\S+) (\d+) (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (Math.abs(Date.now() + this.clockAhead - Number(at)) > 300_000 || runtimeId !== this.#runtimeId) return false;
    const body = createHash('sha256').update(signed.body).digest('hex');
    return this.#proven(fileRequestBytes({ ...signed, runtimeId, body, at: Number(at) }), signature);
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const code = status === 401 ? 'UNAUTHENTICATED' : 'NOT_FOUND';
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code, message } }));
}
