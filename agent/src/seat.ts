import { consoleUser, ownAccount } from './accounts.ts';
import { peopleHere } from './people.ts';
import { screenLocked } from './screen-lock.ts';

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
  const { all, locked } = await peopleHere();
  return { account: all[0] ?? ownAccount().name, locked };
}
