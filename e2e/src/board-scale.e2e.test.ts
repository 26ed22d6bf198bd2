import { fillDatabase } from '@throughline/infra/testing/fill-database';
import { waitFor } from '@throughline/infra/testing/wait-for';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Window, axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { takeSetupLink } from './harness/desk.ts';
import { PASSWORD } from './harness/people.ts';
import { type Product, startProduct } from './harness/product.ts';

/* The board of a hundred clients with twenty endpoints each and 500 open sessions, in Chromium. */
const [CLIENTS, EACH, OPEN, FINISHED] = [100, 20, 500, 600];
/** Rows on the page at any time: a screenful and some beyond either edge. */
const MOST_ROWS = 160;

let product: Product;
let browser: Browser;
let window: Window;
let page: Page;
let db: pg.Client;
let mspId: string;

beforeAll(async () => {
  product = await startProduct();
  const first = { mspName: 'Northgate Managed IT', timeZone: 'America/Chicago', name: 'Ada Okafor' };
  const ada = await takeSetupLink(product.setupUrl, { ...first, email: 'ada@northgate.example', password: PASSWORD });
  db = new pg.Client({ connectionString: await product.databaseUrl() });
  await db.connect();
  mspId = (await db.query<{ id: string }>('select id from msp')).rows[0]!.id;
  await fillDatabase(db, mspId, {
    clients: CLIENTS,
    endpointsEach: EACH,
    people: 50,
    open: OPEN,
    finished: FINISHED,
    months: 24,
  });
  browser = await openBrowser();
  window = await openWindow(browser);
  await window.context.addCookies(ada.http.cookies().map(({ name, value }) => ({ name, value, url: product.url })));
  page = window.page;
  page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  await browser?.close();
  await db?.end();
  await product?.stop();
});

const rows = () => page.locator('table.t tr[data-index]');
const board = () => page.locator('.scroll');
const nameAt = (index: number) => page.locator(`tr[data-index="${index}"] .c-ep .mono`).textContent();
/** A row with a session in the middle of the window, by its place in the whole table. */
async function rowInSight(): Promise<{ index: number; top: number; number: number }> {
  const found = await page.evaluate<{ index: number; top: number; number: number } | null>(`(() => {
    const rows = [...document.querySelectorAll('tr[data-index]:not(.grp, .idle)')];
    const row = rows.find((each) => each.getBoundingClientRect().top > 350 && each.getBoundingClientRect().top < 700);
    if (!row) return null;
    return { index: Number(row.dataset.index), top: row.getBoundingClientRect().top, number: Number(row.querySelector('.no')?.textContent) };
  })()`);
  if (found === null) throw new Error('no session is in sight');
  return found;
}
const topOf = (number: number) =>
  page
    .locator('tr[data-index]')
    .filter({ has: page.locator('.no', { hasText: String(number) }) })
    .evaluate((row) => row.getBoundingClientRect().top);
const tell = (event: object) =>
  db.query(`select pg_notify('throughline', $1)`, [JSON.stringify({ m: mspId, ...event })]);
async function scrollTo(share: number): Promise<void> {
  await board().evaluate(
    (element, to) => (element.scrollTop = (element.scrollHeight - element.clientHeight) * to),
    share,
  );
  await waitFor('rows to stand where it was scrolled to', () => rowInSight().catch(() => false), 30_000);
}

describe('the board with 2,000 endpoints', () => {
  it('F139 says how long it is and has only what is near on the page', async () => {
    await page.goto(`${product.url}/board`);
    await rows().first().waitFor();
    expect(await page.locator('table.t').getAttribute('aria-rowcount')).toBe(String(CLIENTS * EACH + CLIENTS + 1));
    for (const share of [0, 0.25, 0.5, 1]) {
      await scrollTo(share);
      expect(await rows().count()).toBeLessThan(MOST_ROWS);
      // What stands there says which row of all it is.
      const { index } = await rowInSight();
      expect(await page.locator(`tr[data-index="${index}"]`).getAttribute('aria-rowindex')).toBe(String(index + 2));
    }
    await page
      .locator('tr[data-index]')
      .filter({ hasText: `WS-${String(CLIENTS * EACH - 1).padStart(5, '0')}` })
      .waitFor();
  });

  it('F078 U25 shows a change in place, and a new endpoint above does not move what is being read', async () => {
    await scrollTo(0.5);
    const { number, top } = await rowInSight();
    const { rows: changed } = await db.query<{ id: string }>(
      `update session set title = 'Changed while looking' where msp_id = $1 and number = $2 returning id`,
      [mspId, number],
    );
    await tell({ k: 'session', s: changed[0]!.id });
    await page.getByText('Changed while looking').waitFor();
    expect(Math.abs((await topOf(number)) - top)).toBeLessThan(2);

    const { rows: made } = await db.query<{ id: string }>(
      `insert into endpoint (msp_id, id, client_id, name, online) select msp_id, gen_random_uuid(), id, 'AA-NEW-01', true
       from client where msp_id = $1 and name = 'Client 0000' returning id`,
      [mspId],
    );
    await tell({ k: 'endpoint', e: made[0]!.id });
    await page.locator(`table.t[aria-rowcount="${CLIENTS * EACH + CLIENTS + 2}"]`).waitFor();
    await waitFor('the row to stand where it stood', async () => Math.abs((await topOf(number)) - top) < 2, 30_000);
  });

  it('U23 keys move through all of it, and a row with the focus stays while it is scrolled away', async () => {
    await scrollTo(0);
    const link = page.locator('tr[data-index="3"] .c-ep a');
    await link.focus();
    const name = await nameAt(3);
    await scrollTo(0.6);
    expect(await page.evaluate('document.activeElement?.textContent')).toContain(name);
    await page.keyboard.press('Tab');
    await waitFor(
      'the focus to be in the table still',
      () => page.evaluate<boolean>(`document.activeElement?.closest('table.t') != null`),
      30_000,
    );

    await page.evaluate('document.activeElement.blur()');
    for (let i = 0; i < 150; i += 1) await page.keyboard.press('j');
    const cursor = page.locator('tr[data-cursor]');
    await cursor.waitFor();
    expect(Number(await cursor.getAttribute('data-index'))).toBeGreaterThan(150);
    const box = await cursor.boundingBox();
    const around = await board().boundingBox();
    // Below the heads that stay, above the lower edge.
    expect(box!.y).toBeGreaterThanOrEqual(around!.y + 50);
    expect(box!.y + box!.height).toBeLessThanOrEqual(around!.y + around!.height);
  });

  it('U16 is right for screen readers and on a phone', async () => {
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'board-2000');
    await page.setViewportSize({ width: 390, height: 844 });
    await rows().first().waitFor();
    await page.locator('.board').evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
    await waitFor(
      'rows in the middle of the phone',
      () =>
        page.evaluate<boolean>(`[...document.querySelectorAll('tr[data-index]')].some((row) => {
          const { top } = row.getBoundingClientRect();
          return Number(row.dataset.index) > 300 && top > 100 && top < 700;
        })`),
      30_000,
    );
    expect(await rows().count()).toBeLessThan(MOST_ROWS);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('F076 everything chosen stands on one line of a desk, long names too, and wraps on a phone', async () => {
    const group = 'Dental and medical offices of the northern shore';
    const { rows: ids } = await db.query<{ group: string; person: string }>(
      `with g as (update client_group set name = $2 where msp_id = $1 and name = 'Filled 0' returning id),
         p as (update app_user set name = 'Maximiliane Featherstonehaugh' where msp_id = $1 and email = 'person1@filled.example' returning id)
       select g.id as group, p.id as person from g, p`,
      [mspId, group],
    );
    const idOf = (kind: string, id: string) => encodeURIComponent(Buffer.from(`${kind}:${id}`).toString('base64'));
    const [groupId, technician] = [idOf('ClientGroup', ids[0]!.group), idOf('User', ids[0]!.person)];
    const filters = `group=${groupId}&technician=${technician}&device=offline&pending=1&priority=urgent.normal&sla=running.warned.breached.paused`;
    await page.goto(`${product.url}/board?${filters}&q=ws-000`);
    await page.getByRole('button', { name: group }).waitFor();
    await shoot(page, 'board-filters');
    const bar = page.getByRole('search', { name: 'Filter the board' });
    const boxes = () =>
      bar
        .locator('.find, .chip, .btn')
        .evaluateAll((all) =>
          all.map((each) => each.getBoundingClientRect()).map(({ top, right }) => ({ top: Math.round(top), right })),
        );
    const lines = async () => new Set((await boxes()).map(({ top }) => top)).size;
    expect((await boxes()).length).toBe(9);
    expect(await lines()).toBe(1);
    expect(Math.max(...(await boxes()).map(({ right }) => right))).toBeLessThanOrEqual(1440 - 16);
    await page.setViewportSize({ width: 390, height: 844 });
    await waitFor('the bar to wrap', async () => (await lines()) > 1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('F139 a long list of sessions has only what is near on the page, too', async () => {
    await page.goto(`${product.url}/sessions`);
    const more = page.getByRole('button', { name: /more/i });
    for (let shown = 50; shown < 300; shown += 50) {
      await page.locator(`table.list[aria-rowcount="${shown + 1}"]`).waitFor();
      await more.scrollIntoViewIfNeeded();
      await more.click();
    }
    await page.locator('table.list[aria-rowcount="301"]').waitFor();
    expect(await page.locator('table.list tr[data-index]').count()).toBeLessThan(MOST_ROWS);
    expect(window.faults).toEqual([]);
  });
});
