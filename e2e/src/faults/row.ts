import { type Random, randomOf } from './random.ts';
import type { Site } from './site.ts';

/** One line of the table at the end: what was tried, how often, and what came of it. */
export interface Row {
  name: string;
  /** How often it was really tried. */
  n: number;
  bytesLost: number;
  bytesDuplicated: number;
  /** Commands that ran more than once. */
  ranTwice: number;
  /** Whatever else is worth a number. */
  figures: Record<string, number | string>;
  /** Why it failed, each with what repeats it. Empty: it passed. */
  failures: string[];
  /** What was lacking to try it. */
  skipped: string | null;
  seconds: number;
}

/** What every test gets. */
export interface FaultContext {
  seed: number;
  say(line: string): void;
  /** The running product, started by the first test that needs one. */
  site(): Promise<Site>;
  /** Undone when the test is over, the last first. */
  atEnd(undo: () => Promise<void> | void): void;
  /** How often to try: what was asked for, else the test's own number. */
  times(own: number): number;
  /** Opens a row of the table and measures its time; a thrown error is a failure of the row, not the end of the run. */
  row(name: string, work: (row: Row, random: Random) => Promise<void>): Promise<void>;
}

/** What came of it, in a word. */
export const wordFor = (row: Row, passed: string): string =>
  row.failures.length > 0 ? 'FAILED' : row.skipped === null ? passed : 'skipped';

/** So many failures of one row are enough to know. */
const ENOUGH = 5;

/** Rounds 1 to `times`; a round that fails is told, and the next one still runs. */
export async function rounds(row: Row, times: number, round: (number: number) => Promise<void>): Promise<void> {
  for (let number = 1; number <= times && row.failures.length < ENOUGH; number++) {
    try {
      await round(number);
    } catch (error) {
      row.failures.push(`round ${number}: ${error instanceof Error ? wordsOf(error) : String(error)}`);
    }
  }
}

const wordsOf = (error: Error): string =>
  error.cause instanceof Error ? `${error.stack} because ${error.cause.message}` : (error.stack ?? error.message);

export type FaultTest = (context: FaultContext) => Promise<void>;

/** A context that keeps its rows. `atEnd` things are undone by `finish`. */
export function createContext(options: {
  seed: number;
  times?: number;
  say: (line: string) => void;
  site: () => Promise<Site>;
}): { context: FaultContext; rows: Row[]; finish: () => Promise<void> } {
  const rows: Row[] = [];
  const undos: (() => Promise<void> | void)[] = [];
  const context: FaultContext = {
    seed: options.seed,
    say: options.say,
    site: options.site,
    atEnd: (undo) => void undos.push(undo),
    times: (own) => options.times ?? own,
    async row(name, work) {
      const row: Row = {
        ...{ name, n: 0, bytesLost: 0, bytesDuplicated: 0, ranTwice: 0 },
        ...{ figures: {}, failures: [], skipped: null, seconds: 0 },
      };
      rows.push(row);
      const began = performance.now();
      try {
        await work(row, randomOf(options.seed, name));
        if (row.n === 0 && row.skipped === null) row.failures.push('nothing was tried');
      } catch (error) {
        row.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      // Rows that take turns count their own time.
      row.seconds = Math.round(10 * (row.seconds || (performance.now() - began) / 1000)) / 10;
      const repeat = `npm run faults -- ${name.split(' ')[0]} --seed=${options.seed}`;
      options.say(`${name}: ${wordFor(row, 'passed')} (${row.skipped ?? `n ${row.n}, ${row.seconds} s`})`);
      for (const failure of row.failures) options.say(`  ${failure}\n  again: ${repeat}`);
    },
  };
  const finish = async () => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await undo();
  };
  return { context, rows, finish };
}
