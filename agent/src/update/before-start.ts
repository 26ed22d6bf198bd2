import type { DataFolder } from '../data-folder.ts';
import type { ProgramPlaces } from './program-places.ts';
import { canPutBack, putBack } from './switch-program.ts';
import { type Trial, readUpdateState, writeUpdateState } from './update-state.ts';

/** A new version must have connected within so many starts, and within so long. */
export const TRIAL_STARTS = 3;
export const TRIAL_MS = 10 * 60_000;

/**
 * `before-start`: the service manager has the version *before* run this ahead of each start, so that a new one that cannot even load is
 * put back as well. Says what it did, null when there was nothing to do.
 */
export function beforeStart(folder: DataFolder, places: ProgramPlaces, now: number): string | null {
  const state = readUpdateState(folder);
  if (state?.phase !== 'trial' || !canPutBack(places)) return null;
  const why = state.giveUp ?? tooLong(state, now);
  if (why === null) {
    writeUpdateState(folder, { ...state, starts: state.starts + 1 });
    return null;
  }
  putBack(places);
  const { version, from } = state;
  writeUpdateState(folder, { phase: 'rolled_back', version, from, why });
  return `Version ${version} did not do (${why}): ${from} is back.`;
}

function tooLong({ starts, switchedAt }: Trial, now: number): string | null {
  if (starts >= TRIAL_STARTS) return `it ended ${starts} times before it had connected`;
  // A machine that was off for a while is no fault of the new version: it gets its first start.
  if (starts > 0 && now - switchedAt > TRIAL_MS) return 'it had not connected within ten minutes';
  return null;
}
