import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signerSocket } from '@throughline/activities/signer/protocol';
import { z } from 'zod';
import { diskFull, saysDiskIsFull } from './disk.ts';
import { PartFailure } from './part-failure.ts';
import { writeWhole } from './write-whole.ts';

/** Raised when an older Throughline could no longer read what this one writes into the data folder. */
export const DATA_FORMAT = 1;

/** Where things lie in DATA_DIR. */
export interface DataFolder {
  root: string;
  keys: string;
  logs: string;
  build: string;
  postgres: string;
  temporal: string;
  search: string;
  processList: string;
  signerSocket: string;
}

/** Creates or opens the data folder. Refuses one that a newer Throughline has written. */
export function openDataFolder(root: string): DataFolder {
  const folder: DataFolder = {
    root,
    keys: join(root, 'keys'),
    logs: join(root, 'logs'),
    build: join(root, 'build'),
    postgres: join(root, 'postgres'),
    temporal: join(root, 'temporal'),
    search: join(root, 'search'),
    processList: join(root, 'processes.json'),
    signerSocket: signerSocket(root),
  };
  try {
    mkdirSync(root, { recursive: true, mode: 0o755 });
    checkFormat(join(root, 'throughline.json'), root);
    for (const path of [folder.logs, folder.build, folder.temporal, folder.search]) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    }
    mkdirSync(folder.keys, { recursive: true, mode: 0o700 });
    chmodSync(folder.keys, 0o700); // also where somebody restored it with other rights
  } catch (error) {
    if (error instanceof PartFailure) throw error;
    if (saysDiskIsFull(error)) throw diskFull('Data folder', root, error);
    throw new PartFailure(
      'Data folder',
      `${root} cannot be used: ${(error as Error).message}`,
      'give yourself the right to write there, or set DATA_DIR to another folder',
      { cause: error },
    );
  }
  return folder;
}

/** A random secret kept in `keys/<name>`, readable by us alone; made at the first call. */
export function keptSecret(folder: DataFolder, name: string): string {
  const file = join(folder.keys, name);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const secret = randomBytes(24).toString('base64url');
  writeWhole(file, `${secret}\n`);
  return secret;
}

function checkFormat(file: string, root: string): void {
  if (!existsSync(file)) {
    writeWhole(file, `${JSON.stringify({ format: DATA_FORMAT, createdAt: new Date().toISOString() })}\n`, 0o644);
    return;
  }
  const parsed = z.object({ format: z.number().int() }).safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    throw new PartFailure(
      'Data folder',
      `${file} is damaged`,
      `write {"format":${DATA_FORMAT}} into it if this data is yours`,
    );
  }
  if (parsed.data.format > DATA_FORMAT) {
    throw new PartFailure(
      'Data folder',
      `${root} was written by a newer Throughline (format ${parsed.data.format}; this version knows up to ${DATA_FORMAT})`,
      'start that newer version, or set DATA_DIR to another folder',
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
