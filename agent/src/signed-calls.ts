import { createHash } from 'node:crypto';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { DomainError, isErrorCode } from '@throughline/domain/errors';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { loadIdentity, signWith } from './identity.ts';
import { roadTo } from './road.ts';

const zRefusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export interface Call {
  method: 'GET' | 'POST' | 'PUT';
  offset: number;
  body?: Buffer;
  query?: string;
  headers?: Record<string, string>;
}

/** One thing on the server that is asked for by requests which the runtime's key signs. */
export interface Thing {
  /** Below the server's address. */
  path: string;
  /** What is signed for one request; `body`: SHA-256 of what it carries, hexadecimal; `at`: ms since the epoch, by the server's clock. */
  bytes: (request: {
    runtimeId: string;
    method: Call['method'];
    offset: number;
    body: string;
    at: number;
  }) => Uint8Array;
  /** Said when the server refuses without words of its own. */
  refused: string;
}

/** No sign of life for so long counts as a broken connection. */
const SILENCE_MS = 30_000;
const MOST_WAIT_MS = 5_000;

/** Signed HTTP requests about one thing. A cut connection, or a server that restarts, only makes a call take longer; a refusal throws. */
export class SignedCalls {
  readonly #folder: DataFolder;
  readonly #thing: Thing;
  readonly #stop: AbortSignal;
  /** The server's clock minus ours, once it turned out to matter. */
  #clockOffset = 0;

  constructor(folder: DataFolder, thing: Thing, stop: AbortSignal) {
    this.#folder = folder;
    this.#thing = thing;
    this.#stop = stop;
  }

  /** The content, in pieces as they come; after a cut from where `from` says that `take` has got to. */
  read(bytes: number, from: () => number, take: (piece: Buffer) => void): Promise<void> {
    return this.#persist(async () => {
      const offset = from();
      if (offset >= bytes) return;
      const answer = await this.#call({ method: 'GET', offset, headers: { range: `bytes=${offset}-` } });
      if (answer.statusCode === 200 && offset > 0)
        throw new DomainError('CONFLICT', 'The server did not go on where the file broke off. Send it again.');
      for await (const piece of answer as AsyncIterable<Buffer>) take(piece);
    });
  }

  /** The text that the server answers. */
  ask(call: Call): Promise<string> {
    return this.#persist(async () => textOf(await this.#call(call)));
  }

  /** Again and again until it succeeds, is refused, or is stopped: a time limit is the caller's business. */
  async #persist<T>(work: () => Promise<T>): Promise<T> {
    for (let pause = 200; ; pause = Math.min(pause * 2, MOST_WAIT_MS)) {
      try {
        return await work();
      } catch (error) {
        this.#stop.throwIfAborted();
        if (error instanceof DomainError) throw error;
      }
      await wait(pause, undefined, { signal: this.#stop });
    }
  }

  /** An answer with a body to read; throws a refusal in the server's words, and anything that another try may mend as itself. */
  async #call(call: Call): Promise<IncomingMessage> {
    for (let tries = 0; ; tries++) {
      const answer = await this.#send(call);
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      const text = await textOf(answer);
      if (status === 401 && tries === 0 && this.#setClock(answer)) continue;
      if (status >= 500 || status === 429) throw new Error(`HTTP ${status}`);
      const said = zRefusal.safeParse(parsed(text)).data?.error;
      throw new DomainError(
        isErrorCode(said?.code) ? said.code : 'INVALID_STATE',
        said?.message ?? `${this.#thing.refused} (HTTP ${status}).`,
      );
    }
  }

  #send({ method, offset, body = Buffer.alloc(0), query = '', headers = {} }: Call): Promise<IncomingMessage> {
    // Read each time: the key may have been changed since.
    const identity = loadIdentity(this.#folder);
    const address = `${identity.server}/${this.#thing.path}${query}`;
    const [runtimeId, at] = [identity.runtimeId, Date.now() + this.#clockOffset];
    const sum = createHash('sha256').update(body).digest('hex');
    const signature = signWith(identity.privateKey, this.#thing.bytes({ runtimeId, method, offset, body: sum, at }));
    const request = address.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const asked = request(
        address,
        {
          ...roadTo(address, this.#folder),
          method,
          signal: this.#stop,
          timeout: SILENCE_MS,
          headers: {
            ...headers,
            authorization: `Throughline ${runtimeId} ${at} ${signature}`,
            'content-type': 'application/octet-stream',
            'content-length': String(body.length),
          },
        },
        resolve,
      );
      asked.on('timeout', () => asked.destroy(new Error('no sign of the server')));
      asked.on('error', reject);
      asked.end(body);
    });
  }

  /** Whether a wrong clock may be why the server did not believe us; then by how much is known now. */
  #setClock(answer: IncomingMessage): boolean {
    const theirs = Number(answer.headers['x-throughline-at']);
    if (!Number.isSafeInteger(theirs) || Math.abs(theirs - Date.now() - this.#clockOffset) < 60_000) return false;
    this.#clockOffset = theirs - Date.now();
    return true;
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // A proxy's page, not the server's words.
  }
}
