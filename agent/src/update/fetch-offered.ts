import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '@throughline/domain/errors';
import type { Release } from '@throughline/domain/release';
import { programRequestBytes } from '@throughline/domain/signed-bytes';
import type { DataFolder } from '../data-folder.ts';
import { isNoRoom } from '../disk.ts';
import { SignedCalls } from '../signed-calls.ts';
import { mustFit, wrongProgram } from './fetch-program.ts';
import { makeUpdateFolder, offeredPath } from './update-state.ts';

/**
 * Fetches the program of an offered release, from where an earlier try broke off, and keeps it only if it is exactly what was signed. Returns
 * where it lies. The release's signature must have been checked.
 */
export async function fetchOffered(folder: DataFolder, release: Release, stop: AbortSignal): Promise<string> {
  const { bytes, sha256 } = release;
  makeUpdateFolder(folder);
  const path = offeredPath(folder, sha256);
  dropOffered(folder, path);
  let length = existsSync(path) ? statSync(path).size : 0;
  mustFit(folder, bytes, length);
  const thing = {
    path: `agent/releases/${sha256}`,
    bytes: ({ runtimeId, offset, at }: { runtimeId: string; offset: number; at: number }) =>
      programRequestBytes({ runtimeId, sha256, offset, at }),
    refused: 'The server does not give the program',
  };
  const file = openSync(path, 'a', 0o700);
  try {
    const take = (piece: Buffer) => {
      if (length + piece.length > bytes) throw wrongProgram('longer than what was signed');
      writeWhole(file, piece);
      length += piece.length;
    };
    await new SignedCalls(folder, thing, stop).read(bytes, () => length, take);
    fdatasyncSync(file);
    if (length !== bytes) throw wrongProgram(`${length} bytes instead of ${bytes}`);
    if ((await sumOf(path)) !== sha256) throw wrongProgram('not the one that was signed (its SHA-256 differs)');
    return path;
  } catch (error) {
    // What was cut off is gone on with; what turned out wrong is not.
    if (error instanceof DomainError && error.code === 'FORBIDDEN') rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Downloads of other programs; of all, where none is named. */
export function dropOffered(folder: DataFolder, but: string | null = null): void {
  const update = join(folder.root, 'update');
  if (!existsSync(update)) return;
  for (const name of readdirSync(update))
    if (name.startsWith('offered-') && join(update, name) !== but) rmSync(join(update, name), { force: true });
}

function writeWhole(file: number, piece: Buffer): void {
  try {
    for (let at = 0; at < piece.length;) at += writeSync(file, piece, at);
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    throw new DomainError('UNAVAILABLE', 'The disk is full. Free some space.', {}, { cause: error });
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) hash.update(part);
  return hash.digest('hex');
}
