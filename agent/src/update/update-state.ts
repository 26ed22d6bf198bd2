import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type SignedRelease, zSignedRelease } from '@throughline/domain/release';
import { z } from 'zod';
import { type DataFolder, writeDurably } from '../data-folder.ts';

/*
 * How an update stands, on disk: the version before it and the one after read each other's file, so members that are not
 * known are left out and not refused.
 */
const common = { version: z.string(), from: z.string() };
const zTrial = z.object({
  phase: z.literal('trial'),
  ...common,
  switchedAt: z.number(),
  /** How often the service manager has begun to start it. */
  starts: z.number().int(),
  /** Set by the new version itself, when it knows that it will not do. */
  giveUp: z.string().nullable(),
});
const zRolledBack = z.object({
  phase: z.literal('rolled_back'),
  ...common,
  why: z.string(),
});
const zUpdateState = z.discriminatedUnion('phase', [zTrial, zRolledBack]);
export type UpdateState = z.infer<typeof zUpdateState>;
export type Trial = z.infer<typeof zTrial>;

type Folder = Pick<DataFolder, 'root'>;
const partOf = (folder: Folder, name: string): string => join(folder.root, 'update', name);
export const downloadPath = (folder: Folder): string => partOf(folder, 'program');
/** A download that the server offered; it outlives a cut, so its name says which program it is. */
export const offeredPath = (folder: Folder, sha256: string): string => partOf(folder, `offered-${sha256.slice(0, 16)}`);
const statePath = (folder: Folder) => partOf(folder, 'state.json');
const stagedPath = (folder: Folder) => partOf(folder, 'staged.json');

export const readUpdateState = (folder: Folder): UpdateState | null => read(statePath(folder), zUpdateState);
export const writeUpdateState = (folder: Folder, state: UpdateState): void => write(folder, statePath(folder), state);
export const clearUpdateState = (folder: Folder): void => rmSync(statePath(folder), { force: true });

/** A checked download that waits for the service to take it. */
export const readStaged = (folder: Folder): SignedRelease | null => read(stagedPath(folder), zSignedRelease);
export const writeStaged = (folder: Folder, signed: SignedRelease): void => write(folder, stagedPath(folder), signed);
export function clearStaged(folder: Folder): void {
  rmSync(stagedPath(folder), { force: true });
  rmSync(downloadPath(folder), { force: true });
}

export const makeUpdateFolder = (folder: Folder): void => {
  mkdirSync(join(folder.root, 'update'), { recursive: true, mode: 0o700 });
};

function write(folder: Folder, path: string, value: unknown): void {
  makeUpdateFolder(folder);
  writeDurably(path, JSON.stringify(value));
}

/** A file that cannot be understood counts as none: it must never keep the runtime from starting. */
function read<T>(path: string, schema: z.ZodType<T>): T | null {
  if (!existsSync(path)) return null;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
