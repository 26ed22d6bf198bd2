import type { FileSum } from '@throughline/domain/file-transfer';
import { fileRequestBytes } from '@throughline/domain/signed-bytes';
import { z } from 'zod';
import type { DataFolder } from '../data-folder.ts';
import { type Call, SignedCalls } from '../signed-calls.ts';

const zStanding = z.strictObject({ held: z.boolean(), offset: z.number().int().nonnegative() });
export type Standing = z.infer<typeof zStanding>;

/** The server's end of one command's transfer. A cut connection, or a server that restarts, only makes a call take longer; a refusal throws. */
export class FileServer {
  readonly #calls: SignedCalls;

  constructor(folder: DataFolder, commandId: string, stop: AbortSignal) {
    const thing = {
      path: `agent/files/${commandId}`,
      bytes: (request: Omit<Parameters<typeof fileRequestBytes>[0], 'commandId'>) =>
        fileRequestBytes({ ...request, commandId }),
      refused: 'The server does not give or take the file. Send it again',
    };
    this.#calls = new SignedCalls(folder, thing, stop);
  }

  /** The content, in pieces as they come; after a cut from where `from` says that `take` has got to. */
  read(bytes: number, from: () => number, take: (piece: Buffer) => void): Promise<void> {
    return this.#calls.read(bytes, from, take);
  }

  offer(file: FileSum): Promise<Standing> {
    const { bytes, sha256 } = file;
    return this.#standing({ method: 'POST', offset: 0, body: Buffer.from(JSON.stringify({ bytes, sha256 })) });
  }

  bring(offset: number, piece: Buffer): Promise<Standing> {
    return this.#standing({ method: 'PUT', offset, body: piece, query: `?offset=${offset}` });
  }

  async #standing(call: Call): Promise<Standing> {
    return zStanding.parse(JSON.parse(await this.#calls.ask(call)));
  }
}
