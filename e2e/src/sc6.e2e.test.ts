import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultRuntime } from './faults/runtime.ts';
import { localId } from './faults/site.ts';
import { runCli } from './harness/cli.ts';
import { type CommandData, commandAt, commandsOf, stdoutOf } from './harness/commands.ts';
import { type Scene, openScene } from './harness/scene.ts';
import { entryOf, typeCommand } from './harness/session-page.ts';

/*
 * Scenario SC6, in its Linux form: the endpoint goes offline in the middle of a command, and is wiped later. A line comes every quarter of a
 * second, not every second, and it is offline for as long as 25 lines take, so that the file stays within minutes; all else is as written.
 * The steps build on each other.
 */
const LINES = Array.from({ length: 60 }, (_, i) => `line ${i + 1}\n`).join('');
const REASON = 'rehearsal of a broken connection';

describe.sequential('SC6 an endpoint goes offline in mid-command and is wiped later', { timeout: 180_000 }, () => {
  let scene: Scene;
  let replacement: FaultRuntime | undefined;
  let count = '';
  let counted = '';
  /** Cards of the run under way and of the order that expired. */
  let card: Locator;
  let expired: number;

  beforeAll(async () => {
    scene = await openScene();
    count = join(scene.lab, 'count');
    counted = `mkdir -p ${scene.lab}; echo run >> ${count}; for i in $(seq 1 60); do echo line $i; sleep 0.25; done`;
    await scene.people.jun.page.goto(`${scene.product.url}/s/${scene.number}`);
    await scene.people.jun.page.getByLabel('Command', { exact: true }).waitFor();
  }, 600_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await scene?.photograph('sc6');
  });
  afterAll(async () => {
    await replacement?.stop();
    await scene?.close();
  }, 120_000);

  it('1 F024 F025 lines stream while the command runs', async () => {
    card = await runCounted();
    await seesLine(15);
  });

  it('2 F005 F016 the network is gone: the page says since when, keeps the lines, and says that it runs on out of reach', async () => {
    const { page } = scene.people.jun;
    await scene.link.cut();
    await page.getByText(/LNX-LAB-01\s+is offline since \d\d:\d\d:\d\d/).waitFor({ timeout: 30_000 });
    await card.getByText('Running, out of reach').first().waitFor();
    await seesLine(15);
    // The agent was not touched: it goes on writing where nobody hears it.
    const spool = join(scene.runtime.data, 'commands', localId((await current()).id), 'spool.bin');
    await waitFor('25 more lines to be written', () => readFileSync(spool).includes('line 40\n'), 60_000);
  });

  it('3 F016 F025 F026 it is back: every line once and in order, exit 0, run once', async () => {
    const { page } = scene.people.jun;
    await scene.link.restore();
    await card.getByText('exit 0', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByText('is offline since').waitFor({ state: 'detached' });
    await seesLine(60);
    await isWhole(1);
  });

  it('4 F015 the worker is killed at line 15: the same, and one line more in the count', async () => {
    card = await runCounted();
    await seesLine(15);
    await scene.product.kill('worker');
    await card.getByText('exit 0', { exact: true }).waitFor({ timeout: 60_000 });
    await isWhole(2);
  });

  it('5 F015 F057 the agent is killed at line 15: nobody knows how it ended, nothing runs again by itself, and Jun may retry or close', async () => {
    const { page, desk } = scene.people.jun;
    card = await runCounted();
    await seesLine(15);
    const { id } = await current();
    const before = (await commandsOf(desk, scene.number)).length;
    const runner = scene.runtime.runnerPid(localId(id));
    // The whole agent: the runtime alone would not do, its command would go on in its runner.
    await scene.runtime.kill('SIGKILL');
    process.kill(runner, 'SIGKILL');
    scene.runtime.start();
    await card.getByText('Outcome unknown').first().waitFor({ timeout: 60_000 });
    await seesLine(15);
    const partial = await stdoutOf(desk, id);
    expect(LINES.startsWith(partial)).toBe(true);
    expect(partial).not.toContain('line 60');
    await card.getByRole('button', { name: 'Run again as a new command' }).waitFor();
    await card.getByRole('button', { name: 'Close', exact: true }).click();
    await card.getByLabel('What did you find on the device?').fill('Counted once; nothing left running.');
    await card.getByRole('button', { name: 'Close, not run again' }).click();
    await card.getByText(/Closed by Jun Park at .*Counted once; nothing left running\./).waitFor();
    await page.reload();
    await card.getByText(/Closed by Jun Park at/).waitFor({ timeout: 30_000 });
    expect(runs()).toBe(3);
    expect((await commandsOf(desk, scene.number)).length).toBe(before);
  });

  it('6 F016 F023 an order given while it is offline expires after its 30 seconds, never sent', async () => {
    const { page } = scene.people.jun;
    await scene.link.cut();
    await page.getByText(/is offline since/).waitFor({ timeout: 30_000 });
    card = await typeCommand(page, `ls ${scene.lab}`, { wait: '30 s' });
    expired = await entryOf(card);
    await card.getByText('Waiting for endpoint').first().waitFor();
    await card
      .getByText(/by \d\d:\d\d:\d\d expires and never runs/)
      .first()
      .waitFor();
    await card.getByText('Expired, never sent').first().waitFor({ timeout: 60_000 });
    await neverRan();
  });

  it('7 F070 Dana gives it to Sam meanwhile; the agent comes back and Sam goes on in the same session', async () => {
    const { dana, sam, jun } = scene.people;
    await dana.page.goto(`${scene.product.url}/s/${scene.number}`);
    await dana.page.getByRole('button', { name: 'Reassign' }).click();
    const dialog = dana.page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /Sam Whitfield/ }).check();
    await dialog.getByLabel('Reason, goes on the record').fill('Jun is out for the day');
    await dialog.getByRole('button', { name: 'Reassign', exact: true }).click();
    await jun.page.getByText('You are reading along.').waitFor();
    await sam.page.goto(`${scene.product.url}/s/${scene.number}`);
    await sam.page.getByText(/is offline since/).waitFor();
    await scene.link.restore();
    await sam.page.getByText(/is offline since/).waitFor({ state: 'detached', timeout: 60_000 });
    const old = sam.page.getByRole('article', { name: `Command, entry ${expired}`, exact: true });
    await old.getByRole('button', { name: 'Run again as a new command' }).click();
    const again = sam.page.getByRole('article').filter({ hasText: `run again of entry ${expired}, as a new command` });
    await again.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    await neverRan();
    const retry = await commandAt(sam.desk, scene.number, await entryOf(again));
    expect(retry.retryOf).toBe((await commandAt(sam.desk, scene.number, expired)).id);
  });

  it('8 F008 F009 F105 F118 wiped, enrolled again as a replacement, retired: the record is whole, verifies and is found', async () => {
    const { ada, sam, mona } = scene.people;
    await complete();
    await scene.runtime.kill('SIGKILL');
    await rm(scene.runtime.data, { recursive: true, force: true });

    const { page } = ada;
    await page.goto(`${scene.product.url}/endpoints/${scene.endpointId}`);
    const first = await page.getByRole('listitem').filter({ hasText: 'in use' }).locator('b').innerText();
    await page.getByRole('link', { name: 'Replace' }).click();
    await page.getByRole('heading', { name: 'Replace LNX-LAB-01' }).waitFor();
    await page.getByRole('button', { name: 'Make the command' }).click();
    const command = await page.locator('pre.quoted', { hasText: 'npm run agent' }).innerText();
    const token = /--token (\S+)/.exec(command)?.[1] ?? '';
    replacement = await FaultRuntime.enrol({ name: 'LNX-LAB-01', server: scene.link.url, token });
    replacement.start();
    await page.getByText('is online.').waitFor({ timeout: 60_000 });

    await page.goto(`${scene.product.url}/endpoints/${scene.endpointId}`);
    const runtimes = page.getByRole('listitem').filter({ hasText: /-runtime-/ });
    await runtimes.filter({ hasText: 'in use' }).waitFor();
    expect(await runtimes.count()).toBe(2);
    await runtimes
      .filter({ hasText: first })
      .getByText(/^cut off/)
      .waitFor();
    await page.getByRole('button', { name: 'Retire' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retire' }).click();
    await page.waitForURL(/\/endpoints$/);
    await waitFor('the retired runtime to be cut off', () => replacement?.online() === false, 30_000);

    const exported = await sam.desk.http.get(`/api/sessions/${encodeURIComponent(scene.sessionId)}/export`);
    const file = join(scene.lab, 'record.json');
    await writeFile(file, await exported.text());
    const verified = await runCli(['verify', file]);
    expect(verified.output).toMatch(/valid/i);
    expect(verified.code).toBe(0);

    await mona.page.goto(`${scene.product.url}/search?q=${encodeURIComponent(REASON)}`);
    await mona.page
      .getByRole('link')
      .filter({ hasText: String(scene.number) })
      .first()
      .click();
    await mona.page.waitForURL(new RegExp(`/s/${scene.number}`));
    await mona.page.getByText(first).first().waitFor();
    await mona.page.getByText('Expired, never sent').first().waitFor();
    for (const person of Object.values(scene.people)) expect(person.faults).toEqual([]);
  });

  const current = async (): Promise<CommandData> => commandAt(scene.people.jun.desk, scene.number, await entryOf(card));
  const runs = (): number => readFileSync(count, 'utf8').split('\n').length - 1;

  async function runCounted(): Promise<Locator> {
    return typeCommand(scene.people.jun.page, counted, { reason: REASON });
  }

  async function seesLine(number: number): Promise<void> {
    await card
      .getByText(new RegExp(`(^|\\n)line ${number}(\\n|$)`))
      .first()
      .waitFor({ timeout: 60_000 });
  }

  async function isWhole(times: number): Promise<void> {
    expect(await stdoutOf(scene.people.jun.desk, (await current()).id)).toBe(LINES);
    expect(runs()).toBe(times);
  }

  async function neverRan(): Promise<void> {
    const command = await commandAt(scene.people.jun.desk, scene.number, expired);
    expect(command).toMatchObject({ state: 'expired_unsent', start: null });
    expect(existsSync(join(scene.runtime.data, 'commands', localId(command.id)))).toBe(false);
  }

  async function complete(): Promise<void> {
    const { page } = scene.people.sam;
    await page.getByRole('button', { name: 'Complete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /Resolved/ }).check();
    await dialog.getByLabel('Note: what it was, what was done').fill('The line was loose; the machine is exchanged.');
    await dialog.getByRole('checkbox').first().check();
    await dialog.getByRole('button', { name: 'Complete session' }).click();
    await page.getByText('Resolved').first().waitFor();
  }
});
