import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Window, axeFaults, openBrowser, openPhone, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { type TestEndpoint, enrollEndpoint } from './harness/endpoint.ts';
import { approve, made } from './harness/lab.ts';
import { type Product, ROOT, startProduct } from './harness/product.ts';
import { typeCommand } from './harness/session-page.ts';

/* A client whose changes a named approver has to allow: what is read goes with the consent, and the person at the computer may only say no. */
describe.sequential('a class of commands that asks a named approver', { timeout: 300_000 }, () => {
  const slow = { timeout: 60_000 };
  let product: Product;
  let browser: Browser;
  let endpoint: TestEndpoint | undefined;
  let folder: string;
  let admin: Desk;
  let desk: Desk;
  let clientId: string;
  let prompt: string;
  let sessionId: string;
  let technician: Window;
  let mara: Window;
  let fingerprint: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'throughline-asked-'));
    product = await startProduct({}, 'localhost');
    browser = await openBrowser();
    const password = randomBytes(12).toString('base64url');
    const first = { mspName: 'Northgate', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@lab.example', password };
    admin = await takeSetupLink(product.setupUrl, first);
    const group = await made(admin, 'createClientGroup', { name: 'Dental' }, '... on ClientGroup { id }');
    const client = { name: 'Harbor Dental', groupId: group.id, contactName: 'Olivia Hart' };
    clientId = (await made(admin, 'createClient', client, '... on Client { id }')).id;
    const policy = { clientId, document: { change: 'ask_approver' }, expectedVersion: 0 };
    await made(admin, 'setPolicy', policy, '... on Policy { version }');
    const person = { name: 'Sam Whitfield', email: 'sam@lab.example', role: 'senior' };
    const sam = await made<{ setupUrl: string }>(admin, 'createUser', person, '... on CreatedUser { setupUrl }');
    desk = await takeSetupLink(sam.setupUrl, { password });
    const token = { clientId, expectedHost: 'LNX-LAB-01' };
    const on = '... on EnrollmentToken { command }';
    endpoint = await enrollEndpoint(
      (await made<{ command: string }>(admin, 'createEnrollmentToken', token, on)).command,
    );
    prompt = await endpoint.promptUrl();
    const endpointId = await waitFor('the endpoint to be online', onlineEndpoint, 60_000);
    const input = { endpointId, title: 'VPN', request: 'Down', requester: 'Olivia Hart', reason: 'to see why' };
    sessionId = (await made(desk, 'startSession', input, '... on Session { id }')).id;
    await approve(prompt);
    technician = await signedIn(desk);
    await technician.page.goto(`${product.url}/s/1`);
    await technician.page.getByLabel('Command', { exact: true }).waitFor(slow);
  }, 600_000);

  afterAll(async () => {
    await endpoint?.stop();
    await browser?.close();
    await product?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  async function onlineEndpoint(): Promise<string | undefined> {
    const { endpoints } = await desk.gql<{ endpoints: { edges: { node: { id: string; online: boolean } }[] } }>(
      '{ endpoints { edges { node { id online } } } }',
    );
    return endpoints.edges.find(({ node }) => node.online)?.node.id;
  }

  async function signedIn(who: Desk): Promise<Window> {
    const window = await openWindow(browser);
    await window.context.addCookies(who.http.cookies().map((cookie) => ({ ...cookie, url: product.url })));
    return window;
  }

  const owner = async (...args: string[]) => {
    const words = ['run', '--silent', 'agent', '--', 'approvers', ...args, '--data', endpoint?.dataDir ?? ''];
    const { code, output } = await runCli(words, 'npm');
    expect(code, output).toBe(0);
    return output;
  };

  const script = (name: string) => `set -C; echo made > ${join(folder, name)}`;
  const there = (name: string) => existsSync(join(folder, name));
  const changing = (name: string) => typeCommand(technician.page, script(name), { reason: 'to mend the VPN' });
  /** What is refused asks for no reason. */
  const attempt = (name: string) => typeCommand(technician.page, script(name));

  interface Told {
    script: string;
    state: string;
    rule: string | null;
  }
  async function told(name: string): Promise<Told> {
    const { s } = await desk.gql<{ s: { commands: Told[] } }>(
      'query($id: ID!) { s: session(id: $id) { commands { script state rule } } }',
      { id: sessionId },
    );
    const found = s.commands.find((command) => command.script === script(name));
    if (found === undefined) throw new Error(`nobody proposed ${name}`);
    return found;
  }

  async function exported(): Promise<{ file: string; payloads: string[] }> {
    const answer = await desk.http.get(`/api/sessions/${encodeURIComponent(sessionId)}/export`);
    const text = await answer.text();
    const file = join(folder, 'record.json');
    await writeFile(file, text);
    const { entries } = JSON.parse(text) as { entries: { payload: string }[] };
    return { file, payloads: entries.map(({ payload }) => Buffer.from(payload, 'base64').toString()) };
  }

  it('F049 what only reads goes with the consent, as before', async () => {
    const card = await typeCommand(technician.page, 'cat /etc/hostname');
    await card.getByText('exit 0').first().waitFor(slow);
    await card
      .getByText(/rule P-1,/)
      .first()
      .waitFor(slow);
  });

  it('F049 F042 with nobody to ask it is refused by a rule of its own: no passkey made, then none pinned', async () => {
    const none = await attempt('nobody');
    await none
      .getByText(/no approver of this client has made a passkey yet/)
      .first()
      .waitFor(slow);
    mara = await openPhone(browser);
    const link = { clientId, name: 'Mara Voss', email: 'mara@harbor.example', phone: '555-0177' };
    const { url } = await made<{ url: string }>(admin, 'createApprover', link, '... on ApproverLink { url }');
    await mara.page.goto(url);
    await mara.page.getByRole('button', { name: 'Make the passkey' }).click();
    await mara.page.getByRole('heading', { name: 'Your passkey is ready' }).waitFor(slow);
    fingerprint = (await mara.page.locator('b.mono').textContent()) ?? '';
    await mara.page.getByRole('link', { name: 'Open your page' }).click();
    await mara.page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor(slow);

    const unpinned = await attempt('unpinned');
    await unpinned
      .getByText(/no approver’s passkey is pinned on this computer/)
      .first()
      .waitFor(slow);
    expect(await told('nobody')).toMatchObject({ state: 'refused', rule: 'P-12' });
    expect(await told('unpinned')).toMatchObject({ state: 'refused', rule: 'P-12' });
    const { payloads } = await exported();
    expect(payloads.filter((payload) => payload.includes('"rule":"P-12"'))).toHaveLength(2);
    expect([there('nobody'), there('unpinned')]).toEqual([false, false]);
  });

  it('F045 F046 F053 F054 the owner pins her, she is reminded and called, approves with her passkey, and it runs', async () => {
    const { approvers } = await admin.gql<{ approvers: { pins: string } }>(
      'query($c: ID!) { approvers(clientId: $c) { pins } }',
      { c: clientId },
    );
    const pins = join(folder, 'approvers.json');
    await writeFile(pins, approvers.pins);
    await owner('add', pins);
    expect(await owner('for', 'change')).toContain(fingerprint);

    // The desk hears of the pins with the first command that needs them, and then asks for the reason.
    await technician.page.getByLabel('Command', { exact: true }).fill(script('allowed'));
    const reason = technician.page.getByLabel('Reason, shown to the approver');
    const refused = technician.page.getByText('Change: refused');
    await reason.or(refused).waitFor(slow);
    if (await refused.isVisible()) await technician.page.getByRole('button', { name: /^Run (Ctrl|⌘)/ }).click();
    await reason.waitFor(slow);
    const card = await changing('allowed');
    await card.getByText('A named approver', { exact: true }).waitFor(slow);
    await card
      .getByText(/rule P-11, client policy v1/)
      .first()
      .waitFor(slow);
    const person = await openWindow(browser);
    await person.page.goto(prompt);
    await person.page.getByText(/A named approver of Harbor Dental/).waitFor(slow);
    await person.page.getByText(`Mara Voss (${fingerprint})`).first().waitFor(slow);
    expect(await person.page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await axeFaults(person.page)).toEqual([]);
    await shoot(person.page, 'prompt-approver');
    // Sent by hand, past the page that has no such button.
    await expect(approve(prompt)).rejects.toThrow(/FORBIDDEN.*named approver allows this command/s);
    expect(await told('allowed')).toMatchObject({ state: 'waiting_approval', rule: 'P-11' });
    expect(there('allowed')).toBe(false);
    await technician.page.getByText('Waiting on Approver').waitFor(slow);
    await shoot(technician.page, 'session-approver');
    const board = await signedIn(desk);
    await board.page.goto(`${product.url}/board`);
    const rail = board.page.getByRole('complementary', { name: 'Pending approvals' });
    await rail.getByText('A named approver decides, with a passkey.').waitFor(slow);
    await board.page.getByRole('row', { name: /VPN/ }).getByText('Approver', { exact: true }).waitFor(slow);
    await rail.getByRole('link', { name: '555-0177' }).waitFor(slow);
    await rail.getByRole('link', { name: 'Write to Mara Voss' }).waitFor(slow);
    await rail.getByRole('button', { name: 'Nudge' }).click();
    // This house has no mail server, and says so.
    await board.page.getByText(/^Mara Voss, session 1, is asked again\. Nudge 1\. No mail server is set/).waitFor(slow);
    await rail.getByText('nudged once').waitFor(slow);
    const { auditEvents } = await admin.gql<{ auditEvents: { edges: { node: { details: unknown } }[] } }>(
      '{ auditEvents(first: 5, search: "approver.reminded") { edges { node { details } } } }',
    );
    const done = { approvers: ['Mara Voss'], mailQueuedFor: [], noMail: 'no mail server is set' };
    expect(auditEvents.edges.map(({ node }) => node.details)).toMatchObject([done]);
    await mara.page.getByText(/^Northgate asked you again at .* \(1 time\)\.$/).waitFor(slow);
    await rail.getByRole('button', { name: 'Contacted by phone' }).click();
    const contacted = board.page.getByRole('dialog', { name: 'Contacted Mara Voss' });
    await contacted.getByLabel('No answer').check(slow);
    await shoot(board.page, 'board-approver-called');
    await contacted.getByRole('button', { name: 'Put on the record' }).click();
    await rail.getByText(/^Sam Whitfield contacted Mara Voss/).waitFor(slow);
    expect(await person.page.getByText(/Asked again/).count()).toBe(0);
    expect(await axeFaults(board.page)).toEqual([]);
    await shoot(board.page, 'board-approver');
    expect(board.faults).toEqual([]);
    await board.context.close();

    await mara.page.getByText(`echo made > ${join(folder, 'allowed')}`).waitFor(slow);
    expect(await axeFaults(mara.page)).toEqual([]);
    await shoot(mara.page, 'approver-asked');
    await mara.page.getByRole('button', { name: 'Approve with passkey' }).click();
    await card.getByText('exit 0').first().waitFor(slow);
    expect(there('allowed')).toBe(true);
    await person.page.getByRole('heading', { name: 'Mara Voss said yes.' }).waitFor(slow);
    expect(person.faults).toEqual([]);
    await person.context.close();
  });

  it('F048 the person at the computer says no, and that ends the question', async () => {
    const card = await changing('refused');
    const person = await openWindow(browser);
    await person.page.goto(prompt);
    await person.page.getByLabel('Not now, I am busy').check(slow);
    await person.page.getByRole('button', { name: 'Deny' }).click();
    await person.page.getByRole('heading', { name: 'You said no.' }).waitFor(slow);
    await card
      .getByText(/said no/)
      .first()
      .waitFor(slow);
    expect(await told('refused')).toMatchObject({ state: 'denied', rule: 'P-11' });
    await mara.page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor(slow);
    expect(there('refused')).toBe(false);
    await person.context.close();
  });

  it('F049 the endpoint’s page says whose passkeys it has pinned, and what for', async () => {
    const office = await signedIn(admin);
    await office.page.goto(`${product.url}/endpoints/${encodeURIComponent((await onlineEndpoint()) ?? '')}`);
    await office.page.getByRole('heading', { name: 'Named approvers' }).waitFor(slow);
    await office.page.getByText(fingerprint).waitFor(slow);
    await office.page.getByText(/One of these passkeys has to sign for: changes\./).waitFor(slow);
    expect(await axeFaults(office.page)).toEqual([]);
    await shoot(office.page, 'endpoint-asked');
    expect(office.faults).toEqual([]);
    await office.context.close();
  });

  it('F046 F105 the record has her name and what her passkey signed, and both verifiers find it whole', async () => {
    const { file, payloads } = await exported();
    const decided = payloads.filter((payload) => payload.includes('"decision":') && payload.includes('"approvalId"'));
    expect(decided.filter((payload) => payload.includes('"passkey":{'))).toEqual([
      expect.stringMatching(/"account":"Mara Voss".*"channel":"passkey".*"decision":"approve"/),
    ]);
    expect(decided.filter((payload) => payload.includes('"decision":"deny"'))).toEqual([
      expect.stringContaining('"reason":"Not now, I am busy"'),
    ]);
    expect(payloads.filter((payload) => payload.includes('"approvers":["Mara Voss"]'))).toHaveLength(1);
    expect(payloads.filter((payload) => payload.includes('"approver":"Mara Voss"'))).toHaveLength(1);
    const own = await runCli(['verify', file]);
    expect(own.code, own.output).toBe(0);
    expect(own.output).toContain(`${fingerprint}  1 good, of Mara Voss`);
    const python = spawnSync('python3', ['-B', join(ROOT, 'docs/verifier/verify.py'), file], { encoding: 'utf8' });
    expect(python.status, python.stdout).toBe(0);
    expect(python.stdout).toContain(fingerprint);
    expect([technician.faults, mara.faults]).toEqual([[], []]);
  });
});
