import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Lab, openLab } from './harness/lab.ts';

/* A technician puts a certificate on a computer and fetches it back, in Chromium, with the person's own page beside it. */
let lab: Lab;
let browser: Browser;
let page: Page;
let prompt: Page;
let place: string;
const faults: string[] = [];
const certificate = Buffer.concat([Buffer.from('-----BEGIN CERTIFICATE-----\n'), randomBytes(1_270)]);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const target = () => join(place, 'DigiCertG2.crt');

const card = (text: string): Locator => page.getByRole('article').filter({ hasText: text });
async function ask(fill: (dialog: Locator) => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: /^File…/ }).click();
  const dialog = page.getByRole('dialog');
  await fill(dialog);
  await dialog.waitFor({ state: 'hidden' });
}
async function sayYes(title: RegExp): Promise<void> {
  await prompt.getByRole('heading', { name: title }).waitFor();
  await prompt.getByText(/^Moves this one file, once, with the rights of .* No program is run\.$/).waitFor();
  await prompt.getByRole('button', { name: 'Approve' }).click();
}
async function downloaded(from: Locator): Promise<Buffer> {
  const link = from.getByRole('link', { name: 'Download DigiCertG2.crt' });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toBe('DigiCertG2.crt');
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe.sequential('F040 files in the browser', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    place = await realpath(await mkdtemp(join(tmpdir(), 'throughline-e2e-files-')));
    [lab, browser] = await Promise.all([openLab(), openBrowser()]);
    const window = await openWindow(browser);
    await window.context.addCookies(lab.desk.http.cookies().map((cookie) => ({ ...cookie, url: lab.product.url })));
    page = window.page;
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(error.message));
    prompt = (await openWindow(browser)).page;
    prompt.setDefaultTimeout(20_000);
    await prompt.goto(await lab.endpoint.promptUrl());
    await page.goto(`${lab.product.url}/s/${lab.number}`);
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
    await rm(place, { recursive: true, force: true });
  }, 120_000);

  it('F040 DigiCertG2.crt is sent: the entry shows path, bytes, sha256, sender and approval, and gives the same bytes', async () => {
    await ask(async (dialog) => {
      const send = dialog.getByRole('button', { name: 'Ask, then send' });
      expect(await send.isDisabled()).toBe(true);
      await dialog.getByLabel('File', { exact: true }).setInputFiles({
        name: 'DigiCertG2.crt',
        mimeType: 'application/x-x509-ca-cert',
        buffer: certificate,
      });
      await dialog.getByText(/DigiCertG2\.crt is uploaded: 1,298 bytes/).waitFor();
      await dialog.getByLabel('Where to, on the computer').fill(`${place}/`);
      await dialog.getByText(`It is saved as ${target()}.`).waitFor();
      await dialog.getByLabel(/^Why\?/).fill('so that the sign-in page is trusted');
      expect(await axeFaults(page)).toEqual([]);
      await shoot(page, 'file-dialog');
      await send.click();
    });
    await sayYes(/put a file on this computer/);
    const sent = card('Put file');
    await sent.getByText('exit 0', { exact: true }).waitFor({ timeout: 60_000 });
    expect((await readFile(target())).equals(certificate)).toBe(true);

    await sent.getByText('To the computer').waitFor();
    expect(await sent.getByText(target()).count()).toBeGreaterThan(0);
    expect(await sent.getByText('1,298 bytes').count()).toBeGreaterThan(0);
    expect(await sent.getByText(`${sha256(certificate).slice(0, 12)}…`).count()).toBe(1);
    await sent.getByText(/^Approved by/).waitFor();
    await sent.locator('summary', { hasText: 'Details' }).click();
    await sent.getByText(/Sam Whitfield, sam@lab\.example/).waitFor();
    await sent.getByText('File transferred').waitFor();
    expect(sha256(await downloaded(sent))).toBe(sha256(certificate));
    await shoot(page, 'file-sent');
  });

  it('F040 the same file is not put there a second time over the first, and the card says what to do', async () => {
    await ask(async (dialog) => {
      await dialog.getByLabel('File', { exact: true }).setInputFiles({
        name: 'DigiCertG2.crt',
        mimeType: 'application/x-x509-ca-cert',
        buffer: randomBytes(50),
      });
      await dialog.getByText(/is uploaded: 50 bytes/).waitFor();
      await dialog.getByLabel('Where to, on the computer').fill(target());
      await dialog.getByLabel(/^Why\?/).fill('again');
      await dialog.getByRole('button', { name: 'Ask, then send' }).click();
    });
    await sayYes(/put a file on this computer/);
    const refused = card('(50 bytes');
    await refused.getByText('exit 1', { exact: true }).waitFor({ timeout: 60_000 });
    await refused.scrollIntoViewIfNeeded();
    await refused.getByText(/is there already and stays as it is/).waitFor();
    expect((await readFile(target())).equals(certificate)).toBe(true);
  });

  it('F040 it is fetched back with the same hash', async () => {
    await ask(async (dialog) => {
      await dialog.getByLabel('Fetch a file').check();
      await dialog.getByLabel('Which file of the computer').fill(target());
      await dialog.getByLabel(/^Why\?/).fill('to see that it is whole');
      await dialog.getByRole('button', { name: 'Ask, then fetch' }).click();
    });
    await sayYes(/copy a file from this computer/);
    const fetched = card('Fetch file');
    await fetched.getByText('exit 0', { exact: true }).waitFor({ timeout: 60_000 });
    await fetched.getByText('1,298 bytes').first().waitFor();
    expect(sha256(await downloaded(fetched))).toBe(sha256(certificate));
  });

  it('F040 the record with its transfers verifies', async () => {
    const answer = await lab.desk.http.get(`/api/sessions/${encodeURIComponent(lab.sessionId)}/export`);
    const path = join(place, 'record.json');
    await writeFile(path, Buffer.from(await answer.arrayBuffer()));
    const result = await runCli(['verify', path]);
    expect(result.output).toMatch(/valid/i);
    expect(result.code).toBe(0);
    expect(faults).toEqual([]);
  });
});
