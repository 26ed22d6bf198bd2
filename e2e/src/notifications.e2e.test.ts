import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ScriptedRuntime } from '@throughline/api/testing/scripted-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { made } from './harness/lab.ts';
import { PASSWORD } from './harness/people.ts';
import { type Product, startProduct } from './harness/product.ts';

/* Work is given to somebody who is away: mail brings them to the very session, and their windows agree. Another service hears of it. */
let product: Product;
let browser: Browser;
let smtp: SMTPServer;
let receiver: Server;
const mails: string[] = [];
const heard: { body: string; headers: Record<string, string> }[] = [];
const desks = {} as Record<'ada' | 'dana' | 'theo', Desk>;
let theo: { context: BrowserContext; page: Page };
let ada: Page;
let secret = '';
const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

describe.sequential('F137 notifications', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    smtp = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] },
      onData: (stream, _session, done) => {
        let raw = '';
        stream.on('data', (part: Buffer) => (raw += part.toString()));
        stream.on('end', () => (mails.push(raw), done()));
      },
    });
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        heard.push({ body, headers: request.headers as Record<string, string> });
        response.end();
      });
    });
    await new Promise<void>((resolve) => void smtp.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const env = { SMTP_URL: `smtp://127.0.0.1:${port(smtp.server)}`, WEBHOOK_NETWORKS: '127.0.0.0/8' };
    [product, browser] = await Promise.all([startProduct(env), openBrowser()]);
    const first = { mspName: 'Northgate Managed IT', timeZone: 'America/Chicago', name: 'Ada Okafor' };
    desks.ada = await takeSetupLink(product.setupUrl, { ...first, email: 'ada@northgate.example', password: PASSWORD });
    for (const [key, name, role] of [
      ['dana', 'Dana Ruiz', 'dispatcher'],
      ['theo', 'Theo Lind', 'technician'],
    ] as const) {
      const person = { name, role, email: `${key}@northgate.example` };
      const link = await made<{ setupUrl: string }>(desks.ada, 'createUser', person, '... on CreatedUser { setupUrl }');
      desks[key] = await takeSetupLink(link.setupUrl, { password: PASSWORD });
    }
    const window = await openWindow(browser);
    const cookies = desks.ada.http.cookies();
    await window.context.addCookies(cookies.map(({ name, value }) => ({ name, value, url: product.url })));
    ada = window.page;
    theo = await openWindow(browser);
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
    if (smtp !== undefined) await new Promise<void>((resolve) => smtp.close(resolve));
    receiver?.closeAllConnections();
    receiver?.close();
  }, 120_000);

  it('F137 an admin adds a webhook on its page, and the test arrives signed with the secret that was shown once', async () => {
    await ada.goto(`${product.url}/settings/webhooks`);
    await ada.getByText('No webhook yet').waitFor();
    await ada.getByRole('button', { name: 'Add a webhook' }).click();
    await ada.getByLabel('Name', { exact: true }).fill('Desk channel');
    await ada.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${port(receiver)}/services/word`);
    await ada.getByLabel('A session is assigned').check();
    expect(await axeFaults(ada)).toEqual([]);
    await shoot(ada, 'webhook-new');
    await ada.getByRole('button', { name: 'Add webhook' }).click();
    secret = await ada.locator('.once pre').innerText();
    await ada.getByRole('button', { name: 'Send a test to Desk channel' }).click();
    await ada.getByText('Delivered, answered 200.').waitFor({ timeout: 30_000 });
    expect(new Webhook(secret).verify(heard[0]!.body, heard[0]!.headers)).toMatchObject({ type: 'notification.test' });
    expect(await axeFaults(ada)).toEqual([]);
    await shoot(ada, 'webhooks');
    await ada.getByRole('button', { name: 'I have it' }).click();
    expect(await ada.content()).not.toContain(secret);
  });

  it('F137 work given to somebody who is away goes out as one mail and one signed message', async () => {
    const group = await made(desks.ada, 'createClientGroup', { name: 'All' }, '... on ClientGroup { id }');
    const named = { name: 'Brightline Print', groupId: group.id };
    const client = await made(desks.ada, 'createClient', named, '... on Client { id }');
    const shown = '... on EnrollmentToken { token }';
    const input = { clientId: client.id, expectedHost: 'BRIT-EAST-01' };
    const { token } = await made<{ token: string }>(desks.ada, 'createEnrollmentToken', input, shown);
    await ScriptedRuntime.enrol(product.url, token, 'BRIT-EAST-01');
    const found = await desks.dana.gql<{
      endpoints: { edges: { node: { id: string } }[] };
      assignable: { id: string; name: string }[];
    }>('{ endpoints(first: 1) { edges { node { id } } } assignable { id name } }');
    const item = { endpointId: found.endpoints.edges[0]!.node.id, userId: found.assignable[0]!.id };
    const work = { items: [item], newSession: { title: 'Printer fails' }, idempotencyKey: 'one' };
    await made(desks.dana, 'assignMany', work, '... on AssignedMany { items { code } }');
    await waitFor('the mail and the message', () => mails.length > 0 && heard.length > 1, 30_000);
    const message = new Webhook(secret).verify(heard[1]!.body, heard[1]!.headers);
    expect(message).toMatchObject({ type: 'notification.assigned' });
    expect([mails.length, heard.length]).toEqual([1, 2]);
  });

  it('F137 an admin limits it to one client, sends its last message again, pauses it and lets it go on', async () => {
    await ada.goto(`${product.url}/settings/webhooks`);
    await ada.getByRole('button', { name: 'Change Desk channel' }).click();
    const form = ada.getByRole('form', { name: 'Change Desk channel' });
    await form.getByLabel('Name', { exact: true }).fill('Brightline channel');
    await form.getByLabel('Only these').check();
    await form.getByLabel('Brightline Print').check();
    expect(await axeFaults(ada)).toEqual([]);
    await shoot(ada, 'webhook-change');
    await form.getByRole('button', { name: 'Save' }).click();
    await ada.getByText('Only of Brightline Print').waitFor();
    await ada.getByRole('button', { name: 'Messages to Brightline channel' }).click();
    await ada.getByRole('button', { name: /^Send again: .*Printer fails/ }).click();
    await waitFor('the message once more', () => heard.length === 3, 30_000);
    expect(heard[2]!.headers['webhook-id']).toBe(heard[1]!.headers['webhook-id']);
    await ada.getByRole('button', { name: /^Send again: .*Printer fails/ }).waitFor();
    await ada.getByRole('button', { name: 'Pause Brightline channel' }).click();
    await ada.getByText('Paused by Ada').waitFor();
    expect(await axeFaults(ada)).toEqual([]);
    await shoot(ada, 'webhook-paused');
    await ada.getByRole('button', { name: 'Resume Brightline channel' }).click();
    await ada.getByRole('button', { name: 'Pause Brightline channel' }).waitFor();
  });

  it('F137 F068 the mail’s link leads past sign-in to the session, ready to start', async () => {
    expect(mails[0]).toMatch(/^To: Theo Lind <theo@northgate\.example>\r$/m);
    const link = new RegExp(`^${product.url}/s/\\d+`, 'm').exec(mails[0]!)?.[0];
    expect(link).toBeDefined();
    const { page } = theo;
    await page.goto(link!);
    await page.getByLabel('E-mail').fill('theo@northgate.example');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(link!);
    await page.getByRole('button', { name: 'Start session' }).waitFor();
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
  });

  it('F137 two windows agree on what is unread', async () => {
    const { page, context } = theo;
    const other = await context.newPage();
    await other.goto(`${product.url}/queue`);
    await other.getByRole('button', { name: 'Notifications, 1 unread' }).click();
    await other.getByText(/is now yours: Printer fails/).waitFor();
    await shoot(other, 'notifications');
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
    await page.getByRole('button', { name: 'Mark all read' }).click();
    for (const each of [page, other])
      await each.getByRole('button', { name: 'Notifications', exact: true }).waitFor({ timeout: 10_000 });
    await other.close();
    await page.reload();
    await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  });

  it('F137 a person chooses on their own page what is mailed', async () => {
    const { page } = theo;
    await page.goto(`${product.url}/account#notifications`);
    const box = page.getByRole('checkbox', { name: 'E-mail: A session is given to you' });
    await box.waitFor();
    expect(await box.isChecked()).toBe(true);
    await box.uncheck();
    await page.getByRole('checkbox', { name: 'E-mail: An SLA clock is near or over its limit' }).check();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'notification-choices');
    const asked = '{ viewer { notificationPreferences { kind email } } }';
    const chosen = async () =>
      (
        await desks.theo.gql<{ viewer: { notificationPreferences: { kind: string; email: boolean }[] } }>(asked)
      ).viewer.notificationPreferences
        .filter(({ email }) => email)
        .map(({ kind }) => kind);
    await waitFor('the choice', async () => (await chosen()).join() === 'reassigned,escalated,sla,emergency_sign_in');
    await page.reload();
    await box.waitFor();
    expect(await box.isChecked()).toBe(false);
  });
});
