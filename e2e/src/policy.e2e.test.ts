import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, shoot } from './harness/browser.ts';
import { type Scene, openScene } from './harness/scene.ts';
import { typeCommand } from './harness/session-page.ts';

/* Policy as people meet it: Ada changes it in the settings, and Jun's next command on a real endpoint is judged by it. */
describe.sequential('the settings of policy', { timeout: 180_000 }, () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene();
    await scene.people.jun.page.goto(`${scene.product.url}/s/${scene.number}`);
    await scene.people.jun.page.getByLabel('Command', { exact: true }).waitFor();
  }, 600_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await scene?.photograph('policy');
  });
  afterAll(() => scene?.close(), 120_000);

  it('F049 by the group’s first policy reading runs at once, and the card names rule, level and version', async () => {
    const card = await typeCommand(scene.people.jun.page, 'cat /etc/hostname');
    await card.getByText('exit 0').first().waitFor();
    await card
      .getByText(/rule P-1, client group policy v1/)
      .first()
      .waitFor();
  });

  it('F133 the admin sees what a change would have made of last month, then lays it down with a reason', async () => {
    const { page } = scene.people.ada;
    await page.goto(`${scene.product.url}/settings/clients`);
    await page.getByRole('link', { name: 'Version 1 of Dental' }).click();
    await page.getByLabel('Commands that only read').selectOption('ask');
    await page.getByLabel('Commands that can destroy data').selectOption('refuse');
    await page.getByRole('button', { name: 'Preview on last month' }).click();
    const preview = page.getByRole('status', { name: 'Preview' });
    await preview.getByText('cat /etc/hostname').waitFor();
    expect(await preview.innerText()).toMatch(
      /Of the 1 command of .* 1 more would have asked, 0 more would have been/s,
    );
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'settings-policy');
    await page.getByLabel('Why, for the history').fill('Patients’ data, agreed in May');
    await page.getByRole('button', { name: 'Save version 2' }).click();
    await page.getByText('Version 2 counts for every command proposed from now on.').waitFor();
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('Commands that can destroy data: ask first → are refused').waitFor();
    await history.getByText('Patients’ data, agreed in May').waitFor();
    expect(scene.people.ada.faults).toEqual([]);
  });

  it('F049 in the session that is under way the next commands are judged by it: one asks, one is refused', async () => {
    const { page } = scene.people.jun;
    const reads = await typeCommand(page, 'cat /etc/hostname', { reason: 'to see its name' });
    await reads
      .getByText(/rule P-1, client group policy v2/)
      .first()
      .waitFor();
    // The person at the computer says yes, and it runs.
    await reads.getByText('exit 0').first().waitFor();
    await page.getByLabel('Command', { exact: true }).fill(`rm -rf ${scene.lab}/cache`);
    await page.getByText(/Destructive: refused/).waitFor();
    await page.getByText(/Rule P-3, client group policy v2/).waitFor();
    expect(await axeFaults(page)).toEqual([]);
  });

  it('F133 the audit trail has who changed it, and what it said before and after', async () => {
    const { page } = scene.people.ada;
    await page.goto(`${scene.product.url}/audit`);
    const row = page.getByRole('row').filter({ hasText: 'policy.changed' }).first();
    await row.getByText('ada@northgate.example').waitFor();
    const words = await row.innerText();
    for (const part of ['Dental', '"destructive":"ask"', '"destructive":"refuse"', 'agreed in May'])
      expect(words).toContain(part);
  });

  it('U35 an endpoint’s own policy says whose each rule is, and fits a phone', async () => {
    const { page } = scene.people.ada;
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${scene.product.url}/endpoints/${encodeURIComponent(scene.endpointId)}`);
    await page.getByRole('link', { name: 'Policy', exact: true }).first().click();
    const holds = page.getByRole('region', { name: 'What holds on this endpoint' });
    await holds.getByText('Client group v2').first().waitFor();
    await holds.getByText('Built in').first().waitFor();
    await page.getByLabel('Quiet hours: nobody is asked').check();
    await page.getByLabel('Questions while nobody is signed in').selectOption('refuse');
    await page.getByRole('button', { name: 'Save version 1' }).click();
    await page.getByText('Version 1 counts for every command proposed from now on.').waitFor();
    await holds.getByText(/18:00–08:00 \(America\/Chicago\)/).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});
