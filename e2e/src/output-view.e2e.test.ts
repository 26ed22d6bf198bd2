import { createHash } from 'node:crypto';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser } from './harness/browser.ts';
import { type Lab, openLab } from './harness/lab.ts';

/* What a technician does with outputs, in Chromium: one as long as people meet, and bytes that are no plain text. */
let lab: Lab;
let browser: Browser;
let page: Page;
const faults: string[] = [];

const SEQ = 'seq 1 1000000';
/** `für Büro` in code page 850, a NUL, a byte that is no UTF-8, an escape, and a progress bar. */
const BYTES = String.raw`printf 'f\201r B\201ro\n\0\377\033[31mred\033[0m\n10%%\r50%%\r99%%\n'`;
const WRITTEN = Buffer.from('f\x81r B\x81ro\n\0\xff\x1b[31mred\x1b[0m\n10%\r50%\r99%\n', 'latin1');

const card = (script: string): Locator => page.getByRole('article').filter({ hasText: script });
const region = (script: string): Locator => card(script).getByRole('region', { name: /^stdout of entry/ });
const clipboard = () => page.evaluate('navigator.clipboard.readText()') as Promise<string>;
async function look(script: string, choice: RegExp): Promise<void> {
  await card(script).getByRole('button', { name: 'View of stdout' }).click();
  await page
    .getByRole('menuitemradio', { name: choice })
    .or(page.getByRole('menuitemcheckbox', { name: choice }))
    .click();
}
async function downloaded(script: string): Promise<Buffer> {
  const link = card(script).getByRole('link', { name: 'Download raw stdout' });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe.sequential('outputs in the browser', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    [lab, browser] = await Promise.all([openLab(), openBrowser()]);
    await lab.run(BYTES);
    await lab.run('ls /nonexistent || true');
    await lab.run(SEQ);
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await context.addCookies(lab.desk.http.cookies().map((cookie) => ({ ...cookie, url: lab.product.url })));
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(error.message));
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  }, 120_000);

  it('U07 6.9 MB open at their first lines, and their end is one key away', async () => {
    await page.goto(`${lab.product.url}/s/${lab.number}`);
    await region(SEQ).getByText('24', { exact: true }).waitFor();
    const began = Date.now();
    await page.reload();
    await region(SEQ).getByText('24', { exact: true }).waitFor();
    const took = Date.now() - began;
    console.log(`6.9 MB: ${took} ms from reload to the first page of the output`);
    expect(await card(SEQ).getByText('6,888,896 bytes').count()).toBe(1);
    await region(SEQ).focus();
    await page.keyboard.press('End');
    await region(SEQ).getByText('1000000', { exact: true }).waitFor();
    expect(await region(SEQ).locator('.r').count()).toBeLessThanOrEqual(2400);
    await page.keyboard.press('Home');
    await region(SEQ).getByText('1', { exact: true }).waitFor();
  });

  it('U07 finds a word on its last lines, counts every place, and goes there', async () => {
    await region(SEQ).focus();
    await page.keyboard.press('Control+f');
    const find = card(SEQ).getByRole('search');
    await find.getByLabel('Find in stdout').fill('99999');
    await find.getByRole('status').filter({ hasText: '1 of 19' }).waitFor();
    await page.keyboard.press('Shift+Enter');
    await find.getByRole('status').filter({ hasText: '19 of 19' }).waitFor();
    const mark = region(SEQ).locator('mark.now');
    await mark.waitFor();
    expect(
      await region(SEQ)
        .locator('.r', { has: page.locator('mark.now') })
        .innerText(),
    ).toBe('999999');
    await look(SEQ, /Line numbers/);
    await waitFor(
      'the line to have its number',
      async () =>
        (await region(SEQ)
          .locator('.r', { has: page.locator('mark.now') })
          .getAttribute('data-n')) === '999,999',
    );
    await page.keyboard.press('Escape');
  });

  it('U05 U08 U09 F027 the same bytes are read another way, and nothing but the view changes', async () => {
    await region(BYTES).scrollIntoViewIfNeeded();
    const shown = () => region(BYTES).innerText();
    await waitFor('the bytes as UTF-8', async () => (await shown()).includes('f\ufffdr B\ufffdro'));
    expect(await shown()).toMatch(/^f\ufffdr B\ufffdro\n␀\ufffdred\n99%$/);
    expect(await region(BYTES).locator('.ansi-red-fg').innerText()).toBe('red');
    await look(BYTES, /Every state/);
    await waitFor('every state of the bar', async () => (await shown()).includes('10%␍\n50%␍\n99%'));
    await look(BYTES, /CP850/);
    await waitFor('the bytes as CP850', async () => (await shown()).startsWith('für Büro\n'));
    expect((await downloaded(BYTES)).equals(WRITTEN)).toBe(true);
  });

  it('U06 copies the text of the stored bytes, whole: escapes, carriage returns and what is not on the page', async () => {
    await card(BYTES).getByRole('button', { name: 'Copy stdout' }).click();
    const text = 'für Büro\n\0\u00a0\u001b[31mred\u001b[0m\n10%\r50%\r99%\n';
    await waitFor('the clipboard', async () => (await clipboard()) === text).catch(async () =>
      expect(JSON.stringify(await clipboard())).toBe(JSON.stringify(text)),
    );
    await card(SEQ).getByRole('button', { name: 'Copy stdout' }).click();
    await waitFor('6.9 MB in the clipboard', async () => (await clipboard()).length === 6_888_896);
    expect(sha256(Buffer.from(await clipboard()))).toBe(await sumOf(SEQ));
  });

  it('U07 F026 the download is what the endpoint signed', async () => {
    const bytes = await downloaded(SEQ);
    expect(bytes.length).toBe(6_888_896);
    expect(sha256(bytes)).toBe(await sumOf(SEQ));
  });

  it('F025 follows a running command, and tells of new lines to who reads further up', async () => {
    const script = 'for i in $(seq 1 2000); do echo "row $i"; sleep 0.01; done';
    await lab.propose(script);
    await card(script).scrollIntoViewIfNeeded();
    const live = card(script).getByRole('log', { name: 'stdout, live' });
    await live
      .getByText(/^row \d+$/)
      .last()
      .waitFor();
    const bottom = () => live.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight);
    await waitFor('more rows than fit', async () => (await live.locator('.r').count()) > 60);
    expect(await bottom()).toBeLessThan(40);
    await live.focus();
    await page.keyboard.press('PageUp');
    const button = card(script).getByRole('button', { name: /new lines?$/ });
    await button.waitFor();
    const top = await live.evaluate((e) => e.scrollTop);
    await page.waitForTimeout(500);
    expect(await live.evaluate((e) => e.scrollTop)).toBe(top);
    await button.click();
    await waitFor('the end again', async () => (await bottom()) < 40);
    await card(script).getByText('exit 0', { exact: true }).waitFor({ timeout: 60_000 });
    await region(script).getByText('row 2000', { exact: true }).waitFor();
  });

  it('F029 F035 exit 0 with stderr is amber; the context is there and the environment on demand', async () => {
    const amber = card('ls /nonexistent || true');
    await amber.scrollIntoViewIfNeeded();
    await amber.getByText('exit 0, 1 line on stderr').waitFor();
    await amber.getByRole('button', { name: 'Environment' }).click();
    const row = amber.getByRole('row', { name: /^FOO/ });
    expect(await row.innerText()).toMatch(/FOO\s+bar/);
    expect(await amber.getByRole('row', { name: /MY_API_TOKEN/ }).innerText()).not.toContain('never-shown');
  });

  it('axe finds no serious fault, wide and narrow, light and dark', async () => {
    for (const width of [1440, 390])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await region(SEQ).scrollIntoViewIfNeeded();
        expect(await axeFaults(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    expect(faults).toEqual([]);
  });
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
async function sumOf(script: string): Promise<string | null> {
  return (await lab.commands()).find((each) => each.script === script)?.stdout.sha256 ?? null;
}
