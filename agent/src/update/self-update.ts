import { isDomainError } from '@throughline/domain/errors';
import type { Release } from '@throughline/domain/release';
import type { DataFolder } from '../data-folder.ts';
import type { Log } from '../log.ts';
import { AGENT_VERSION } from '../version.ts';
import { TRIAL_MS } from './before-start.ts';
import { checkRelease, thisComputer } from './check-release.ts';
import { programPlaces } from './program-places.ts';
import { prepareNext, switchToNext } from './switch-program.ts';
import {
  clearStaged,
  clearUpdateState,
  downloadPath,
  readStaged,
  readUpdateState,
  writeUpdateState,
} from './update-state.ts';

const LOOK_EVERY_MS = 2_000;

export interface SelfUpdateParts {
  folder: DataFolder;
  log: Log;
  /** Ends the runtime, so that its service manager starts what is now in its place. */
  restart: () => void;
  /** The executable that may be replaced, null where there is none: then staged updates are left alone. */
  program: string | null;
}

/** The service's part in its own update: takes what `update` staged, switches, and stands its trial after that. */
export class SelfUpdate {
  readonly #parts: SelfUpdateParts;
  #busy = false;
  readonly #looking: NodeJS.Timeout | null = null;
  #trial: NodeJS.Timeout | null = null;

  constructor(parts: SelfUpdateParts) {
    this.#parts = parts;
    if (parts.program === null) return;
    this.#beginTrial();
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    void this.#look();
  }

  close(): void {
    if (this.#looking) clearInterval(this.#looking);
    if (this.#trial) clearTimeout(this.#trial);
  }

  /** Whether this version has yet to prove that it connects. */
  get onTrial(): boolean {
    return this.#trial !== null;
  }

  /** It will not do: the service manager has to start it again, so that the version before can be put back. */
  giveUp(why: string): void {
    const state = readUpdateState(this.#parts.folder);
    if (state?.phase === 'trial') writeUpdateState(this.#parts.folder, { ...state, giveUp: why.slice(0, 500) });
    this.#parts.log.error(`Version ${AGENT_VERSION} gives way to the one before it: ${why}`);
  }

  /** The server took our proof: that is what the trial was about. */
  connected(): void {
    if (this.#trial === null) return;
    clearTimeout(this.#trial);
    this.#trial = null;
    clearUpdateState(this.#parts.folder);
    this.#parts.log.info(`The update to ${AGENT_VERSION} stays.`);
  }

  /**
   * Has the program of `file` take our place and starts again, if it passes its own check and `mayNow` still says so at the last moment. False when
   * that moment is not now. Throws when it will not do; the present version stays.
   */
  async change(release: Release, file: string, mayNow: () => boolean): Promise<boolean> {
    const { folder, log, program, restart } = this.#parts;
    if (this.#busy || program === null) return false;
    this.#busy = true;
    try {
      const places = programPlaces(program);
      await prepareNext(folder, places, release, file);
      if (!mayNow()) return false;
      switchToNext(folder, places, release.version);
      log.info(`Version ${release.version} is in place. Starting again; commands that run go on.`);
      restart();
      return true;
    } finally {
      this.#busy = false;
    }
  }

  async #look(): Promise<void> {
    const { folder, log } = this.#parts;
    const signed = this.#busy ? null : readStaged(folder);
    if (signed === null) return;
    try {
      const release = checkRelease(signed, thisComputer(folder));
      await this.change(release, downloadPath(folder), () => true);
    } catch (error) {
      // Whatever goes wrong leaves the present version as it is.
      const words = isDomainError(error) ? error.message : String(error);
      clearStaged(folder);
      log.error(`The update to ${signed.release.version} failed: ${words}`);
    }
  }

  /** A trial of ours, or one that a cut left behind before the switch was done. */
  #beginTrial(): void {
    const { folder, restart } = this.#parts;
    const state = readUpdateState(folder);
    if (state?.phase !== 'trial') return;
    const { version, from, switchedAt } = state;
    if (version !== AGENT_VERSION)
      return writeUpdateState(folder, {
        ...{ phase: 'rolled_back', version, from },
        why: 'the switch to it was interrupted',
      });
    const end = () => {
      this.giveUp('it had not connected within ten minutes');
      restart();
    };
    this.#trial = setTimeout(end, Math.max(TRIAL_MS / 10, switchedAt + TRIAL_MS - Date.now()));
  }
}
