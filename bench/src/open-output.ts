import { openBrowser } from '@throughline/e2e/harness/browser';
import type { BrowserContext, Page } from 'playwright-core';
import { completed, propose } from './lab/command.ts';
import { type House, openHouse } from './lab/house.ts';
import { openActiveSession } from './lab/session.ts';
import type { BenchContext, BenchResult, Measure } from './result.ts';
import { median } from './stats.ts';

const ROUNDS = 7;
const GIB = 1024 ** 3;
/** Lines of 64 bytes, each different. */
const LONG = `seq -f %063.0f ${GIB / 64}`;
const MOST_MS = 600_000;

/** How long a stored output takes to be read in a browser: from opening its page to its first lines, and to its end and middle from there. */
export async function openOutput(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const sessionId = await openActiveSession(house);
  const browser = await openBrowser();
  context.atEnd(() => browser.close());
  const window = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { url } = house.product;
  await window.addCookies(house.senior.http.cookies().map((cookie) => ({ ...cookie, url })));

  const measures: Measure[] = [];
  for (const [size, script, last] of [
    ['6.9 MB', 'seq 1 1000000', '1000000'],
    ['1 GiB', LONG, String(GIB / 64).padStart(63, '0')],
  ] as const) {
    context.say(`writing ${size}`);
    const link = `${url}${await written(house, sessionId, script)}`;
    await opened(window, link, last); // The first one fills the browser's cache of the web app.
    const rounds: Awaited<ReturnType<typeof opened>>[] = [];
    for (let i = 0; i < ROUNDS; i += 1) rounds.push(await opened(window, link, last));
    const line = (what: string, key: keyof (typeof rounds)[number], goal?: number): Measure => ({
      what: `${size}, ${what}, median`,
      value: median(rounds.map((round) => round[key])),
      unit: 'ms',
      ...(goal !== undefined && { goal }),
    });
    measures.push(
      line('session opened in the app to first lines shown', 'inApp', 1000),
      { what: '  the slowest of them', value: Math.max(...rounds.map((round) => round.inApp)), unit: 'ms' },
      line('link opened in a new tab to first lines shown', 'first', 1000),
      line('End pressed to last line shown', 'end', 1000),
      line('bar clicked in the middle to lines shown', 'middle', 1000),
      { what: '  rows on the page at most', value: Math.max(...rounds.map((round) => round.rows)), unit: 'rows' },
    );
  }
  return { name: 'open-output', measures, notes: [`Chromium, ${ROUNDS} rounds, each in a new tab with a warm cache`] };
}

/** Runs a command to its end; returns the path of its entry. */
async function written({ senior }: House, sessionId: string, script: string): Promise<string> {
  const id = await propose(senior, sessionId, script, MOST_MS);
  await completed(senior, id, MOST_MS);
  const { command, session } = await senior.gql<{ command: { entrySeq: number }; session: { number: number } }>(
    'query($id: ID!, $s: ID!) { command(id: $id) { entrySeq } session(id: $s) { number } }',
    { id, s: sessionId },
  );
  return `/s/${session.number}#e${command.entrySeq}`;
}

async function opened(window: BrowserContext, link: string, last: string) {
  const page = await window.newPage();
  page.setDefaultTimeout(60_000);
  try {
    const text = page.getByRole('region', { name: `stdout of entry ${link.split('#e')[1]}`, exact: true });
    const rows = text.locator('.r');
    const began = performance.now();
    await page.goto(link, { waitUntil: 'commit' });
    await rows.first().waitFor();
    const first = performance.now() - began;
    await text.focus();
    const end = await took(async () => {
      await page.keyboard.press('End');
      await text.getByText(last, { exact: true }).waitFor();
    });
    const middle = await toTheMiddle(page, await rows.first().innerText(), () => rows.first().innerText());
    const most = await rows.count();
    // Away and back within the app: what a person does who goes from session to session.
    await page.getByRole('link', { name: 'Sessions', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Sessions' }).waitFor();
    const inApp = await took(async () => {
      await page.goBack({ waitUntil: 'commit' });
      await rows.first().waitFor();
    });
    return { first, end, middle, inApp, rows: most };
  } finally {
    await page.close();
  }
}

async function toTheMiddle(page: Page, before: string, now: () => Promise<string>): Promise<number> {
  const bar = await page.getByRole('scrollbar').last().boundingBox();
  if (bar === null) throw new Error('the output has no bar');
  return took(async () => {
    await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height / 2);
    while ((await now()) === before) await page.waitForTimeout(5);
  });
}

async function took(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
