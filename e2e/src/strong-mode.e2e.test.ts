import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Window, axeFaults, openBrowser, openPhone, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { type TestEndpoint, enrollEndpoint } from './harness/endpoint.ts';
import { approve, made } from './harness/lab.ts';
import { type Product, ROOT, startProduct } from './harness/product.ts';

let product: Product;
let browser: Browser;
let endpoint: TestEndpoint | undefined;
let folder: string;
let admin: Desk;
let desk: Desk;
let clientId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-strong-'));
  product = await startProduct({}, 'localhost');
  browser = await openBrowser();
  const password = randomBytes(12).toString('base64url');
  const first = { mspName: 'Northgate', timeZone: 'UTC', name: 'Ada Okafor', email: 'ada@lab.example', password };
  admin = await takeSetupLink(product.setupUrl, first);
  const group = await made(admin, 'createClientGroup', { name: 'Dental' }, '... on ClientGroup { id }');
  const client = { name: 'Harbor Dental', groupId: group.id };
  clientId = (await made(admin, 'createClient', client, '... on Client { id }')).id;
  const person = { name: 'Sam Whitfield', email: 'sam@lab.example', role: 'senior' };
  const sam = await made<{ setupUrl: string }>(admin, 'createUser', person, '... on CreatedUser { setupUrl }');
  desk = await takeSetupLink(sam.setupUrl, { password });
}, 600_000);

afterAll(async () => {
  await endpoint?.stop();
  await browser?.close();
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function link(name: string): Promise<string> {
  const input = { clientId, name };
  return (await made<{ url: string }>(admin, 'createApprover', input, '... on ApproverLink { url }')).url;
}

async function propose(sessionId: string, script: string): Promise<string> {
  const input = { sessionId, shell: 'bash', script, reason: 'to look at the VPN' };
  return (await made(desk, 'proposeCommand', input, '... on Command { id }')).id;
}

/** A window in which this person of the staff is signed in. */
async function deskWindow(who: Desk): Promise<Window> {
  const window = await openWindow(browser);
  await window.context.addCookies(who.http.cookies().map((cookie) => ({ ...cookie, url: product.url })));
  return window;
}

/** A computer that was there before strong mode: it knows of no approver. */
async function enrolEarlier(name: string): Promise<void> {
  const input = { clientId, expectedHost: name };
  const { token } = await made<{ token: string }>(
    admin,
    'createEnrollmentToken',
    input,
    '... on EnrollmentToken { token }',
  );
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const facts = {
    ...{ hostname: name, os: 'Debian', osVersion: '12', arch: 'x64', timeZone: 'UTC', users: [], shells: [] },
    ...{ diskFreeBytes: 1, memoryBytes: 1, addresses: [], runtimeUser: 'root' },
  };
  const answer = await fetch(`${product.url}/agent/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: 1, token, hostname: name, publicKey, agentVersion: '1.0.0', facts }),
  });
  expect(answer.status, await answer.text()).toBe(201);
}

const stateOf = async (id: string) =>
  (await desk.gql<{ command: { state: string } }>('query($id: ID!) { command(id: $id) { state } }', { id })).command
    .state;

it('U20 U33 strong mode on a phone: an approver makes a passkey, denies, approves, and the computer runs what was signed', async () => {
  const { page, faults } = await openPhone(browser);
  const registration = await link('Mara Voss');
  await page.goto(registration);
  await page.getByRole('button', { name: 'Make the passkey' }).click();
  await page.getByRole('heading', { name: 'Your passkey is ready' }).waitFor();
  const fingerprint = (await page.locator('b.mono').textContent()) ?? '';
  const address = await page.getByRole('link', { name: 'Open your page' }).getAttribute('href');

  await enrolEarlier('LNX-LAB-00');
  const policy = { clientId, document: { strong: true }, expectedVersion: 0 };
  await made(admin, 'setPolicy', policy, '... on Policy { version }');
  const token = { clientId, expectedHost: 'LNX-LAB-01' };
  const shown = await made<{ command: string }>(
    admin,
    'createEnrollmentToken',
    token,
    '... on EnrollmentToken { command }',
  );
  endpoint = await enrollEndpoint(shown.command);
  const prompt = await endpoint.promptUrl();
  expect(endpoint.output()).toContain(fingerprint);
  const state = (await (await fetch(`${prompt}/state`)).json()) as { approvers: { fingerprint: string }[] };
  expect(state.approvers).toMatchObject([{ name: 'Mara Voss', fingerprint }]);

  const endpointId = await waitFor('the endpoint to be online', async () => {
    const { endpoints } = await desk.gql<{ endpoints: { edges: { node: { id: string; online: boolean } }[] } }>(
      '{ endpoints { edges { node { id online } } } }',
    );
    return endpoints.edges.find(({ node }) => node.online)?.node.id;
  });
  // At the desk: which of the client's computers have approvers pinned, and whom.
  const office = await deskWindow(admin);
  await office.page.goto(`${product.url}/endpoints/${encodeURIComponent(endpointId)}`);
  await office.page.getByText(fingerprint).waitFor();
  await shoot(office.page, 'endpoint-pinned');
  await office.page.goto(`${product.url}/settings/approvers`);
  await office.page.getByText('1 of 2 has no approvers pinned yet').waitFor();
  await office.page.getByRole('row', { name: /LNX-LAB-00.*not pinned yet/ }).waitFor();
  await office.page.getByRole('row', { name: /LNX-LAB-01.*1 approver: Mara Voss/ }).waitFor();
  expect(await axeFaults(office.page)).toEqual([]);
  await shoot(office.page, 'approvers-pinned');
  expect(office.faults).toEqual([]);
  await office.context.close();

  const session = { endpointId, title: 'VPN', request: 'Down', requester: 'Olivia', reason: 'to see why' };
  const { id: sessionId } = await made(desk, 'startSession', session, '... on Session { id }');
  await approve(prompt);
  await waitFor('the session to be active', async () => {
    const { s } = await desk.gql<{ s: { status: string } }>('query($id: ID!) { s: session(id: $id) { status } }', {
      id: sessionId,
    });
    return s.status === 'active';
  });

  // What hides in a command is shown before it is sent.
  const bench = await deskWindow(desk);
  await bench.page.goto(`${product.url}/s/1`);
  await bench.page.getByLabel('Command', { exact: true }).fill('echo ready\nrm -rf /tmp/report-\u202Egpj.exe');
  await bench.page.getByText('1 character is not what you see: U+202E turns the direction of writing.').waitFor();
  await bench.page.getByText('line 2').waitFor();
  expect(await axeFaults(bench.page)).toEqual([]);
  await shoot(bench.page, 'composer-odd');
  expect(bench.faults).toEqual([]);
  await bench.context.close();

  await page.goto(address ?? '');
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
  const denied = await propose(sessionId, `set -C; echo no > ${folder}/denied`);
  await page.getByText(`echo no > ${folder}/denied`).waitFor();
  expect(await axeFaults(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await shoot(page, 'approver-question');
  await page.getByLabel('Language of this page').selectOption('es');
  await page.getByRole('heading', { name: 'Espera su respuesta' }).waitFor();
  await page.getByText(`Escribe en el archivo ${folder}/denied`.slice(0, 40)).waitFor();
  await page.getByRole('button', { name: 'Aprobar con clave de acceso' }).waitFor();
  expect(await page.evaluate('document.documentElement.lang')).toBe('es');
  expect(await axeFaults(page)).toEqual([]);
  await shoot(page, 'approver-question-es');
  await page.getByLabel('Idioma de esta página').selectOption('en');
  await page.getByLabel('Reason, if you deny (optional)').fill('Not before Friday');
  await page.getByRole('button', { name: 'Deny' }).click();
  await waitFor('the command to be denied', async () => (await stateOf(denied)) === 'denied', 30_000);

  // Only reads, and waits all the same.
  const allowed = await propose(sessionId, `cat /etc/hostname`);
  const made2 = await propose(sessionId, `set -C; echo yes > ${folder}/made`);
  await page.getByText('cat /etc/hostname').waitFor();
  expect(await stateOf(allowed)).toBe('waiting_approval');
  const question = page.locator('article', { hasText: 'cat /etc/hostname' });
  await question.getByRole('button', { name: 'Approve with passkey' }).click();
  await waitFor('the command to end', async () => (await stateOf(allowed)) === 'completed', 30_000);
  expect(await stateOf(made2)).toBe('waiting_approval');
  expect(existsSync(join(folder, 'made'))).toBe(false);
  const second = page.locator('article', { hasText: 'echo yes' });
  await second.getByRole('button', { name: 'Approve with passkey' }).click();
  await waitFor('the file', () => existsSync(join(folder, 'made')), 30_000);
  expect(existsSync(join(folder, 'denied'))).toBe(false);
  await page.getByText('Your last answers').waitFor();
  await shoot(page, 'approver');
  expect(faults).toEqual([]);

  // Both verifiers find the record whole, with what the passkey signed in it.
  const exported = await desk.http.get(`/api/sessions/${encodeURIComponent(sessionId)}/export`);
  const text = await exported.text();
  const file = join(folder, 'record.json');
  await writeFile(file, text);
  const good = await runCli(['verify', file]);
  expect(good.output).toMatch(/valid/i);
  expect(good.code).toBe(0);
  expect(good.output).toContain(`${fingerprint}  3 good, of Mara Voss`);
  const python = spawnSync('python3', ['-B', join(ROOT, 'docs/verifier/verify.py'), file], { encoding: 'utf8' });
  expect(python.status, python.stdout).toBe(0);
  expect(python.stdout).toContain(fingerprint);
  const bundle = JSON.parse(text) as { entries: { payload: string }[] };
  const payloads = bundle.entries.map(({ payload }) => Buffer.from(payload, 'base64').toString());
  expect(payloads.filter((payload) => payload.includes('"passkey":{'))).toHaveLength(3);

  // A link works once; a made-up one is not known.
  await page.goto(registration);
  await page.getByText('This link was used already').waitFor();
  await page.goto(`${product.url}/approver/${'x'.repeat(43)}`);
  await page.getByText('This link is not known').waitFor();
}, 300_000);
