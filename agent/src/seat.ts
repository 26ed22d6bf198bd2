import { execFile } from 'node:child_process';
import { consoleUser, ownAccount, signedInOf } from './accounts.ts';
import { lockedOf, screenLocked, seatedSessions } from './screen-lock.ts';

/** Who sits at this computer, and whether the screen is locked (null: the system does not tell). */
export interface Seat {
  account: string;
  locked: boolean | null;
}

/** An answer says who sat there within this time before it. */
const FRESH_MS = 1_500;
const PAUSE_MS = 500;
/** Most answers come within this after the question; a page that stays open costs nothing after it. */
const WATCHED_MS = 120_000;

/**
 * Knows who sits at this computer before anybody asks. Reading it means running the login manager's tools, three of them one after the
 * other: tens of milliseconds for which a yes would wait, and this process with it.
 */
export class SeatWatch {
  #known: { seat: Seat; at: number } | null = null;
  #watching = false;
  #until = 0;

  /** As it is now: as read within the last 1.5 s, else read at once. */
  now(): Seat {
    if (this.#known !== null && performance.now() - this.#known.at < FRESH_MS) return this.#known.seat;
    return { account: consoleUser(), locked: screenLocked() };
  }

  /** Reads again and again, beside everything else, as long as somebody may answer at any moment, for two minutes from now. */
  watch(wanted: () => boolean): void {
    this.#until = performance.now() + WATCHED_MS;
    if (this.#watching) return;
    this.#watching = true;
    const look = async (): Promise<void> => {
      if (!wanted() || performance.now() > this.#until) {
        this.#watching = false;
        return;
      }
      const at = performance.now();
      this.#known = { seat: await readSeat(), at };
      setTimeout(() => void look(), PAUSE_MS).unref();
    };
    void look();
  }
}

async function readSeat(): Promise<Seat> {
  const [list, who] = await Promise.all([
    said('loginctl', ['list-sessions', '--no-legend', '--no-pager']),
    said('who', []),
  ]);
  const hints = seatedSessions(list).map((session) =>
    said('loginctl', ['show-session', session, '-p', 'LockedHint', '--value']),
  );
  const account = signedInOf(list, who).all[0] ?? ownAccount().name;
  return { account, locked: lockedOf(await Promise.all(hints)) };
}

/** Nothing where the tool is not installed or does not answer: nobody is known to be there by this way. */
function said(command: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { encoding: 'utf8', timeout: 2_000 }, (error, stdout) => resolve(error ? '' : stdout));
  });
}
