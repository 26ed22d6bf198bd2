import { chmodSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import type { Release } from '@throughline/domain/release';
import { type DataFolder, syncFolder } from '../data-folder.ts';
import { AGENT_VERSION } from '../version.ts';
import { fetchProgram } from './fetch-program.ts';
import type { ProgramPlaces } from './program-places.ts';
import { passSelfCheck } from './self-check.ts';
import { type Trial, clearStaged, writeUpdateState } from './update-state.ts';

/** Puts the program of `file` beside ours (another disk, maybe), reading it once more against what was signed, and has it check itself. */
export async function prepareNext(
  folder: DataFolder,
  places: ProgramPlaces,
  release: Release,
  file: string,
): Promise<void> {
  await fetchProgram(file, release, places.next, folder);
  chmodSync(places.next, 0o755);
  await passSelfCheck(places.next, release).catch((error: unknown) => {
    rmSync(places.next, { force: true });
    throw error;
  });
}

/**
 * From here on the new version is on trial. In this order, so that a cut at any point leaves a program that starts: the trial is written down first, the
 * present program gets a second name, and one rename puts the new one in its place.
 */
export function switchToNext(folder: DataFolder, places: ProgramPlaces, version: string): void {
  const trial: Trial = {
    phase: 'trial',
    version,
    from: AGENT_VERSION,
    switchedAt: Date.now(),
    starts: 0,
    giveUp: null,
  };
  writeUpdateState(folder, trial);
  rmSync(places.previous, { force: true });
  linkSync(places.program, places.previous);
  renameSync(places.next, places.program);
  syncFolder(places.folder);
  clearStaged(folder);
}

/** Puts the version before back in its place; it keeps its second name. */
export function putBack(places: ProgramPlaces): void {
  rmSync(places.next, { force: true });
  linkSync(places.previous, places.next);
  renameSync(places.next, places.program);
  syncFolder(places.folder);
}

export const canPutBack = (places: ProgramPlaces): boolean => existsSync(places.previous);
