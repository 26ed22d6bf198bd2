import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { localId } from './faults/site.ts';
import { type Window, axeFaults, openWindow } from './harness/browser.ts';
import { commandAt } from './harness/commands.ts';
import { made } from './harness/lab.ts';
import { type Scene, openScene } from './harness/scene.ts';
import { ROOT } from './harness/product.ts';
import { entryOf, typeCommand } from './harness/session-page.ts';
import { setApprovalTimeout } from './harness/tamper.ts';

/*
 * Scenario SC5: a denied action, told by two browser windows, the technician's and that of the person at the machine. The folder is one of
 * the test's own, not /tmp/lab; all else is as written. The steps build on each other.
 */
const BUSY = 'We are with a patient, not now';
const STALE = 'clear stale cache';

describe.sequential('SC5 a denied action', { timeout: 180_000 }, () => {
  let scene: Scene;
  let user: Window;
  let cache = '';
  let card: Locator;
  let denied: { id: string; entry: number };

  beforeAll(async () => {
    scene = await openScene();
    scene.runtime.approves = false;
    cache = join(scene.lab, 'vendor', 'cache');
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'old.bin'), 'x'.repeat(4096));
    const browser = scene.people.jun.context.browser();
    if (browser === null) throw new Error('there is no browser');
    user = await openWindow(browser);
    await user.page.goto(promptUrl());
    await scene.people.jun.page.goto(`${scene.product.url}/s/${scene.number}`);
    await scene.people.jun.page.getByLabel('Command', { exact: true }).waitFor();
  }, 600_000);
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await scene?.photograph('sc5');
    await user?.page.screenshot({ path: join(ROOT, '.test-results', 'failed-sc5-user.png') });
  });
  afterAll(() => scene?.close(), 120_000);

  it('1 F042 F045 F049 F055 F056 a destructive command is shown as one, with who, why and exactly what', async () => {
    card = await typeCommand(scene.people.jun.page, `rm -rf ${cache}`, { reason: STALE });
    const question = user.page.locator('section.ask');
    await question.getByRole('heading', { name: 'May Jun run a command that can destroy data?' }).waitFor();
    await question.getByText(`Jun wrote: “${STALE}”`).waitFor();
    // What it does, in the same words for both of them.
    const does = (await question.locator('.does li').first().innerText()).trim();
    expect(does).toContain(cache);
    await card.getByRole('region', { name: 'What it does' }).getByText(does).first().waitFor();
    await question.getByText('It can delete or overwrite things on LNX-LAB-01 for good.').waitFor();
    expect(await question.getByLabel('Exact command').innerText()).toBe(`rm -rf ${cache}`);
    await question.getByText('Jun Park', { exact: true }).waitFor();
    await user.page.getByText('Northgate Managed IT', { exact: true }).first().waitFor();
    await user.page.getByText('This session so far').waitFor();
    await user.page.getByRole('button', { name: 'End session' }).waitFor();
    await card
      .getByText(/destructive/i)
      .first()
      .waitFor();
    expect(await axeFaults(user.page)).toEqual([]);
  });

  it('2 F046 F048 the person denies with a reason: Jun sees it at once, and nothing was started', async () => {
    staleTab = await openStaleTab();

    await user.page.getByLabel('Your own words').fill(BUSY);
    await user.page.getByRole('button', { name: 'Deny' }).click();
    await user.page.getByRole('heading', { name: 'You said no.' }).waitFor();
    await card.getByText('Denied', { exact: true }).first().waitFor({ timeout: 10_000 });
    await card.getByText(BUSY).first().waitFor();
    denied = { entry: await entryOf(card), id: '' };
    const command = await commandAt(scene.people.jun.desk, scene.number, denied.entry);
    denied.id = command.id;
    expect(command).toMatchObject({ state: 'denied', start: null });
    notSpawned();
    expect(existsSync(join(cache, 'old.bin'))).toBe(true);
  });

  it('3 F044 F061 sent past the denial: refused, and the attempt stands in the record', async () => {
    const { desk, page } = scene.people.jun;
    const answer = await desk.act(
      'dispatchCommand',
      'DispatchCommandInput',
      { commandId: denied.id },
      '... on Command { id }',
    );
    expect(answer).toMatchObject({ __typename: 'UserError', code: 'APPROVAL_DENIED' });
    const [attempt] = await entries('dispatch_refused');
    expect(attempt?.payload).toMatchObject({ commandId: localId(denied.id), state: 'denied' });
    expect(attempt?.payload.words).toMatch(/attempt after denial/i);
    await page
      .getByText(/An attempt after denial/)
      .first()
      .waitFor();
    notSpawned();
  });

  it('4 F046 F057 a yes on a stale tab is refused as decided already; the no stands', async () => {
    await staleTab.getByRole('button', { name: 'Approve' }).click();
    await staleTab
      .getByText(/already answered|already decided/i)
      .first()
      .waitFor();
    await staleTab.context().close();
    // The same once more by a program that has the page’s address.
    const { approvalId } = (await entries('approval_decided')).at(-1)!.payload as { approvalId: string };
    const again = await fetch(`${promptUrl()}/decide`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-throughline': '1' },
      body: JSON.stringify({ approvalId, decision: 'approve', reason: '' }),
    });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ error: { code: 'ALREADY_DECIDED' } });
    expect(await commandAt(scene.people.jun.desk, scene.number, denied.entry)).toMatchObject({ state: 'denied' });
    notSpawned();
  });

  it('5 F048 F049 looking instead runs at once: the denial did not end the session', async () => {
    const look = await typeCommand(scene.people.jun.page, `du -sh ${cache}`);
    await look.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    await look
      .getByText(/Only reads|read.only/i)
      .first()
      .waitFor();
  });

  it('6 F045 F046 asked anew for a narrower path and approved, it runs once', async () => {
    const count = join(scene.lab, 'count');
    card = await typeCommand(scene.people.jun.page, `rm ${join(cache, 'old.bin')}; echo run >> ${count}`, {
      reason: 'only the old file',
    });
    await user.page.getByText('only the old file').waitFor();
    await user.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await user.page.getByRole('heading', { name: 'You said yes.' }).waitFor();
    await card.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    expect(readFileSync(count, 'utf8')).toBe('run\n');
    expect(existsSync(join(cache, 'old.bin'))).toBe(false);
    expect(existsSync(cache)).toBe(true);
  });

  it('6b F051 a yes for files under a folder and an hour covers the next command there, and nothing else', async () => {
    const { page } = scene.people.jun;
    card = await typeCommand(page, `touch ${join(cache, 'one')}`, { reason: 'mark the cache' });
    await user.page.getByText('mark the cache').waitFor();
    await user.page.getByLabel(`Further commands on files under ${cache}`).check();
    await user.page.getByLabel('For how long').selectOption('60');
    expect(await axeFaults(user.page)).toEqual([]);
    await user.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await card.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    await user.page.getByText(/covers commands on files under/).waitFor();

    const second = await typeCommand(page, `touch ${join(cache, 'two')}`, { reason: 'and another' });
    await second.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    await second
      .getByText(/Covered by an earlier yes of/)
      .first()
      .waitFor();
    const [cited] = await entries('approval_cited');
    const given = (await entries('approval_decided')).at(-1)?.payload;
    expect(cited?.payload.approvalId).toBe(given?.approvalId);
    expect(given?.scope).toMatchObject({ category: 'files', folder: cache, minutes: 60 });

    const elsewhere = await typeCommand(page, `touch ${join(scene.lab, 'elsewhere')}`, { reason: 'beside it' });
    await user.page.getByText('beside it').waitFor();
    await user.page.getByRole('button', { name: 'Deny' }).click();
    await elsewhere.getByText('Denied', { exact: true }).first().waitFor();
    expect(existsSync(join(scene.lab, 'elsewhere'))).toBe(false);
  });

  it('7 F044 F057 a session denied and a session nobody answered: both completed with reason and times, both found', async () => {
    const { jun, sam, mona } = scene.people;
    // One session at a time works on an endpoint.
    await made(
      jun.desk,
      'completeSession',
      { sessionId: scene.sessionId, outcome: 'resolved', note: 'cache cleared', verification: [1] },
      '... on Session { id }',
    );
    await user.page.getByText('Session closed').first().waitFor();
    const open = async (title: string) =>
      made<{ id: string; number: number }>(
        sam.desk,
        'startSession',
        {
          endpointId: scene.endpointId,
          title,
          request: 'look again',
          requester: 'Olivia Hart',
          reason: `to ${title}`,
        },
        '... on Session { id number }',
      );
    const first = await open('check the printers');
    await user.page.getByRole('heading', { name: 'May Sam work on this computer?' }).waitFor();
    await user.page.getByLabel('I do not recognise this').check();
    await user.page.getByRole('button', { name: 'Deny' }).click();
    await user.page.getByRole('heading', { name: 'You said no.' }).waitFor();
    await outcomeIs(first.number, 'denied');

    await setApprovalTimeout(scene.product, 12_000);
    const second = await open('check the scanners');
    await user.page.getByText('to check the scanners').first().waitFor();
    await user.page.getByRole('heading', { name: 'Time to answer is over.' }).waitFor({ timeout: 60_000 });
    await outcomeIs(second.number, 'expired');

    for (const [word, session, said] of [
      ['denied', first.number, 'Denied'],
      ['expired', second.number, 'Expired'],
    ] as const) {
      await mona.page.goto(`${scene.product.url}/search?q=${word}`);
      const hit = mona.page.locator(`a[href^="/s/${session}#"]`).first();
      await waitFor(
        `the index to have ${word}`,
        async () => {
          await mona.page.reload();
          await mona.page.getByText(/^\d+ hits?$/).waitFor();
          return (await hit.count()) > 0;
        },
        60_000,
      );
      await hit.click();
      await mona.page.waitForURL(new RegExp(`/s/${session}`));
      await mona.page.getByText(said).first().waitFor();
    }
  });

  it('8 F046 F047 the record shows proposed, denied, tried again, approved, in this order', async () => {
    const { page } = scene.people.mona;
    await page.goto(`${scene.product.url}/s/${scene.number}`);
    await page
      .getByText(/An attempt after denial/)
      .first()
      .waitFor();
    const kinds = (await entries()).map(({ kind, payload }) =>
      kind === 'approval_decided' ? `${payload.kind as string} ${payload.decision as string}` : kind,
    );
    const at = (kind: string, from: number) => kinds.indexOf(kind, from);
    const steps = [
      'session approve',
      'command_proposed',
      'action deny',
      'dispatch_refused',
      'command_proposed',
      'action approve',
      'command_dispatched',
      'completed',
    ];
    const places: number[] = [];
    for (const step of steps) places.push(at(step, (places.at(-1) ?? -1) + 1));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const decision = (await entries('approval_decided')).find(({ payload }) => payload.decision === 'deny')?.payload;
    expect(decision).toMatchObject({ reason: BUSY, channel: 'endpoint_prompt' });
    expect(decision?.account).not.toBe('');
    const times = [decision?.requestedAt, decision?.shownAt, decision?.decidedAt] as string[];
    expect(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time))).toBe(true);
    for (const person of [...Object.values(scene.people), user]) expect(person.faults).toEqual([]);
  });

  // --- what the steps share ------------------------------------------------------------------------------------------

  let staleTab: Page;
  const promptUrl = () => readFileSync(join(scene.runtime.data, 'prompt-url'), 'utf8').trim();

  /** A tab that hears what is open now and nothing after it: it goes on showing the question that was open when it lost touch. */
  async function openStaleTab(): Promise<Page> {
    const { page } = await openWindow(scene.people.jun.context.browser()!);
    const state = await (await fetch(`${promptUrl()}/state`)).text();
    let told = false;
    await page.route('**/events?*', (route) => {
      if (told) return route.abort();
      told = true;
      return route.fulfill({ contentType: 'text/event-stream', body: `data: ${state}\n\n` });
    });
    await page.goto(promptUrl());
    await page.getByRole('heading', { name: /can destroy data/ }).waitFor();
    return page;
  }

  /** Neither a folder of the command nor a line of the log tells of a start. */
  function notSpawned(): void {
    expect(existsSync(join(scene.runtime.data, 'commands', localId(denied.id)))).toBe(false);
    expect(scene.runtime.output).not.toContain(`Running a command for Jun Park.","commandId":"${localId(denied.id)}`);
  }

  interface EntryData {
    seq: number;
    kind: string;
    payload: Record<string, unknown>;
  }
  async function entries(kind?: string): Promise<EntryData[]> {
    const { s } = await scene.people.mona.desk.gql<{ s: { entries: { edges: { node: EntryData }[] } } }>(
      'query($n: Int!) { s: sessionByNumber(number: $n) { entries(first: 100) { edges { node { seq kind payload } } } } }',
      { n: scene.number },
    );
    return s.entries.edges.map(({ node }) => node).filter((entry) => kind === undefined || entry.kind === kind);
  }

  async function outcomeIs(number: number, outcome: string): Promise<void> {
    await waitFor(
      `session ${number} to be ${outcome}`,
      async () => {
        const { s } = await scene.people.mona.desk.gql<{ s: { status: string; outcome: string | null } }>(
          'query($n: Int!) { s: sessionByNumber(number: $n) { status outcome } }',
          { n: number },
        );
        return s.status === 'completed' && s.outcome === outcome;
      },
      60_000,
    );
  }
});
