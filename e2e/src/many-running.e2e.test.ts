import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './harness/browser.ts';
import { type Lab, openLab } from './harness/lab.ts';

/* A browser allows six connections to a host: more commands than that run in one session, and somebody has to stop one. */
const RUNNING = 8;
const script = (n: number) => `for i in $(seq 1 900); do echo "line ${n}-$i."; sleep 0.5; done`;

let lab: Lab;
let browser: Browser;
let page: Page;

const card = (n: number) => page.getByRole('article').filter({ hasText: `line ${n}-$i` });
const newest = async (n: number): Promise<number> => {
  const text = await card(n).getByRole('log', { name: 'stdout, live' }).innerText();
  return Math.max(0, ...[...text.matchAll(new RegExp(`line ${n}-(\\d+)\\.`, 'g'))].map((line) => Number(line[1])));
};

describe.sequential('many commands that run', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    [lab, browser] = await Promise.all([openLab(), openBrowser()]);
    for (let n = 0; n < RUNNING; n += 1) await lab.propose(script(n));
    // So high that all of them are in sight.
    const context = await browser.newContext({ viewport: { width: 1440, height: 5_000 } });
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
    await card(RUNNING - 1)
      .getByRole('button', { name: 'Cancel' })
      .click();
    await card(RUNNING - 1)
      .getByText(/^cancelled/i)
      .first()
      .waitFor();
    const others = (await lab.commands()).filter((command) => command.finishedAt === null);
    expect(others).toHaveLength(RUNNING - 1);
  });
});
