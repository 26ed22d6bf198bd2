import type { IncomingMessage, ServerResponse } from 'node:http';
import { programRequestBytes } from '@throughline/domain/signed-bytes';

/** Gives programs as the server does: to whoever signs for it, from any byte on. It breaks off, and lies, where a test says. */
export class FakeReleases {
  /** By the SHA-256 under which it is asked for. */
  readonly programs = new Map<string, Buffer>();
  /** Where each request began. */
  readonly offsets: number[] = [];
  /** Cut the connection after so many bytes of each of the next answers. */
  cuts: number[] = [];
  readonly #runtimeId: string;
  readonly #proven: (bytes: Uint8Array, signature: string) => boolean;

  constructor(runtimeId: string, proven: (bytes: Uint8Array, signature: string) => boolean) {
    this.#runtimeId = runtimeId;
    this.#proven = proven;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const sha256 = request.url?.split('/').at(-1) ?? '';
    const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.offsets.push(offset);
    const [, runtimeId = '', at = '', signature = ''] =
      /^Throughline (\S+) (\d+) (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const signed = programRequestBytes({ runtimeId, sha256, offset, at: Number(at) });
    const program = this.programs.get(sha256);
    if (runtimeId !== this.#runtimeId || !this.#proven(signed, signature)) return void response.writeHead(401).end();
    if (!program) return void response.writeHead(404).end();
    const rest = program.subarray(offset);
    response.writeHead(206, {
      'content-length': rest.length,
      'content-range': `bytes ${offset}-${program.length - 1}/${program.length}`,
    });
    const cut = this.cuts.shift();
    if (cut === undefined) return void response.end(rest);
    response.write(rest.subarray(0, cut), () => response.destroy());
  }
}
