import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Window, axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { type TestEndpoint, enrollEndpoint } from './harness/endpoint.ts';
import { made } from './harness/lab.ts';
import { type Product, ROOT, startProduct } from './harness/product.ts';

/* A server in a rack: its owner's file and the desk's policy agree, and nobody is asked. Real runtime, real signer, real pages. */
let product: Product;
let browser: Browser;
let endpoint: TestEndpoint | undefined;
let folder: string;
let admin: Desk;
let window: Window;
let desk: Desk;
let clientId: string;
let groupId: string;
const password = randomBytes(12).toString('base64url');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-unattended-'));
  product = await startProduct();
  browser = await openBrowser();
  const first = { mspName: 'Northgate', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@lab.example', password };
  admin = await takeSetupLink(product.setupUrl, first);
  groupId = (await made(admin, 'createClientGroup', { name: 'Dental' }, '... on ClientGroup { id }')).id;
  const client = { name: 'Harbor Dental', groupId };
  clientId = (await made(admin, 'createClient', client, '... on Client { id }')).id;
  const person = { name: 'Sam Whitfield', email: 'sam@lab.example', role: 'senior' };
  const sam = await made<{ setupUrl: string }>(admin, 'createUser', person, '... on CreatedUser { setupUrl }');
  desk = await takeSetupLink(sam.setupUrl, { password });
  window = await openWindow(browser);
}, 600_000);

afterAll(async () => {
  await endpoint?.stop();
  await browser?.close();
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function signedIn(email: string): Promise<void> {
  const { page, context } = window;
  await context.clearCookies();
  await page.goto(product.url);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').first().waitFor();
}

const statusOf = async (id: string) =>
  (
    await desk.gql<{ s: { status: string; number: number } }>(
      'query($id: ID!) { s: session(id: $id) { status number } }',
      { id },
    )
  ).s;
const stateOf = async (id: string) =>
  (await desk.gql<{ command: { state: string } }>('query($id: ID!) { command(id: $id) { state } }', { id })).command
    .state;
const propose = async (sessionId: string, script: string) =>
  (
    await made(
      desk,
      'proposeCommand',
      { sessionId, shell: 'bash', script, reason: 'patch night' },
      '... on Command { id }',
    )
  ).id;

it('U34 a server works unattended by policy: on the board, in the session, at the computer and in a record both verifiers accept', async () => {
  // A new group asks first, and the client's page says that this stops it. Then the group leaves it to the clients.
  const { page, faults } = window;
  await signedIn('ada@lab.example');
  const clientsPolicy = `${product.url}/settings/policy?client=${encodeURIComponent(clientId)}`;
  await page.goto(clientsPolicy);
  await page.getByLabel('Commands that change something').selectOption('unattended');
  await page.getByText('This has no effect yet. Client group').waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await shoot(page, 'settings-policy-stopped');
  const less = { groupId, document: { riskFloor: 'read_only' }, expectedVersion: 1 };
  await made(admin, 'setPolicy', less, '... on Policy { version }');
  await page.goto(clientsPolicy);
  await page.getByLabel('Commands that only read').selectOption('unattended');
  await page.getByLabel('Commands that change something').selectOption('unattended');
  await page.getByLabel('Commands that can destroy data').selectOption('unattended');
  expect(await page.getByText('This has no effect yet').count()).toBe(0);
  expect(await axeFaults(page)).toEqual([]);
  await shoot(page, 'settings-policy-unattended');
  await page.getByLabel('Why, for the history').fill('Servers are patched at night');
  await page.getByRole('button', { name: 'Save version 1' }).click();
  await page.getByText('Version 1 counts for every command proposed from now on.').waitFor();

  const token = { clientId, expectedHost: 'LNX-LAB-01' };
  const shown = await made<{ command: string }>(
    admin,
    'createEnrollmentToken',
    token,
    '... on EnrollmentToken { command }',
  );
  endpoint = await enrollEndpoint(shown.command);
  const prompt = await endpoint.promptUrl();
  const endpointId = await waitFor('the endpoint to be online', async () => {
    const { endpoints } = await desk.gql<{ endpoints: { edges: { node: { id: string; online: boolean } }[] } }>(
      '{ endpoints { edges { node { id online } } } }',
    );
    return endpoints.edges.find(({ node }) => node.online)?.node.id;
  });
  const start = async (title: string) =>
    (
      await made(
        desk,
        'startSession',
        { endpointId, title, request: 'Patches', requester: 'Northgate', reason: 'patch night' },
        '... on Session { id }',
      )
    ).id;

  // The owner said nothing yet: the server's word alone starts nothing, the person at the screen is asked.
  const refused = await start('Before the owner allowed it');
  await waitFor('the question', async () => {
    const state = (await (await fetch(`${prompt}/state`)).json()) as { questions: { kind: string }[] };
    return state.questions.length === 1;
  });
  expect((await statusOf(refused)).status).toBe('pending_approval');
  const entries = await desk.gql<{ s: { approvals: { id: string }[] } }>(
    'query($id: ID!) { s: session(id: $id) { approvals { id } } }',
    { id: refused },
  );
  await made(desk, 'withdrawApproval', { approvalId: entries.s.approvals[0]?.id }, '... on ApprovalRequest { id }');

  await writeFile(join(endpoint.dataDir, 'policy.json'), JSON.stringify({ consent: 'unattended' }));
  const sessionId = await start('Patch night');
  const { number } = await waitFor('the session to run', async () => {
    const found = await statusOf(sessionId);
    return found.status === 'active' ? found : null;
  });
  const change = await propose(sessionId, `set -C; echo patched > ${folder}/patched`);
  await waitFor('the change', async () => (await stateOf(change)) === 'completed', 60_000);
  expect(existsSync(join(folder, 'patched'))).toBe(true);
  const look = await propose(sessionId, 'cat /etc/hostname');
  await waitFor('the look', async () => (await stateOf(look)) === 'completed', 60_000);
  // The owner's file names no class that destroys: that asks.
  const wipe = await propose(sessionId, `rm -rf ${folder}/patched`);
  await waitFor('the question', async () => (await stateOf(wipe)) === 'waiting_approval', 60_000);

  await signedIn('sam@lab.example');
  await page.goto(`${product.url}/s/${number}`);
  await page.getByText('Unattended: policy rule P-10').first().waitFor();
  await page.getByText('Nobody was asked;').first().waitFor();
  expect(await page.getByText('Consent given').count()).toBe(0);
  expect(await axeFaults(page)).toEqual([]);
  await shoot(page, 'session-unattended');
  await page.goto(`${product.url}/board`);
  await page.getByText('Unattended: policy rule P-10').first().waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await shoot(page, 'board-unattended');
  await page.goto(`${product.url}/endpoints/${endpointId}`);
  await page.getByText('Unattended: policy rule P-10').first().waitFor();
  await shoot(page, 'endpoint-unattended');
  await page.goto(prompt);
  await page
    .getByText('Unattended: policy rule P-10, version 1, allowed by the owner of this computer')
    .first()
    .waitFor();
  expect(await axeFaults(page)).toEqual([]);
  await shoot(page, 'prompt-unattended');
  expect(faults).toEqual([]);

  const text = await (await desk.http.get(`/api/sessions/${encodeURIComponent(sessionId)}/export`)).text();
  const file = join(folder, 'record.json');
  await writeFile(file, text);
  const good = await runCli(['verify', file]);
  expect(good.output).toMatch(/valid/i);
  expect(good.code).toBe(0);
  const python = spawnSync('python3', ['-B', join(ROOT, 'docs/verifier/verify.py'), file], { encoding: 'utf8' });
  expect(python.status, python.stdout).toBe(0);
  const bundle = JSON.parse(text) as { entries: { kind: string }[] };
  const kinds = bundle.entries.map(({ kind }) => kind);
  expect(kinds).toContain('unattended_allowed');
  expect(kinds).not.toContain('approval_decided');
}, 300_000);
