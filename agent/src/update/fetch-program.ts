import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, rmSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '@throughline/domain/errors';
import type { Release } from '@throughline/domain/release';
import type { DataFolder } from '../data-folder.ts';
import { diskFreeBytes } from '../disk.ts';
import { isUnprotected } from '../enroll.ts';
import { roadTo } from '../road.ts';

/** A server that says nothing for so long is not waited for. */
const SILENCE_MS = 30_000;
const REDIRECTS = 3;

const isUrl = (from: string): boolean => /^https?:\/\//.test(from);

/** Room for the download, the program beside ours, and to spare. `have`: what of it is here already. */
export function mustFit(folder: DataFolder, bytes: number, have = 0): void {
  if (diskFreeBytes(folder.root) + have >= 3 * bytes) return;
  throw new DomainError(
    'UNAVAILABLE',
    `An update of ${Math.ceil(bytes / 1024 ** 2)} MiB needs three times as much free space. Free some, then try again.`,
  );
}

/** Copies the program of a release to a file, and keeps it only when it is exactly what was signed. */
export async function fetchProgram(
  from: string,
  { bytes, sha256 }: Release,
  to: string,
  folder: DataFolder,
): Promise<void> {
  mustFit(folder, bytes);
  const hash = createHash('sha256');
  let length = 0;
  async function* measured(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const part of source) {
      length += part.length;
      if (length > bytes) throw wrongProgram('longer than what was signed');
      hash.update(part);
      yield part;
    }
  }
  try {
    await pipeline(await open(from, folder), measured, createWriteStream(to, { mode: 0o700, flush: true }));
    if (length < bytes) throw wrongProgram(`cut off: ${length} bytes instead of ${bytes}`);
    if (hash.digest('hex') !== sha256) throw wrongProgram('not the one that was signed (its SHA-256 differs)');
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  }
}

/** A small text from the same place, for the release's description. */
export async function fetchText(from: string, folder: DataFolder): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of (await open(from, folder)) as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > 64 * 1024)
      throw new DomainError('INVALID_INPUT', `${from} is too long to be a release’s description.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export const wrongProgram = (what: string): DomainError =>
  new DomainError('FORBIDDEN', `The program is ${what}. Nothing was changed.`);

async function open(from: string, folder: DataFolder): Promise<Readable> {
  if (isUrl(from)) return download(from, folder, REDIRECTS);
  if (!existsSync(from)) throw new DomainError('INVALID_INPUT', `${from} does not exist. Nothing was changed.`);
  return createReadStream(from);
}

async function download(address: string, folder: DataFolder, redirects: number): Promise<IncomingMessage> {
  if (isUnprotected(address))
    throw new DomainError('FORBIDDEN', `${new URL(address).origin} is plain http: updates are fetched by https only.`);
  const request = address.startsWith('https:') ? httpsRequest : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(address, { ...roadTo(address, folder), timeout: SILENCE_MS }, resolve);
    asked.on('timeout', () => asked.destroy(new Error(`no word for ${SILENCE_MS / 1000} s`)));
    asked.on('error', reject);
    asked.end();
  }).catch((cause: Error) => {
    throw new DomainError(
      'UNAVAILABLE',
      `${new URL(address).origin} does not answer (${cause.message}).`,
      {},
      { cause },
    );
  });
  const { statusCode = 0 } = response;
  const { location } = response.headers;
  if (statusCode >= 300 && statusCode < 400 && location !== undefined && redirects > 0) {
    response.resume();
    return download(new URL(location, address).href, folder, redirects - 1);
  }
  if (statusCode === 200) return response;
  response.resume();
  throw new DomainError('UNAVAILABLE', `${new URL(address).origin} answered ${statusCode} instead of the program.`);
}
