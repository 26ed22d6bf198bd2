import type { Page } from 'playwright-core';

/** What one board showed at an instant of the machine's clock; null: it showed something else, or was filtered. */
interface Sight {
  at: number;
  rows: Record<string, string> | null;
}
interface Watch {
  sights: Sight[];
  /** Times in which its page did not run at all. */
  stalls: { from: number; until: number }[];
}

/** In the page, for as long as it lives: every change of the live board's rows, without the figures that tick. */
const LOOK = `(() => {
  let before = '';
  let ticked = Date.now();
  const look = () => {
    const now = Date.now();
    if (now - ticked > 300) globalThis.stalledBoard(ticked, now);
    ticked = now;
    const table = location.pathname === '/board' && location.search === '' ? document.querySelector('table.t') : null;
    const rows = table && {};
    for (const row of table?.querySelectorAll('tr[data-index]:not(.grp)') ?? []) {
      const text = (selector) => row.querySelector(selector)?.textContent.replace(/\\s+/g, ' ').trim() ?? '';
      const name = text('.c-ep .mono');
      const says = [text('.c-ses'), text('.c-st'), text('.c-tech'), text('.c-wait'), row.className.match(/is-\\w+/)?.[0]];
      rows[name] = [...(rows[name] ? [rows[name]] : []), says.join(' | ')].sort().join(' & ');
    }
    const after = JSON.stringify(rows);
    if (after !== before) globalThis.sawBoard(now, after);
    before = after;
  };
  setInterval(look, 100);
})()`;

/** Watches boards from now on, so that it can be said for how long two of them disagreed. */
export class Boards {
  private readonly watches = new Map<string, Watch>();

  /** Before the page is opened: what it shows from its next load on. */
  async watch(who: string, page: Page): Promise<void> {
    const watch: Watch = { sights: [], stalls: [] };
    this.watches.set(who, watch);
    await page.exposeFunction('sawBoard', (at: number, rows: string) => {
      watch.sights.push({ at, rows: JSON.parse(rows) as Sight['rows'] });
    });
    await page.exposeFunction('stalledBoard', (from: number, until: number) => watch.stalls.push({ from, until }));
    await page.addInitScript(LOOK);
  }

  /** Each time two boards said different things of a row, with how long, in ms, without the time in which a page stood still. */
  disagreements(one: string, other: string): { row: string; ms: number; says: [string, string] }[] {
    const [a, b] = [this.of(one), this.of(other)];
    const instants = [...new Set([...a.sights, ...b.sights].map(({ at }) => at))].sort((x, y) => x - y);
    const open = new Map<string, { from: number; says: [string, string] }>();
    const found: { row: string; ms: number; says: [string, string] }[] = [];
    const end = (row: string, at: number) => {
      const begun = open.get(row);
      if (begun === undefined) return;
      open.delete(row);
      const ms = at - begun.from - stalledWithin([...a.stalls, ...b.stalls], begun.from, at);
      found.push({ row, ms, says: begun.says });
    };
    for (const at of instants) {
      const [left, right] = [rowsAt(a, at), rowsAt(b, at)];
      const both = Object.keys(left ?? {}).filter((row) => right?.[row] !== undefined);
      for (const row of open.keys()) if (!both.includes(row) || left?.[row] === right?.[row]) end(row, at);
      for (const row of both)
        if (left?.[row] !== right?.[row] && !open.has(row))
          open.set(row, { from: at, says: [left?.[row] ?? '', right?.[row] ?? ''] });
    }
    for (const row of [...open.keys()]) end(row, Date.now());
    return found;
  }

  /** Whether a board ever said this of the row. */
  saw(who: string, row: string, words: RegExp): boolean {
    return this.firstSaw(who, row, words) !== undefined;
  }

  /** When a board first said this of the row; undefined where it has not yet. */
  firstSaw(who: string, row: string, words: RegExp): number | undefined {
    return this.of(who).sights.find(({ rows }) => words.test(rows?.[row] ?? ''))?.at;
  }

  /** For how long of that time its page stood still. */
  stalled(who: string, from: number, until: number): number {
    return stalledWithin(this.of(who).stalls, from, until);
  }

  private of(who: string): Watch {
    const watch = this.watches.get(who);
    if (watch === undefined) throw new Error(`nobody watches the board of ${who}`);
    return watch;
  }
}

const rowsAt = (watch: Watch, at: number): Sight['rows'] =>
  watch.sights.findLast((sight) => sight.at <= at)?.rows ?? null;

const stalledWithin = (stalls: Watch['stalls'], from: number, until: number): number =>
  stalls
    .map((stall) => Math.min(stall.until, until) - Math.max(stall.from, from))
    .filter((ms) => ms > 0)
    .reduce((sum, ms) => sum + ms, 0);
