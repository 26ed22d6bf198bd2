import { TWO_YEARS } from '@throughline/infra/testing/fill-database';
import type { CDPSession, Page } from 'playwright-core';
import { storm } from './lab/board-storm.ts';
import { openFilledHouse } from './lab/filled-house.ts';
import { managerPage } from './lab/manager-page.ts';
import { type Drawn, drawnIn } from './lab/drawn-frames.ts';
import type { BenchContext, BenchResult, Measure } from './result.ts';
import { percentile } from './stats.ts';

const FILLING = { ...TWO_YEARS, open: 500, finished: 1_000 };
/** A hand that turns the wheel without a stop: some 130 rows a second. */
const PX_A_SECOND = 4_000;
const PER_SECOND = 20;
/** What the eye takes for a stutter: a frame that does not come when the screen asks for one, in % of all, and for how long none comes. */
const [DROPPED_PERCENT, WORST_MS] = [1, 50];
/** A frame of the page's script that is late: what it puts in has to wait. */
const LONG_MS = 50;

/** What a page saw of itself while it was scrolled. */
interface Seen {
  /** From one frame of its script to the next, in ms. */
  frames: number[];
  /** Of the tasks of 50 ms and more. */
  tasks: number[];
  /** How often the page's script, called for a scroll, found no row in the middle: what the eye saw until then. */
  blank: number;
}
/** And what it took: processor time of its main thread, in ms, which a busy machine does not lengthen. */
interface Cost {
  all: number;
  script: number;
  style: number;
  layout: number;
}

type Scrolled = Seen & Cost & { drawn: Drawn };

/** 2,000 endpoints and 500 open sessions, scrolled from the first row to the last by the wheel in Chromium: at rest, and while news come in. */
export async function scroll(context: BenchContext): Promise<BenchResult> {
  const house = await openFilledHouse(context, FILLING);
  const page = await managerPage(context, house);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${house.product.url}/board`);
  await page.getByRole('row').filter({ hasText: 'WS-0' }).first().waitFor();
  const height = await page.evaluate<number>(`${BOARD}.scrollHeight - ${BOARD}.clientHeight`);
  const seconds = Math.ceil(height / PX_A_SECOND);

  context.say(`${height} px in ${seconds} s, nothing else going on`);
  await scrolled(cdp, page, height); // Once for the browser to know the code.
  const quiet = await scrolled(cdp, page, height);
  context.say(`the same with ${PER_SECOND} changes a second`);
  const changed = await rowsChanged(page);
  const [busy] = await Promise.all([scrolled(cdp, page, height), storm(house, PER_SECOND, seconds)]);
  const updated = (await rowsChanged(page)) - changed;
  return {
    name: 'scroll',
    measures: [...measured('nothing else', quiet), ...measured(`${PER_SECOND} changes a second`, busy)],
    notes: [
      `the board of 100 clients × 20 endpoints, ${FILLING.open} sessions open, 1440 × 900; ${height} px at ${PX_A_SECOND} px/s by the wheel, headless Chromium without a graphics card`,
      'frames as the browser’s compositor reports them (PipelineReporter), which scrolls what is there without waiting for the script, so rows must be there before they come into sight; tasks are those of 50 ms and more',
      `${updated} times the text of a row in sight changed in place meanwhile; server, database and browser share this machine`,
    ],
  };
}

const BOARD = `document.querySelector('.board .scroll')`;

const measured = (what: string, { drawn, frames, tasks, blank, all, script, style, layout }: Scrolled): Measure[] => {
  const share = (100 * frames.filter((ms) => ms > LONG_MS).length) / frames.length;
  return [
    { what: `${what}: frames the screen asked for`, value: drawn.wanted, unit: '' },
    { what: '  not drawn in time', value: (100 * drawn.dropped) / drawn.wanted, unit: '%', goal: DROPPED_PERCENT },
    { what: '  longest time without a new one', value: drawn.longestMs, unit: 'ms', goal: WORST_MS },
    { what: "  the page's script, from frame to frame, p50", value: percentile(frames, 50), unit: 'ms' },
    { what: '    p95', value: percentile(frames, 95), unit: 'ms' },
    { what: '    worst', value: Math.max(...frames), unit: 'ms' },
    { what: `    longer than ${LONG_MS} ms`, value: share, unit: '%' },
    { what: '    frames in all', value: frames.length, unit: '' },
    { what: '    scrolled past the last row that was there', value: blank, unit: '', goal: 0 },
    { what: '  tasks of 50 ms and more', value: tasks.length, unit: '' },
    { what: '  the longest of them', value: Math.max(0, ...tasks), unit: 'ms' },
    { what: '  processor of the page, for each frame', value: all / frames.length, unit: 'ms' },
    { what: '    of it script', value: script / frames.length, unit: 'ms' },
    { what: '    style', value: style / frames.length, unit: 'ms' },
    { what: '    layout', value: layout / frames.length, unit: 'ms' },
  ];
};

/** From the top to the end by wheel, as the browser's own input does it. */
async function scrolled(cdp: CDPSession, page: Page, height: number): Promise<Scrolled> {
  await page.evaluate(`${BOARD}.scrollTop = 0`);
  await page.locator('tr[data-index="1"]').waitFor();
  const { x, y, width, height: tall } = (await page.locator('.board .scroll').boundingBox())!;
  await page.evaluate(WATCH);
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['cc', 'benchmark'] });
  const before = await costs(cdp);
  await cdp.send('Input.synthesizeScrollGesture', {
    ...{ x: x + width / 2, y: y + tall / 2, yDistance: -height, speed: PX_A_SECOND },
    gestureSourceType: 'mouse',
  });
  const after = await costs(cdp);
  const drawn = drawnIn(await browser.stopTracing());
  const seen = await page.evaluate<Seen>('globalThis.watched()');
  const left = await page.evaluate<number>(`${BOARD}.scrollHeight - ${BOARD}.clientHeight - ${BOARD}.scrollTop`);
  if (left > 100) throw new Error(`the wheel did not reach the end: ${left} px are left`);
  const took = (name: string) => 1000 * ((after.get(name) ?? 0) - (before.get(name) ?? 0));
  const [all, script, style, layout] = PARTS.map(took) as [number, number, number, number];
  return { ...seen, drawn, all, script, style, layout };
}

const PARTS = ['TaskDuration', 'ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'];

async function costs(cdp: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

/** In the page, from now until `watched()`. */
const WATCH = `(() => {
  const seen = { frames: [], tasks: [], blank: 0 };
  const box = ${BOARD}.getBoundingClientRect();
  const middle = box.top + box.height / 2;
  // The room of rows that are not there. What the layout says of it costs nothing more; asking what lies at a point would cost most of a frame.
  const isBlank = (gap) => {
    const { top, bottom } = gap.getBoundingClientRect();
    return top <= middle && bottom >= middle;
  };
  const observer = new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((each) => each.duration)));
  observer.observe({ entryTypes: ['longtask'] });
  let last = performance.now();
  let on = true;
  const frame = (now) => {
    if (!on) return;
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  // Before the board's own listener puts rows in.
  const scrolled = () => {
    if ([...document.querySelectorAll('tr.gap')].some(isBlank)) seen.blank += 1;
  };
  addEventListener('scroll', scrolled, { capture: true });
  requestAnimationFrame((now) => ((last = now), requestAnimationFrame(frame)));
  globalThis.watched = () => {
    on = false;
    removeEventListener('scroll', scrolled, { capture: true });
    seen.tasks.push(...observer.takeRecords().map((each) => each.duration));
    observer.disconnect();
    return seen;
  };
})()`;

/** How often the text of a row that stayed on the page has changed since this was first asked. */
const rowsChanged = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    if (globalThis.rowsChanged === undefined) {
      globalThis.rowsChanged = 0;
      new MutationObserver((all) => {
        const cells = all.map(({ target }) => (target instanceof Element ? target : target.parentElement)?.closest('.c-wait'));
        globalThis.rowsChanged += new Set(cells.filter(Boolean)).size;
      }).observe(document.querySelector('table.t'), { characterData: true, childList: true, subtree: true });
    }
    return globalThis.rowsChanged;
  })()`);
