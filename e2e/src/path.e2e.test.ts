import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { runCli } from './harness/cli.ts';
import { type TestEndpoint, enrollEndpoint } from './harness/endpoint.ts';
import { layoutFaults } from './harness/overlaps.ts';
import { type Person, STAFF, type StaffName, firstSignIn } from './harness/people.ts';
import { type Product, ROOT, startProduct } from './harness/product.ts';
import { type PsaServer, sendStandardTicket, sendTicket, startPsaServer, ticketBody } from './harness/psa-server.ts';
import { changeOneOutputByte } from './harness/tamper.ts';

/*
 * The path that must work for real, in Chromium, on real processes: a ticket becomes an approved, recorded, searchable fix.
 * The steps build on each other, so they run in order and the first failure ends the run.
 */
const HMAC_SECRET = 'a-shared-secret-of-the-psa';
const NOTE_SECRET = 'note-token-of-the-psa';
const STANDARD_SECRET = `whsec_${Buffer.from('another secret of a psa').toString('base64')}`;

let product: Product;
let browser: Browser;
let psa: PsaServer;
let endpoint: TestEndpoint;
let lab: string;
let admin: Person;
const staff = {} as Record<StaffName, Person>;
let prompt: Page;
let webhookUrl = '';
let number = 0;

describe.sequential('a ticket becomes a proven fix', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    lab = await mkdtemp(join(tmpdir(), 'throughline-lab-'));
    [product, browser, psa] = await Promise.all([startProduct(), openBrowser(), startPsaServer(NOTE_SECRET)]);
  }, 900_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await photographAll();
  });
  afterAll(async () => {
    await endpoint?.stop();
    await browser?.close();
    await psa?.stop();
    await product?.stop();
    await rm(lab, { recursive: true, force: true });
  }, 120_000);

  it('1 F133 F136 the admin sets a password over the one-time link and lays out the house', async () => {
    admin = await firstSignIn(browser, product.setupUrl, async (page) => {
      await page.getByLabel('Organisation').fill('Northgate Managed IT');
      await page.getByLabel('Time zone').selectOption('America/Chicago');
      await page.getByLabel('Your name').fill('Ada Okafor');
      await page.getByLabel('E-mail').fill('ada@northgate.example');
    });
    const { page } = admin;
    await page.goto(`${product.url}/settings/clients`);
    await page.getByLabel('Name of the new group').fill('Dental');
    await page.getByRole('button', { name: 'Add group' }).click();
    const form = page.getByRole('form', { name: 'New client' });
    await form.getByLabel('Group').selectOption({ label: 'Dental' });
    await form.getByLabel('Name', { exact: true }).fill('Harbor Dental');
    await form.getByLabel('Contact at the client').fill('Olivia Hart');
    await form.getByLabel('Phone').fill('555-0101');
    await form.getByRole('button', { name: 'Add client' }).click();
    await page.getByRole('rowheader', { name: 'Harbor Dental' }).waitFor();
    await shoot(page, 'settings-clients');

    for (const [key, person] of Object.entries(STAFF) as [StaffName, (typeof STAFF)[StaffName]][]) {
      const link = await addPerson(page, person);
      staff[key] = await firstSignIn(browser, link);
    }
    await addConnection(page, {
      name: 'Northgate Halo',
      slug: 'northgate-halo',
      scheme: 'hmac-sha256',
      secret: HMAC_SECRET,
      noteUrl: psa.noteUrl,
    });
    await addConnection(page, {
      name: 'Northgate Events',
      slug: 'northgate-events',
      scheme: 'standard-webhooks',
      secret: STANDARD_SECRET,
    });
    webhookUrl = `${product.url}/webhooks/psa/northgate-halo`;
    await page.getByText(webhookUrl).waitFor();
    await shoot(page, 'settings-psa');
  });

  it('1b F136 a setup link works once', async () => {
    const again = await openWindow(browser);
    await again.page.goto(product.setupUrl);
    await again.page.getByText('A link works once.').first().waitFor();
    await again.context.close();
  });

  it('2 F001 F002 F004 F005 F006 the shown enrol command brings LNX-LAB-01 online under Harbor Dental', async () => {
    const { page } = admin;
    await page.goto(`${product.url}/enroll`);
    await page.getByLabel('Client').selectOption({ label: 'Harbor Dental' });
    await page.getByLabel('Expected host name').fill('LNX-LAB-01');
    await page.getByRole('button', { name: 'Make the command' }).click();
    const command = await page.locator('pre.quoted', { hasText: 'npm run agent' }).innerText();
    await shoot(page, 'enrol');
    endpoint = await enrollEndpoint(command, 'as shown');
    await endpoint.promptUrl();
    await waitFor(
      'LNX-LAB-01 to be online',
      async () =>
        (await endpoints(admin)).some(
          (each) => each.name === 'LNX-LAB-01' && each.online && each.client.name === 'Harbor Dental',
        ),
      60_000,
    );
    const [found] = await endpoints(admin);
    expect(found?.shells.map((offer) => offer.shell)).toEqual(expect.arrayContaining(['bash', 'sh']));
    expect(found?.runtimeLabel).toMatch(/^lnx-lab-01-runtime-/);
    const identity = join(endpoint.dataDir, 'identity.json');
    expect(statSync(identity).mode & 0o077).toBe(0);
    expect(existsSync(join(endpoint.dataDir, 'throughline-runtime.service'))).toBe(true);

    // The same token again is refused in words.
    const again = await runCli(
      ['run', 'agent', '--', ...command.split(' -- ')[1]!.split(' '), '--data', join(lab, 'second')],
      'npm',
    );
    expect(again.output).toMatch(/already used/i);
    expect(again.code).not.toBe(0);
  });

  it('3 F127 a signed ticket opens one session whatever is repeated; a bad signature opens none', async () => {
    const body = ticketBody({
      id: 48213,
      summary: 'Vendor cache is stale',
      client: 'Harbor Dental',
      device: 'LNX-LAB-01',
    });
    expect((await sendTicket(webhookUrl, HMAC_SECRET, 'd-0001', body)).status).toBe(202);
    expect((await sendTicket(webhookUrl, HMAC_SECRET, 'd-0001', body)).status).toBe(202); // the delivery again
    expect((await sendTicket(webhookUrl, HMAC_SECRET, 'd-0002', body)).status).toBe(202); // the ticket by another delivery
    expect((await sendTicket(webhookUrl, HMAC_SECRET, 'd-0003', body, 'sha256=00')).status).toBe(401);
    const standard = `${product.url}/webhooks/psa/northgate-events`;
    const other = ticketBody({ id: 7, summary: 'Second door', client: 'Harbor Dental', device: 'LNX-LAB-01' });
    expect((await sendStandardTicket(standard, STANDARD_SECRET, 'msg_1', other)).status).toBe(202);
    expect((await sendStandardTicket(standard, STANDARD_SECRET, 'msg_1', other)).status).toBe(202);
    expect((await sendStandardTicket(standard, STANDARD_SECRET, 'msg_2', other, Date.now() - 6 * 60_000)).status).toBe(
      401,
    );
    await waitFor('both sessions', async () => (await sessions(staff.dana)).length >= 2, 15_000);
    const open = await sessions(staff.dana);
    expect(open.map((session) => session.title).sort()).toEqual(['Second door', 'Vendor cache is stale']);
    number = open.find((session) => session.title === 'Vendor cache is stale')!.number;
  });

  it('4 F066 F068 F078 the dispatcher sees it with a running clock and assigns it; the technician hears of it live', async () => {
    const { page } = staff.dana;
    await page.goto(`${product.url}/board`);
    const row = page.getByRole('row').filter({ hasText: 'Vendor cache is stale' });
    await row.waitFor();
    const clock = row.locator('td[data-l="Response"]');
    const first = await clock.innerText();
    await waitFor('the clock to tick', async () => (await clock.innerText()) !== first, 5_000);
    await shoot(page, 'board');
    const bell = staff.jun.page.getByRole('button', { name: /Notifications, [1-9]/ });
    await row.getByRole('button', { name: 'Assign' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /Jun Park/ }).check();
    await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    await bell.waitFor();
    await bell.click();
    await staff.jun.page.getByText(/is now yours: Vendor cache is stale/).click();
    await staff.jun.page.waitForURL(new RegExp(`/s/${number}`));
  });

  it('5 F044 F046 F047 nothing runs before the person at the machine approves on its own page', async () => {
    const { page, desk } = staff.jun;
    const before = await propose(staff.jun, 'uname -a');
    expect(before).toMatchObject({ __typename: 'UserError', code: 'APPROVAL_REQUIRED' });
    await page.getByLabel('Reason, shown at the device').fill('the vendor cache is stale');
    await page.getByRole('button', { name: 'Start session' }).click();
    await page.getByText('Nothing runs before it.').waitFor();
    expect(await propose(staff.jun, 'uname -a')).toMatchObject({ code: 'APPROVAL_REQUIRED' });
    const approval = await waitingApproval(staff.dana);
    for (const person of [staff.jun, staff.sam, staff.dana, staff.mona, admin])
      expect(
        await person.desk.act(
          'decideApproval',
          'DecideApprovalInput',
          { approvalId: approval.id, decision: 'approve' },
          '... on ApprovalRequest { id }',
        ),
      ).toMatchObject({ code: 'FORBIDDEN' });

    const device = await openWindow(browser);
    prompt = device.page;
    await prompt.goto(await endpoint.promptUrl());
    await prompt.getByRole('heading', { name: /May Jun work on this computer/ }).waitFor();
    await prompt.getByText('the vendor cache is stale').waitFor();
    await prompt.getByText('Nobody at Northgate Managed IT can press Approve for you').waitFor();
    await shoot(prompt, 'approve');
    expect(await axeFaults(prompt)).toEqual([]);
    const spawned = await readdir(join(endpoint.dataDir, 'commands')).catch(() => []);
    expect(spawned.filter((name) => !name.startsWith('.ready-'))).toEqual([]); // the runtime's own journal: no order was ever taken
    await prompt.getByRole('button', { name: 'Approve' }).click();
    await page
      .getByText(/Consent/)
      .first()
      .waitFor();
    await page.getByLabel('Command', { exact: true }).waitFor();
    const session = await desk.gql<{ s: { status: string; consentAt: string; firstCommandAt: string | null } }>(
      'query($n: Int!) { s: sessionByNumber(number: $n) { status consentAt firstCommandAt } }',
      { n: number },
    );
    expect(session.s).toMatchObject({ status: 'active', firstCommandAt: null });
  });

  it('6 F024 F025 F026 F027 F028 F029 F030 F033 F034 F035 commands stream, every byte is kept, the context is recorded', async () => {
    const { page } = staff.jun;
    const uname = await typeCommand(page, 'uname -a');
    await uname.getByText(/Linux/).first().waitFor();
    await waitFor('uname to end', async () => (await command(staff.jun, 'uname -a')).exitCode !== null, 60_000);
    const facts = await command(staff.jun, 'uname -a');
    expect(facts).toMatchObject({
      state: 'completed',
      exitCode: 0,
      proposedByEmail: STAFF.jun.email,
      origin: 'browser',
      rule: 'P-1',
    });
    expect(Date.parse(facts.startedAt!)).toBeGreaterThanOrEqual(Date.parse(facts.dispatchedAt!));
    expect(facts.start?.shellPath).toMatch(/bash$/);
    expect(facts.start?.resolvedPath).toMatch(/^\/.*\/uname$/);
    expect(facts.start?.path).toContain('/bin');
    const environment = new Map(facts.start?.environment.map((each) => [each.name, each.value]));
    expect(environment.get('FOO')).toBe('bar');
    expect(environment.get('MY_API_TOKEN')).not.toContain('never-shown');

    const long = await typeCommand(page, 'seq 1 1000000');
    await waitFor('seq to end', async () => (await command(staff.jun, 'seq 1 1000000')).state === 'completed', 60_000);
    const sequence = await command(staff.jun, 'seq 1 1000000');
    expect(sequence.stdout).toEqual({
      bytes: 6_888_896,
      sha256: '90433fcbd9e16297e6a7c1dacb1056394743194776e52f78ebf0a44b80b6b14f',
    });
    expect(sequence.stderr.bytes).toBe(0);
    const download = await staff.jun.desk.http.get(
      `/api/commands/${encodeURIComponent(sequence.id)}/output/stdout?download=1`,
    );
    const bytes = Buffer.from(await download.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sequence.stdout.sha256);
    await long.getByRole('button', { name: 'Last', exact: true }).click();
    await long.getByText(/(^|\n)1000000(\n|$)/).waitFor();

    const binary = String.raw`printf 'a\0b\xff'`;
    await typeCommand(page, binary);
    await waitFor('the four bytes', async () => (await command(staff.jun, binary)).state === 'completed', 20_000);
    const four = await command(staff.jun, binary);
    expect(four.stdout).toEqual({
      bytes: 4,
      sha256: createHash('sha256')
        .update(Buffer.from([0x61, 0, 0x62, 0xff]))
        .digest('hex'),
    });

    const amber = await typeCommand(page, 'ls /nonexistent || true');
    await amber.getByText('exit 0, 1 line on stderr').waitFor({ timeout: 20_000 });
    expect(await amber.getAttribute('class')).toContain('is-amber');

    const failed = await typeCommand(page, "bash -c 'exit 3'");
    await failed.getByText('exit 3', { exact: true }).waitFor({ timeout: 20_000 });
    await shoot(page, 'session');
    expect(await axeFaults(page)).toEqual([]);
  });

  it('7 F045 F048 F055 a change waits: denied it never runs, asked again and approved it runs once', async () => {
    const { page } = staff.jun;
    const target = join(lab, 'fixed');
    const script = `touch ${target}`;
    expect(await propose(staff.jun, script)).toMatchObject({ code: 'REASON_REQUIRED' });
    const denied = await typeCommand(page, script, 'refresh the cache marker');
    await denied.getByText('Nothing runs before the answer.').waitFor();
    await prompt.getByRole('heading', { name: /May Jun change something/ }).waitFor();
    await prompt.getByText(script).first().waitFor();
    await prompt.getByLabel('Your own words').fill('We are with a patient');
    await shoot(prompt, 'approve-change');
    await prompt.getByRole('button', { name: 'Deny' }).click();
    await denied.getByText(/We are with a patient/).waitFor({ timeout: 5_000 });
    expect(existsSync(target)).toBe(false);
    expect((await command(staff.jun, script)).state).toBe('denied');

    await typeCommand(page, script, 'now that the patient has left');
    await prompt.getByText('now that the patient has left').waitFor();
    await prompt.getByRole('button', { name: 'Approve' }).click();
    await waitFor(
      'the change to be done',
      async () => (await commands(staff.jun, script)).at(-1)?.state === 'completed',
      20_000,
    );
    expect(existsSync(target)).toBe(true);
    const entries = await entriesOf(staff.jun);
    const last = (await commands(staff.jun, script)).at(-1)!;
    const seqOf = (kind: string) =>
      entries.findLast((entry) => entry.kind === kind && entry.payload.commandId === localId(last.id))!.seq;
    expect(seqOf('approval_decided')).toBeLessThan(seqOf('command_dispatched'));
    expect(seqOf('command_dispatched')).toBeLessThan(seqOf('command_started'));
  });

  it('8 F070 the dispatcher moves it to the senior while a command runs and a request waits; neither is disturbed', async () => {
    const { page } = staff.jun;
    const slow = 'for i in $(seq 1 30); do echo line $i; sleep 1; done';
    await typeCommand(page, slow);
    await waitFor('the long command to run', async () => (await command(staff.jun, slow)).state === 'running', 20_000);
    const waiting = `touch ${join(lab, 'later')}`;
    await typeCommand(page, waiting, 'to be done after the move');
    await waitFor(
      'the request to wait',
      async () => (await command(staff.jun, waiting)).state === 'waiting_approval',
      20_000,
    );

    const board = staff.dana.page;
    await board.goto(`${product.url}/s/${number}`);
    await board.getByRole('button', { name: 'Reassign' }).click();
    const dialog = board.getByRole('dialog');
    await dialog.getByRole('radio', { name: /Sam Whitfield/ }).check();
    await dialog.getByLabel('Reason, goes on the record').fill('shift change');
    await dialog.getByRole('button', { name: 'Reassign', exact: true }).click();
    await board.getByText('Sam Whitfield').first().waitFor();
    expect((await command(staff.jun, slow)).state).toBe('running');
    expect((await command(staff.jun, waiting)).state).toBe('waiting_approval');
    await page.getByText('You are reading along.').waitFor();
    expect(await propose(staff.jun, 'id')).toMatchObject({ code: 'FORBIDDEN' });
    await prompt.getByText('to be done after the move').waitFor();
    await prompt.getByRole('button', { name: 'Approve' }).click();
    await waitFor(
      'both to end',
      async () =>
        (await command(staff.sam, slow)).state === 'completed' &&
        (await command(staff.sam, waiting)).state === 'completed',
      60_000,
    );
    const lines = await staff.sam.desk.http.get(
      `/api/commands/${encodeURIComponent((await command(staff.sam, slow)).id)}/output/stdout`,
    );
    expect(await lines.text()).toBe(Array.from({ length: 30 }, (_, i) => `line ${i + 1}\n`).join(''));
  });

  it('12 F015 kill -9 of worker, api and Temporal in the middle of work: same status, no gap, no second run', async () => {
    for (const part of ['worker', 'api', 'temporal'] as const) {
      const count = join(lab, `count-${part}`);
      const script = `echo run >> ${count}; for i in $(seq 1 15); do echo ${part} $i; sleep 1; done`;
      const result = await propose(staff.sam, script, `counted while the ${part} dies`);
      expect(result.__typename).toBe('Command');
      await prompt.getByText(`counted while the ${part} dies`).waitFor({ timeout: 20_000 });
      await prompt.getByRole('button', { name: 'Approve' }).click();
      await waitFor(
        `output before ${part} dies`,
        async () => (await command(staff.sam, script)).stdout.bytes > 0,
        30_000,
      );
      await product.kill(part);
      await waitFor(
        `the command to end after ${part} died`,
        async () => (await command(staff.sam, script)).state === 'completed',
        90_000,
      );
      const text = await (
        await staff.sam.desk.http.get(
          `/api/commands/${encodeURIComponent((await command(staff.sam, script)).id)}/output/stdout`,
        )
      ).text();
      expect(text).toBe(Array.from({ length: 15 }, (_, i) => `${part} ${i + 1}\n`).join(''));
      expect(await readFile(count, 'utf8')).toBe('run\n');
      const seqs = (await entriesOf(staff.sam)).map((entry) => entry.seq);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    }
  });

  it('9 F018 F019 F084 F131 the senior writes, completes and verifies; the PSA is down, then gets exactly one note', async () => {
    psa.mood = 'down';
    const { page } = staff.sam;
    await page.goto(`${product.url}/s/${number}`);
    await page.getByRole('button', { name: /^Message/ }).click();
    await page.getByLabel('Message, goes on the record').fill('Cache marker refreshed, vendor app starts again.');
    await page.getByRole('button', { name: /^Send/ }).click();
    await page.getByText('Cache marker refreshed, vendor app starts again.').first().waitFor();
    await page.getByRole('button', { name: 'Complete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /Resolved/ }).check();
    await dialog
      .getByLabel('Note: what it was, what was done')
      .fill('Stale vendor cache; marker refreshed with approval.');
    await dialog.getByRole('checkbox').first().check();
    await shoot(page, 'complete');
    await dialog.getByRole('button', { name: 'Complete session' }).click();
    await page.getByText('Resolved').first().waitFor();
    await waitFor('an attempt while the PSA is down', () => psa.attempts > 0, 20_000);
    await waitFor(
      'the page of the api to say so',
      async () => (await ticket(staff.sam))?.noteState === 'failing',
      10_000,
    );
    psa.mood = 'takes_but_drops'; // it takes the note and loses the answer: the next try must look first
    await waitFor('the note', () => psa.notes.length > 0, 30_000);
    psa.mood = 'up';
    await waitFor(
      'the note to count as delivered',
      async () => (await ticket(staff.sam))?.noteState === 'delivered',
      60_000,
    );
    expect(psa.notes).toHaveLength(1);
    expect(psa.notes[0]).toMatchObject({ ticket: '48213' });
    expect(psa.notes[0]?.text).toContain('Stale vendor cache; marker refreshed with approval.');
    expect(psa.notes[0]?.text).toContain(`${product.url}/s/${number}`);
    await shoot(page, 'record');
  });

  it('10 F099 F104 the manager finds a word of the long output’s last line, and the hit opens that place', async () => {
    const { page } = staff.mona;
    await page.goto(`${product.url}/search`);
    await page.getByLabel('Search commands, outputs, messages and notes').fill('1000000');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    const hit = page.getByRole('link').filter({ hasText: 'stdout' }).first();
    await hit.waitFor({ timeout: 30_000 });
    await shoot(page, 'search');
    await hit.click();
    await page.waitForURL(new RegExp(`/s/${number}`));
    const mark = page.locator('mark').filter({ hasText: '1000000' }).first();
    await mark.waitFor({ timeout: 15_000 });
    expect(await mark.isVisible()).toBe(true);
  });

  it('11 F118 F125 the exported record verifies offline; one changed byte is found and located, in the file and in the database', async () => {
    const session = (await sessions(staff.mona, true)).find((each) => each.number === number)!;
    const exported = await staff.mona.desk.http.get(`/api/sessions/${encodeURIComponent(session.id)}/export`);
    expect(exported.status).toBe(200);
    const file = join(lab, 'record.json');
    const text = await exported.text();
    await writeFile(file, text);
    const good = await runCli(['verify', file]);
    expect(good.output).toMatch(/valid/i);
    expect(good.code).toBe(0);
    const bundle = JSON.parse(text) as { entries: { seq: number; payload: string }[] };
    const target = bundle.entries[4]!;
    const payload = Buffer.from(target.payload, 'base64');
    payload[3] = payload[3]! ^ 1;
    target.payload = payload.toString('base64');
    await writeFile(file, JSON.stringify(bundle));
    const bad = await runCli(['verify', file]);
    expect(bad.code).toBe(1);
    expect(bad.output).toMatch(new RegExp(`entry ${target.seq}\\b`, 'i'));

    const env = { DATA_DIR: product.dataDir };
    expect((await runCli(['verify-database', '--session', String(number)], 'cli', env)).code).toBe(0);
    const changed = await changeOneOutputByte(product, localId(session.id));
    const found = await runCli(['verify-database', '--session', String(number)], 'cli', env);
    expect(found.code).toBe(1);
    expect(found.output).toMatch(new RegExp(`entry ${changed}\\b`, 'i'));
  });

  it('U15 U16 U17 every page is free of serious accessibility faults, dark and light, wide and narrow, and throws nothing', async () => {
    const others = ['/queue', '/enroll', '/account', `/s/${number}`];
    const all = new Set([...(await linkedPages(admin.page)), ...others]);
    // Reports are a manager's.
    const looks = [...[...all].map((path) => [path, admin.page] as const), ['/reports/sla', staff.mona.page] as const];
    for (const [path, page] of looks) {
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [1440, 390]) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 900 });
          await page.goto(`${product.url}${path}`);
          await page.getByRole('heading').first().waitFor();
          await page.waitForLoadState('load');
          expect(await axeFaults(page), `${path} ${colorScheme} ${width}`).toEqual([]);
          expect(await layoutFaults(page), `${path} ${width}`).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth'), `${path} is as wide as its window`).toBe(
            width,
          );
        }
      await shoot(page, `page${path.replaceAll('/', '-')}`);
    }
    for (const person of [admin, ...Object.values(staff)]) expect(person.faults).toEqual([]);
  }, 900_000);
});

/** What every window showed when a step failed. */
async function photographAll(): Promise<void> {
  const windows = { admin, ...staff, ...(prompt === undefined ? {} : { prompt: { page: prompt } }) };
  for (const [name, window] of Object.entries(windows))
    await window?.page.screenshot({ path: join(ROOT, '.test-results', `failed-${name}.png`) });
}

// --- what the steps share ------------------------------------------------------------------------------------------

/** The pages that the menus lead to, sections of the settings included: a page that is added is looked at without being named here. */
async function linkedPages(page: Page): Promise<string[]> {
  const found = new Set<string>();
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const start of ['/board', '/settings']) {
    await page.goto(`${product.url}${start}`);
    await page.getByRole('heading').first().waitFor();
    for (const link of await page.locator('nav a[href^="/"], header a[href^="/"]').all())
      found.add(((await link.getAttribute('href')) ?? '').replace(/[?#].*/, ''));
  }
  expect([...found]).toEqual(
    expect.arrayContaining(['/board', '/sessions', '/endpoints', '/search', '/triage', '/audit', '/health']),
  );
  expect([...found].filter((path) => path.startsWith('/settings/')).length).toBeGreaterThan(5);
  return [...found];
}

async function addPerson(page: Page, person: { name: string; email: string; role: string }): Promise<string> {
  await page.goto(`${product.url}/settings/people`);
  await page.getByRole('button', { name: 'Add a person' }).click();
  const form = page.getByRole('form', { name: 'New person' });
  await form.getByLabel('Name').fill(person.name);
  await form.getByLabel('E-mail').fill(person.email);
  await form.getByLabel('Role').selectOption(person.role);
  await form.getByRole('button', { name: 'Add and make a link' }).click();
  return page.locator('pre.quoted').innerText();
}

async function addConnection(
  page: Page,
  connection: { name: string; slug: string; scheme: string; secret: string; noteUrl?: string },
): Promise<void> {
  await page.goto(`${product.url}/settings/psa`);
  await page.getByRole('button', { name: 'Add a connection' }).click();
  const form = page.getByRole('form', { name: 'New PSA connection' });
  await form.getByLabel('Name', { exact: true }).fill(connection.name);
  await form.getByLabel('Short name').fill(connection.slug);
  await form.getByLabel('How the PSA signs').selectOption(connection.scheme);
  await form.getByLabel('Signing secret').fill(connection.secret);
  if (connection.noteUrl !== undefined) {
    await form.getByLabel('Address for notes back').fill(connection.noteUrl);
    await form.getByLabel('Bearer token for the notes').fill(NOTE_SECRET);
  }
  await form.getByRole('button', { name: 'Add connection' }).click();
  await page.getByText(`/webhooks/psa/${connection.slug}`).waitFor();
}

interface EndpointData {
  name: string;
  online: boolean;
  runtimeLabel: string;
  client: { name: string };
  shells: { shell: string }[];
}
async function endpoints(person: Person): Promise<EndpointData[]> {
  const data = await person.desk.gql<{ endpoints: { edges: { node: EndpointData }[] } }>(
    '{ endpoints { edges { node { name online runtimeLabel client { name } shells { shell } } } } }',
  );
  return data.endpoints.edges.map((edge) => edge.node);
}

async function sessions(
  person: Person,
  all = false,
): Promise<{ id: string; number: number; title: string; status: string }[]> {
  const data = await person.desk.gql<{
    sessions: { edges: { node: { id: string; number: number; title: string; status: string } }[] };
  }>('{ sessions { edges { node { id number title status } } } }');
  return data.sessions.edges.map((edge) => edge.node).filter((session) => all || session.status !== 'completed');
}

async function waitingApproval(person: Person): Promise<{ id: string }> {
  return waitFor('a waiting request', async () => {
    const data = await person.desk.gql<{ board: { waiting: { id: string }[] } }>('{ board { waiting { id } } }');
    return data.board.waiting[0];
  });
}

interface CommandData {
  id: string;
  script: string;
  state: string;
  exitCode: number | null;
  origin: string;
  rule: string;
  proposedByEmail: string;
  dispatchedAt: string | null;
  startedAt: string | null;
  stdout: { bytes: number; sha256: string | null };
  stderr: { bytes: number; sha256: string | null };
  start: {
    shellPath: string;
    resolvedPath: string;
    path: string;
    environment: { name: string; value: string }[];
  } | null;
}
async function commands(person: Person, script: string): Promise<CommandData[]> {
  const data = await person.desk.gql<{ s: { commands: CommandData[] } }>(
    `query($n: Int!) { s: sessionByNumber(number: $n) { commands { id script state exitCode origin rule proposedByEmail dispatchedAt startedAt
      stdout { bytes sha256 } stderr { bytes sha256 } start { shellPath resolvedPath path environment { name value } } } } }`,
    { n: number },
  );
  return data.s.commands.filter((each) => each.script === script && each.state !== 'refused');
}
async function command(person: Person, script: string): Promise<CommandData> {
  const found = (await commands(person, script)).at(-1);
  if (found === undefined) throw new Error(`no command ${script}`);
  return found;
}

async function propose(person: Person, script: string, reason = ''): Promise<{ __typename: string; code?: string }> {
  const all = await sessions(person);
  const { id } = all.find((session) => session.number === number)!;
  return person.desk.act(
    'proposeCommand',
    'ProposeCommandInput',
    { sessionId: id, shell: 'bash', script, reason },
    '... on Command { id }',
  );
}

/** Types a command as a technician does and returns its card. */
async function typeCommand(page: Page, script: string, reason?: string) {
  const before = await page.getByRole('article').count();
  await page.getByLabel('Command', { exact: true }).fill(script);
  if (reason !== undefined) await page.getByLabel(/Reason, shown to/).fill(reason);
  await page.getByRole('button', { name: reason === undefined ? /^Run (Ctrl|⌘)/ : /^Ask, then run/ }).click();
  await waitFor(`the card of ${script}`, async () => (await page.getByRole('article').count()) > before, 15_000);
  return page.getByRole('article').last();
}

interface EntryData {
  seq: number;
  kind: string;
  payload: { commandId?: string };
}
async function entriesOf(person: Person): Promise<EntryData[]> {
  const entries: EntryData[] = [];
  for (let after: string | null = null; ;) {
    const data: {
      s: {
        entries: {
          edges: { node: EntryData; cursor: string }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      };
    } = await person.desk.gql(
      'query($n: Int!, $after: String) { s: sessionByNumber(number: $n) { entries(first: 100, after: $after) { edges { node { seq kind payload } cursor } pageInfo { hasNextPage endCursor } } } }',
      { n: number, after },
    );
    entries.push(...data.s.entries.edges.map((edge) => edge.node));
    if (!data.s.entries.pageInfo.hasNextPage) return entries;
    after = data.s.entries.pageInfo.endCursor;
  }
}

async function ticket(person: Person): Promise<{ noteState: string } | null> {
  const data = await person.desk.gql<{ s: { ticket: { noteState: string } | null } }>(
    'query($n: Int!) { s: sessionByNumber(number: $n) { ticket { noteState } } }',
    { n: number },
  );
  return data.s.ticket;
}

const localId = (globalId: string): string => Buffer.from(globalId, 'base64').toString('utf8').split(':')[1] ?? '';
