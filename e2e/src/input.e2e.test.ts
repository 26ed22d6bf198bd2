import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, shoot } from './harness/browser.ts';
import { type Lab, openLab } from './harness/lab.ts';

/* A command that asks, answered in Chromium while it runs; the person at the computer is asked first and sees what is typed. */
let lab: Lab;
let browser: Browser;
let page: Page;
let prompt: Page;
const SCRIPT = 'read -p "Really? " a; echo "you said $a"; read -s pw; echo "got ${#pw} letters, $pw"';
const card = (): Locator => page.getByRole('article').filter({ hasText: SCRIPT });

describe.sequential('answering a running command in the browser', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    [lab, browser] = await Promise.all([openLab(), openBrowser()]);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies(lab.desk.http.cookies().map((cookie) => ({ ...cookie, url: lab.product.url })));
    page = await context.newPage();
    prompt = await context.newPage();
    for (const each of [page, prompt]) each.setDefaultTimeout(20_000);
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  }, 120_000);

  it('U10 F024 asks the person, waits, takes the answers in order, and a secret stands nowhere', async () => {
    await prompt.goto(await lab.endpoint.promptUrl());
    await page.goto(`${lab.product.url}/s/${lab.number}`);
    await page.getByLabel('Command', { exact: true }).fill(SCRIPT);
    await page.getByLabel('Answer it while it runs').check();
    await page.getByText(/nobody can judge now what will be typed/).waitFor();
    await page.getByLabel(/^Reason, shown to/).fill('the installer asks');
    await page.getByRole('button', { name: /Ask, then run/ }).click();

    await prompt.getByText(/While it runs, Sam can type into it/).waitFor();
    await prompt.getByText(/by bash\. Sam Whitfield may type into it while it runs\./).waitFor();
    await shoot(prompt, 'approve-open-input');
    await prompt.getByRole('button', { name: 'Approve' }).click();
    await card().getByText('It waits for an answer').waitFor();
    await shoot(page, 'command-waits-for-answer');

    const field = card().getByLabel('Answer to the command');
    await field.fill('yes, really');
    await field.press('Enter');
    await card().getByText('you said yes, really').first().waitFor();
    await card().getByText('given to the command').waitFor();
    await prompt.getByText('Sam typed “yes, really”').waitFor();

    await card().getByText('It waits for an answer').waitFor();
    await card().getByLabel('Secret, not recorded').check();
    await field.fill('correct-horse-battery');
    await field.press('Enter');
    await card().getByText('exit 0', { exact: true }).waitFor();
    await card().getByText('got 21 letters, {{secret:typed}}').first().waitFor();
    await card()
      .getByText(/stood in the output once and was masked/)
      .waitFor();
    await card().getByText('{{secret:typed}}', { exact: true }).waitFor();
    expect(await page.content()).not.toContain('correct-horse');
    expect(await prompt.content()).not.toContain('correct-horse');
    await shoot(page, 'command-answered');
  });

  it('U16 U17 its line is free of serious faults, wide and narrow, and nothing is cut off', async () => {
    await page.getByLabel('Command', { exact: true }).fill('cat');
    await page.getByLabel('Answer it while it runs').check();
    await page.getByLabel(/^Reason, shown to/).fill('to look at it');
    await page.getByRole('button', { name: /Ask, then run/ }).click();
    await prompt.getByRole('button', { name: 'Approve' }).click();
    const cat = page.getByRole('article').filter({ has: page.getByRole('button', { name: 'End input' }) });
    await cat.waitFor();
    for (const width of [1440, 390])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await cat.scrollIntoViewIfNeeded();
        expect(await axeFaults(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    await cat.getByRole('button', { name: 'End input' }).click();
    await waitFor(
      'the end',
      async () => (await lab.commands()).find(({ script }) => script === 'cat')?.state === 'completed',
    );
    await page.getByText('ended the input').waitFor();
  });
});
