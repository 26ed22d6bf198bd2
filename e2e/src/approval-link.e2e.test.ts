import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Locator, Page } from 'playwright-core';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Window, axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { type TestEndpoint, enrollEndpoint } from './harness/endpoint.ts';
import { approve, made } from './harness/lab.ts';
import { type Product, ROOT, startProduct } from './harness/product.ts';
import { typeCommand } from './harness/session-page.ts';

/* The person who is asked is not at the computer, whose owner lets an answer by a mailed link count. */
describe.sequential('a link on a phone', { timeout: 300_000 }, () => {
  const slow = { timeout: 60_000 };
  const mails: { to: string[]; raw: string }[] = [];
  let smtp: SMTPServer;
  let product: Product;
  let browser: Browser;
  let endpoint: TestEndpoint | undefined;
  let folder: string;
  let admin: Desk;
  let desk: Desk;
  let prompt: string;
  let sessionId: string;
  let technician: Window;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'throughline-link-'));
    smtp = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] },
      onData: (stream, session, done) => {
        let raw = '';
        stream.on('data', (part: Buffer) => (raw += part.toString()));
        stream.on('end', () => {
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => void smtp.listen(0, '127.0.0.1', resolve));
    const { port } = smtp.server.address() as AddressInfo;
    product = await startProduct({ SMTP_URL: `smtp://127.0.0.1:${port}` });
    browser = await openBrowser();
    const password = randomBytes(12).toString('base64url');
    const first = { mspName: 'Northgate Managed IT', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@lab.example' };
    admin = await takeSetupLink(product.setupUrl, { ...first, password });
    const group = await made(admin, 'createClientGroup', { name: 'Dental' }, '... on ClientGroup { id }');
    const client = { name: 'Harbor Dental', groupId: group.id, contactName: 'Olivia Hart' };
    const { id: clientId } = await made(admin, 'createClient', client, '... on Client { id }');
    const person = { name: 'Sam Whitfield', email: 'sam@lab.example', role: 'senior' };
    const sam = await made<{ setupUrl: string }>(admin, 'createUser', person, '... on CreatedUser { setupUrl }');
    desk = await takeSetupLink(sam.setupUrl, { password });
    const token = { clientId, expectedHost: 'HARB-WS-07' };
    const on = '... on EnrollmentToken { command }';
    endpoint = await enrollEndpoint(
      (await made<{ command: string }>(admin, 'createEnrollmentToken', token, on)).command,
    );
    prompt = await endpoint.promptUrl();
    const endpointId = await waitFor(
      'the endpoint to be online',
      async () => {
        const { endpoints } = await desk.gql<{ endpoints: { edges: { node: { id: string; online: boolean } }[] } }>(
          '{ endpoints { edges { node { id online } } } }',
        );
        return endpoints.edges.find(({ node }) => node.online)?.node.id;
      },
      60_000,
    );
    const input = { endpointId, title: 'VPN', request: 'Down', requester: 'Olivia Hart', reason: 'to see why' };
    sessionId = (await made(desk, 'startSession', input, '... on Session { id }')).id;
    await approve(prompt);
    technician = await openWindow(browser);
    await technician.context.addCookies(desk.http.cookies().map((cookie) => ({ ...cookie, url: product.url })));
    await technician.page.goto(`${product.url}/s/1`);
    await technician.page.getByLabel('Command', { exact: true }).waitFor(slow);
  }, 600_000);

  afterAll(async () => {
    await endpoint?.stop();
    await browser?.close();
    await product?.stop();
    if (smtp !== undefined) await new Promise<void>((resolve) => smtp.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const there = (name: string) => existsSync(join(folder, name));
  const changing = (name: string) =>
    typeCommand(technician.page, `set -C; echo made > ${join(folder, name)}`, { reason: 'to mend the VPN' });
  const sendFrom = (card: Locator) => card.getByRole('button', { name: 'Send a link to Olivia Hart' });

  /** The link out of the newest of so many mails, as a mail program would show it. */
  async function linkIn(count: number): Promise<string> {
    const mail = await waitFor('the mail', () => (mails.length >= count ? mails[count - 1] : undefined), 60_000);
    expect(mail.to).toEqual(['olivia@harbor.example']);
    const link = /http:\/\/\S+\/answer#[\w-]{43}/.exec(mail.raw.replaceAll('=\r\n', ''))?.[0];
    if (link === undefined) throw new Error(`no link in the mail:\n${mail.raw}`);
    return link;
  }

  async function onPhone(link: string, locale = 'en-US'): Promise<Window> {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale, isMobile: true });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(link);
    return { context, page, faults };
  }

  /** Nothing wider than the page at either width, nothing that axe objects to, and pictures of it. */
  async function sound(page: Page, picture: string): Promise<void> {
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${picture} ${width}`).toBe(
        true,
      );
      expect(await axeFaults(page), `${picture} ${width}`).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, picture);
  }

  it('U33 F133 an admin adds the contact’s address to the client’s record, where it was missing', async () => {
    const { page, faults, context } = await openWindow(browser);
    await context.addCookies(admin.http.cookies().map((cookie) => ({ ...cookie, url: product.url })));
    await page.goto(`${product.url}/settings/clients`);
    await page.getByRole('button', { name: 'Change contact at Harbor Dental' }).click();
    const dialog = page.getByRole('dialog', { name: 'Contact at Harbor Dental' });
    await dialog.getByLabel('E-mail').fill('olivia@harbor.example');
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'settings-client-contact');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'Olivia Hart, olivia@harbor.example' }).waitFor(slow);
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${width}`).toBe(true);
    }
    await shoot(page, 'settings-clients-contact');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('U33 U31 U20 F046 the owner allows it, she opens the link on her phone, approves, and the command runs', async () => {
    const card = await changing('allowed');
    // Not before the owner has said so: the computer is asked anew, and the sentence says what to do.
    await sendFrom(card).click();
    await card.getByText(/"approvalLink": true in policy\.json/).waitFor(slow);
    await writeFile(join(endpoint?.dataDir ?? '', 'policy.json'), JSON.stringify({ approvalLink: true }));
    await sendFrom(card).click();
    await card.getByText(/Link sent to Olivia Hart at .*, not opened yet\./).waitFor(slow);
    expect(await axeFaults(technician.page)).toEqual([]);
    await shoot(technician.page, 'session-link-sent');

    const link = await linkIn(1);
    const { page, faults, context } = await onPhone(link);
    await page.getByRole('heading', { name: 'May Sam change something on HARB-WS-07?' }).waitFor(slow);
    await page.getByText(`set -C; echo made > ${join(folder, 'allowed')}`, { exact: true }).waitFor(slow);
    await page.getByText('Sam wrote: “to mend the VPN”').waitFor(slow);
    // The code that is compared by phone is the desk's, and the computer's own page shows it as well.
    const code = (await card.locator('.code').innerText()).trim();
    await page.getByText(code, { exact: true }).waitFor(slow);
    await card.getByText(/Link sent to Olivia Hart at .*, opened /).waitFor(slow);
    await sound(page, 'link-question');
    await page.getByRole('button', { name: 'Approve' }).scrollIntoViewIfNeeded();
    await shoot(page, 'link-answer');
    await page.getByLabel('Language of this page').selectOption('es');
    await page.getByRole('heading', { name: '¿Puede Sam cambiar algo en HARB-WS-07?' }).waitFor(slow);
    await sound(page, 'link-question-es');
    await page.getByLabel('Idioma de esta página').selectOption('en');
    await page.getByRole('heading', { name: 'May Sam change something on HARB-WS-07?' }).waitFor(slow);
    expect(there('allowed')).toBe(false);
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: 'You said yes.' }).waitFor(slow);
    await sound(page, 'link-approved');
    await card.getByText('exit 0').first().waitFor(slow);
    expect(there('allowed')).toBe(true);
    expect(faults).toEqual([]);
    await context.close();

    // Used up: whoever opens it now reads the same as whoever guesses.
    const again = await onPhone(link);
    await again.page.getByRole('heading', { name: 'This link no longer works' }).waitFor(slow);
    await sound(again.page, 'link-dead');
    await again.context.close();
    const person = await openWindow(browser);
    await person.page.goto(prompt);
    await person.page.getByRole('heading', { name: 'Olivia Hart said yes by the link on a phone.' }).waitFor(slow);
    await person.page.getByText(/^The answer by the link counted at /).waitFor(slow);
    await shoot(person.page, 'prompt-link');
    await person.context.close();
  });

  it('U33 F048 she says no on her phone, in her own words and language, by keys alone, and the reply is lost', async () => {
    const card = await changing('denied');
    await sendFrom(card).click();
    const board = await technician.context.newPage();
    await board.goto(`${product.url}/board`);
    const rail = board.getByRole('complementary', { name: 'Pending approvals' });
    await rail.getByText(/The link to Olivia Hart is on its way\.|not opened yet\./).waitFor(slow);
    const link = await linkIn(2);
    const { page, faults, context } = await onPhone(link, 'es-MX');
    await rail.getByText(/Link sent to Olivia Hart at .*, opened /).waitFor(slow);
    expect(await axeFaults(board)).toEqual([]);
    await shoot(board, 'board-link');
    await board.close();
    await page.getByRole('heading', { name: '¿Puede Sam cambiar algo en HARB-WS-07?' }).waitFor(slow);
    await page.getByLabel('Sus propias palabras').focus();
    await page.keyboard.type('Estoy con un paciente');
    await page.keyboard.press('Tab');
    // The answer arrives; nothing comes back.
    const calls = '**/api/approval-link/*';
    await page.route(calls, async (route) => {
      if (route.request().url().endsWith('/answer')) await route.fetch();
      await route.abort();
    });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No sabemos si su respuesta llegó.' }).waitFor(slow);
    await sound(page, 'link-unsure');
    await page.unroute(calls);
    await page.getByRole('heading', { name: 'Usted dijo que no.' }).waitFor(slow);
    // The address holds no secret; the same link opened in this tab again begins anew, and is used up.
    expect(page.url()).toBe(`${product.url}/answer`);
    await page.evaluate(`location.hash = ${JSON.stringify(new URL(link).hash)}`);
    await page.getByRole('heading', { name: 'Este enlace ya no funciona' }).waitFor(slow);
    expect(page.url()).toBe(`${product.url}/answer`);
    await page.reload();
    await page.getByRole('heading', { name: 'Esta página ya no tiene su enlace' }).waitFor(slow);
    await sound(page, 'link-none');
    await card
      .getByText(/Estoy con un paciente/)
      .first()
      .waitFor(slow);
    expect(there('denied')).toBe(false);
    expect([faults, technician.faults]).toEqual([[], []]);
    await context.close();
  });

  it('U33 F046 F105 the record says that it was the link, whose, and when; both verifiers find it whole', async () => {
    const answer = await desk.http.get(`/api/sessions/${encodeURIComponent(sessionId)}/export`);
    const text = await answer.text();
    const file = join(folder, 'record.json');
    await writeFile(file, text);
    const { entries } = JSON.parse(text) as { entries: { kind: string; payload: string }[] };
    const payloads = (kind: string) =>
      entries
        .filter((entry) => entry.kind === kind)
        .map(({ payload }) => JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, unknown>);
    const link = { name: 'Olivia Hart', email: 'olivia@harbor.example' };
    expect(payloads('approval_link_sent')).toMatchObject([link, link]);
    expect(payloads('approval_decided').filter(({ channel }) => channel === 'link')).toMatchObject([
      { decision: 'approve', account: 'Olivia Hart', link, shown: { channel: 'link_page', language: 'en' } },
      { decision: 'deny', reason: 'Estoy con un paciente', link, shown: { language: 'es' } },
    ]);
    const own = await runCli(['verify', file]);
    expect(own.code, own.output).toBe(0);
    const python = spawnSync('python3', ['-B', join(ROOT, 'docs/verifier/verify.py'), file], { encoding: 'utf8' });
    expect(python.status, python.stdout).toBe(0);
    await technician.page
      .getByText('Link sent', { exact: true })
      .first()
      .waitFor({ ...slow, state: 'attached' });
    // The file's payloads are base64: what is looked for would not be found in its text.
    const said = text + entries.map(({ payload }) => Buffer.from(payload, 'base64').toString()).join('\n');
    expect(said).toContain('Estoy con un paciente');
    for (const { raw } of mails) {
      const token = /#([\w-]{43})/.exec(raw.replaceAll('=\r\n', ''))?.[1] ?? raw;
      expect(said).not.toContain(token);
    }
  });
});
