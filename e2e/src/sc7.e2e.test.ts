import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { localId } from './faults/site.ts';
import { commandAt, commandsOf } from './harness/commands.ts';
import { type Scene, openScene } from './harness/scene.ts';
import { entryOf, typeCommand } from './harness/session-page.ts';

/*
 * Scenario SC7, its Linux steps: a command runs as the account it was asked for, or not at all. Steps 1 to 3 need Windows.
 * The steps build on each other. Only root can become somebody else, so nothing of it can be seen without.
 */
const WHO = 'id -un; echo $HOME';
const asRoot = process.getuid?.() === 0;

describe.runIf(asRoot)('SC7 system account or another context', { timeout: 120_000 }, () => {
  let scene: Scene;
  /** First in the runtime's PATH: what is put here is what it finds. */
  const tools = mkdtempSync(join(tmpdir(), 'throughline-tools-'));

  beforeAll(async () => {
    mkdirSync(tools, { recursive: true });
    scene = await openScene({ PATH: `${tools}:${process.env.PATH ?? ''}` });
    await scene.people.jun.page.goto(`${scene.product.url}/s/${scene.number}`);
    await scene.people.jun.page.getByLabel('Command', { exact: true }).waitFor();
  }, 600_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await scene?.photograph('sc7');
  });
  afterAll(async () => {
    await scene?.close();
    rmSync(tools, { recursive: true, force: true });
  }, 120_000);

  it('4 F031 F032 F035 F050 the same line as the service and as nobody: each says who it was', async () => {
    const { page } = scene.people.jun;
    const own = await typeCommand(page, WHO);
    await own.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    await own.getByText('root (uid 0)').waitFor();
    expect(await rows(own, 2)).toEqual(['root', homedir()]);

    const other = await typeCommand(page, WHO, { runAs: 'nobody', reason: 'does the web server’s account see it' });
    await other.getByText('exit 0', { exact: true }).waitFor({ timeout: 30_000 });
    await other.getByText(/^nobody \(uid \d+\)$/).waitFor();
    expect(await rows(other, 2)).toEqual(['nobody', '/nonexistent']);
    // Asked of the person at the device, as an identity of its own.
    await other.getByText(/^Approved by/).waitFor();
  });

  it('5 F031 F032 an account that is not there is refused before anything starts, and nothing falls back to root', async () => {
    const { page, desk } = scene.people.jun;
    const card = await typeCommand(page, WHO, { runAs: 'no_such_user', reason: 'a slip of the pen' });
    await card
      .getByText(/requested no_such_user, not available/)
      .first()
      .waitFor({ timeout: 30_000 });
    await notRun(await entryOf(card));
    expect(await card.getByText('root (uid 0)').count()).toBe(0);
    const verdict = await commandAt(desk, scene.number, await entryOf(card));
    expect(verdict.runAs).toBe('no_such_user');
  });

  it('6 F031 a runtime that cannot change accounts runs nothing, and the page says so in red', async () => {
    const { page } = scene.people.jun;
    const setpriv = join(tools, 'setpriv');
    writeFileSync(setpriv, '#!/bin/sh\necho "setpriv: setresuid failed: Operation not permitted" >&2\nexit 1\n');
    chmodSync(setpriv, 0o755);
    const card = await typeCommand(page, WHO, { runAs: 'nobody', reason: 'once more' });
    const word = card.locator('.st').filter({ hasText: 'Context not honoured' });
    await word.waitFor({ timeout: 30_000 });
    expect(await word.getAttribute('class')).toContain('tone-bad');
    await card
      .getByText(/setresuid failed/)
      .first()
      .waitFor();
    await notRun(await entryOf(card));
  });

  it('7 F031 F103 the filter “effective user nobody” finds the second command of step 4 alone', async () => {
    const { page, desk } = scene.people.mona;
    const ran = (await commandsOf(desk, scene.number)).filter((command) => command.start !== null);
    const wanted = ran.find((command) => command.runAs === 'nobody');
    await page.goto(`${scene.product.url}/search`);
    await page.getByLabel('Effective user:').fill('nobody');
    await page.getByLabel('Effective user:').press('Enter');
    await page.waitForURL(/as=nobody/);
    const hits = page.getByRole('link').filter({ hasText: WHO });
    await waitFor(
      'the index to have caught up',
      async () => {
        await page.reload();
        await page.getByText(/^\d+ hits?$/).waitFor();
        return (await hits.count()) > 0;
      },
      30_000,
    );
    await page.getByText('1 hit', { exact: true }).waitFor();
    expect(await hits.count()).toBe(1);
    await hits.click();
    await page.waitForURL(new RegExp(`/s/${scene.number}#e${wanted?.entrySeq}$`));
    const card = page.getByRole('article', { name: `Command, entry ${wanted?.entrySeq}`, exact: true });
    await card.getByText(/^nobody \(uid \d+\)$/).waitFor();
    for (const person of Object.values(scene.people)) expect(person.faults).toEqual([]);
  });

  /** The lines of output as the page shows them, once there are so many. */
  async function rows(card: Locator, atLeast: number): Promise<string[]> {
    const shown = card.locator('.out .r');
    await waitFor('the output to be shown', async () => (await shown.count()) >= atLeast, 15_000);
    return (await shown.allInnerTexts()).map((line) => line.trim()).filter((line) => line !== '');
  }

  /** Neither the record nor the endpoint's own folder knows of a start. */
  async function notRun(entrySeq: number): Promise<void> {
    const command = await commandAt(scene.people.jun.desk, scene.number, entrySeq);
    expect(command).toMatchObject({ state: 'refused', start: null });
    expect(existsSync(join(scene.runtime.data, 'commands', localId(command.id)))).toBe(false);
  }
});
