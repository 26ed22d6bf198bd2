import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './harness/browser.ts';
import { type Lab, openLab } from './harness/lab.ts';

/* A browser allows six connections to a host: more commands than that run in one session, and somebody has to stop one. */
const RUNNING = 8;
const script = (n: number) => `for i in $(seq 1 900); do echo "line ${n}-$i."; sleep 0.5; done`;

let lab: Lab;
let browser: Browser;
let context: BrowserContext;
let page: Page;

const card = (n: number, of = page) => of.getByRole('article').filter({ hasText: `line ${n}-$i` });
const newest = async (n: number, of = page): Promise<number> => {
  const text = await card(n, of).getByRole('log', { name: 'stdout, live' }).innerText();
  return Math.max(0, ...[...text.matchAll(new RegExp(`line ${n}-(\\d+)\\.`, 'g'))].map((line) => Number(line[1])));
};

interface Tab {
  page: Page;
  sockets: number;
  /** Names of what was asked for over the socket. */
  follows: Set<string>;
  streams: number;
}

/** One more window of the same browser, and what it keeps open. */
async function openTab(address: string): Promise<Tab> {
  const tab: Tab = { page: await context.newPage(), sockets: 0, follows: new Set(), streams: 0 };
  tab.page.setDefaultTimeout(60_000);
  tab.page.on('websocket', (socket) => {
    tab.sockets += 1;
    socket.on('framesent', ({ payload }) => {
      const name = /boardEvents|sessionEvents|notificationAdded|commandOutput/.exec(String(payload))?.[0];
      if (name !== undefined) tab.follows.add(name);
    });
  });
  tab.page.on('request', (request) => {
    if (request.headers()['accept'] === 'text/event-stream') tab.streams += 1;
  });
  await tab.page.goto(address);
  return tab;
}

async function cancel(n: number, of: Page): Promise<void> {
  await card(n, of).getByRole('button', { name: 'Cancel' }).click();
  await card(n, of)
    .getByText(/^cancelled/i)
    .first()
    .waitFor();
}

describe.sequential('many commands that run', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    [lab, browser] = await Promise.all([openLab(), openBrowser()]);
    for (let n = 0; n < RUNNING; n += 1) await lab.propose(script(n));
    // So high that all of them are in sight.
    context = await browser.newContext({ viewport: { width: 1440, height: 5_000 } });
    await context.addCookies(lab.desk.http.cookies().map((cookie) => ({ ...cookie, url: lab.product.url })));
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${lab.product.url}/s/${lab.number}`);
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    // They would go on without product and runtime, as they should.
    const running = async () => ((await lab?.commands()) ?? []).filter((command) => command.finishedAt === null);
    for (const { id } of await running())
      await lab.desk.act('cancelCommand', 'CancelCommandInput', { commandId: id }, '__typename');
    await waitFor('the end of all', async () => (await running()).length === 0);
    await lab?.close();
  }, 120_000);

  it('F026 each of them goes on under the eyes of who looks', async () => {
    for (let n = 0; n < RUNNING; n += 1) await expect.poll(() => newest(n), { timeout: 60_000 }).toBeGreaterThan(0);
    const before = await Promise.all(Array.from({ length: RUNNING }, (_, n) => newest(n)));
    for (const [n, line] of before.entries())
      await expect.poll(() => newest(n), { timeout: 60_000 }).toBeGreaterThan(line + 2);
  });

  it('F023 any of them can be cancelled meanwhile', async () => {
    await cancel(RUNNING - 1, page);
    const others = (await lab.commands()).filter((command) => command.finishedAt === null);
    expect(others).toHaveLength(RUNNING - 1);
  });

  it('F023 F078 with board and session in two windows of one browser each, a tab keeps one socket and a cancel gets through', async () => {
    const { url } = lab.product;
    const tabs: Tab[] = [];
    for (const path of ['/board', `/s/${lab.number}`, '/board', `/s/${lab.number}`])
      tabs.push(await openTab(`${url}${path}`));
    // The count at the review queue's name is followed on every page, by whoever has one.
    const session = ['boardEvents', 'commandOutput', 'notificationAdded', 'sessionEvents'];
    for (const [i, { follows }] of tabs.entries())
      await expect
        .poll(() => [...follows].sort(), { timeout: 60_000 })
        .toEqual(i % 2 === 0 ? ['boardEvents', 'notificationAdded'] : session);
    const last = tabs[3]!.page;
    for (let n = 0; n < RUNNING - 1; n += 1)
      await expect.poll(() => newest(n, last), { timeout: 60_000 }).toBeGreaterThan(0);
    await cancel(RUNNING - 2, last);
    expect(tabs.map(({ sockets, streams }) => [sockets, streams])).toEqual(tabs.map(() => [1, 0]));
    await Promise.all(tabs.map((tab) => tab.page.close()));
  });

  it('F026 F023 where no socket can be opened, the page follows by server-sent events, and any can be cancelled', async () => {
    // Not the address that PUBLIC_URL names: the server takes no socket from its pages.
    const elsewhere = lab.product.url.replace('127.0.0.1', 'localhost');
    await context.addCookies(lab.desk.http.cookies().map(({ name, value }) => ({ name, value, url: elsewhere })));
    await page.close();
    const tab = await openTab(`${elsewhere}/s/${lab.number}`);
    for (let n = 0; n < RUNNING - 2; n += 1)
      await expect.poll(() => newest(n, tab.page), { timeout: 60_000 }).toBeGreaterThan(0);
    await cancel(RUNNING - 3, tab.page);
    expect([tab.sockets > 2, tab.streams > 2]).toEqual([true, true]);
  });
});
