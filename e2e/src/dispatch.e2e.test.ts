import { ScriptedRuntime } from '@throughline/api/testing/scripted-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { made } from './harness/lab.ts';
import { PASSWORD, STAFF } from './harness/people.ts';
import { type Product, startProduct } from './harness/product.ts';

/* The dispatcher's morning on the board, by keys: three offices call, three people get work, one shift ends. */
const PEOPLE = { ...STAFF, theo: { name: 'Theo Lind', email: 'theo@northgate.example', role: 'technician' } } as const;
type Name = keyof typeof PEOPLE;

let product: Product;
let browser: Browser;
const desks = {} as Record<Name | 'ada', Desk>;
const pages = {} as Record<'dana' | 'theo', Page>;
const HOSTS = ['BRIT-EAST-01', 'BRIT-NORD-01', 'BRIT-WEST-01'];

describe.sequential("SC3 the dispatcher's morning", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    [product, browser] = await Promise.all([startProduct(), openBrowser()]);
    const first = { mspName: 'Northgate Managed IT', timeZone: 'America/Chicago', name: 'Ada Okafor' };
    desks.ada = await takeSetupLink(product.setupUrl, { ...first, email: 'ada@northgate.example', password: PASSWORD });
    const group = await made(desks.ada, 'createClientGroup', { name: 'Print & Media' }, '... on ClientGroup { id }');
    const brightline = { name: 'Brightline Print', groupId: group.id, contactName: 'Ken Abe' };
    const client = await made(desks.ada, 'createClient', brightline, '... on Client { id }');
    for (const [key, person] of Object.entries(PEOPLE) as [Name, (typeof PEOPLE)[Name]][]) {
      const link = await made<{ setupUrl: string }>(desks.ada, 'createUser', person, '... on CreatedUser { setupUrl }');
      desks[key] = await takeSetupLink(link.setupUrl, { password: PASSWORD });
    }
    for (const expectedHost of HOSTS) {
      const token = { clientId: client.id, expectedHost };
      const shown = '... on EnrollmentToken { token }';
      const made1 = await made<{ token: string }>(desks.ada, 'createEnrollmentToken', token, shown);
      await ScriptedRuntime.enrol(product.url, made1.token, expectedHost);
    }
    for (const name of ['dana', 'theo'] as const) {
      const window = await openWindow(browser);
      const cookies = desks[name].http.cookies();
      await window.context.addCookies(
        cookies.map((each) => ({ name: each.name, value: each.value, url: product.url })),
      );
      pages[name] = window.page;
    }
    await pages.dana.goto(`${product.url}/board`);
    await pages.theo.goto(`${product.url}/queue`);
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  }, 120_000);

  const queue = async (name: Name) =>
    (
      await desks[name].gql<{ queue: { title: string; endpoint: { name: string } }[] }>(
        '{ queue { title endpoint { name } } }',
      )
    ).queue;
  const rowOf = (host: string) => pages.dana.getByRole('row').filter({ hasText: host });

  it('F066 F067 F068 U52 by keys alone three endpoints go to three people in one action, as suggested', async () => {
    const { dana, theo } = pages;
    await rowOf(HOSTS[0]!).waitFor();
    for (const key of ['j', 'x', 'j', 'x', 'j', 'x', 'a']) await dana.keyboard.press(key);
    const dialog = dana.getByRole('dialog', { name: 'Assign 3 endpoints' });
    await dialog.getByLabel('What is wrong, in a few words').fill('Printer fails');
    await dialog.getByRole('button', { name: 'Suggest' }).click();
    await waitFor('three people', async () => {
      const chosen = await dialog
        .locator('.each select')
        .evaluateAll((all) => all.map((s) => (s as unknown as { value: string }).value));
      return new Set(chosen).size === 3 && chosen.every((value) => value !== '');
    });
    expect(await axeFaults(dana)).toEqual([]);
    await shoot(dana, 'board-assign');
    await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    await dana.getByText('3 assigned.').waitFor();
    for (const name of ['jun', 'sam', 'theo'] as const)
      expect((await queue(name)).map((s) => s.title)).toEqual(['Printer fails']);
    await theo.getByRole('button', { name: /Notifications, [1-9]/ }).waitFor({ timeout: 5_000 });
    await theo.getByText('Printer fails').first().waitFor();
  });

  it('F069 marked urgent on the board, the newest stands first on the open queue of its technician within 2 s', async () => {
    const { dana, theo } = pages;
    const held = (await queue('theo'))[0]!.endpoint.name;
    const ids = await desks.dana.gql<{
      endpoints: { edges: { node: { id: string; name: string } }[] };
      assignable: { id: string; name: string }[];
    }>('{ endpoints(first: 10) { edges { node { id name } } } assignable { id name } }');
    const [userId, other] = [
      ids.assignable.find(({ name }) => name === 'Theo Lind')!.id,
      ids.endpoints.edges.find(({ node }) => node.name !== held)!.node.id,
    ];
    for (const title of ['Toner low', 'Spooler stuck'])
      await made(
        desks.dana,
        'assignMany',
        { items: [{ endpointId: other, userId }], newSession: { title }, idempotencyKey: title },
        '... on AssignedMany { items { code } }',
      );
    const titles = () => theo.locator('li.q .ttl b').allInnerTexts();
    await waitFor('three sessions in the queue', async () => (await titles()).length === 3);
    expect(await titles()).toEqual(['Printer fails', 'Toner low', 'Spooler stuck']);
    await rowOf('Spooler stuck').click();
    await dana.keyboard.press('p');
    await dana.getByRole('dialog').getByRole('button', { name: 'Set' }).click();
    await dana.getByText(/is urgent now/).waitFor();
    await waitFor('the urgent one on top', async () => (await titles())[0] === 'Spooler stuck', 2_000);
    expect(await titles()).toEqual(['Spooler stuck', 'Printer fails', 'Toner low']);
    await shoot(theo, 'queue');
  });

  it('U52 F074 Theo goes off shift: all of his work is taken in one go and moved, and none remains', async () => {
    const { dana, theo } = pages;
    await dana.getByRole('link', { name: 'People', exact: true }).click();
    await dana.getByRole('button', { name: 'Take Theo Lind off shift' }).click();
    await dana.getByRole('button', { name: 'Put Theo Lind on shift' }).waitFor();
    expect(await axeFaults(dana)).toEqual([]);
    await shoot(dana, 'board-people');
    await dana.getByRole('link', { name: '3 open of Theo Lind' }).click();
    await waitFor('his rows alone', async () => (await dana.getByRole('checkbox').count()) === 4);
    await dana.keyboard.press('*');
    await dana.keyboard.press('r');
    const dialog = dana.getByRole('dialog', { name: 'Reassign 3 sessions' });
    await dialog.getByLabel('All to').selectOption({ label: 'Theo Lind, off shift' });
    await dialog.getByText('Theo Lind is off shift').waitFor();
    await dialog.getByLabel('All to').selectOption({ index: 1 });
    await dialog.getByLabel('Reason, goes on the record').fill('End of shift');
    await dialog.getByRole('button', { name: 'Reassign', exact: true }).click();
    await dana.getByText('3 assigned.').waitFor();
    expect(await queue('theo')).toEqual([]);
    await theo.getByText('Nothing waits for you').waitFor({ timeout: 5_000 });
    await dana.getByText('No row fits this filter').waitFor({ timeout: 5_000 });
  });

  it('U24 U26 a view is saved with its filter and columns, and comes back from the menu', async () => {
    const { dana } = pages;
    await dana.goto(`${product.url}/board?q=spooler`);
    await rowOf('Spooler stuck').waitFor();
    await dana.getByRole('button', { name: /^View:/ }).click();
    await dana.getByRole('menuitemcheckbox', { name: /Waiting on/ }).click();
    await waitFor('the column to go', async () => new URL(dana.url()).searchParams.get('hide') === 'wait');
    await dana.getByRole('menuitem', { name: 'Save this view' }).click();
    await dana.getByLabel('Name', { exact: true }).fill('Spoolers');
    await dana.getByRole('button', { name: 'Save', exact: true }).click();
    await dana.getByRole('button', { name: 'View: Spoolers' }).waitFor();
    await dana.goto(`${product.url}/board`);
    await dana.getByRole('button', { name: 'View: Unnamed' }).click();
    await dana.getByRole('menuitem', { name: 'Spoolers' }).click();
    await waitFor('the view', async () => new URL(dana.url()).search === '?q=spooler&hide=wait');
    expect(await dana.getByRole('columnheader', { name: 'Waiting on' }).isVisible()).toBe(false);
  });
});
