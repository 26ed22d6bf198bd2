import { rawId } from '@throughline/api/testing/desk';
import { ScriptedRuntime, playing } from '@throughline/api/testing/scripted-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, openWindow, shoot } from './harness/browser.ts';
import { type Desk, takeSetupLink } from './harness/desk.ts';
import { made } from './harness/lab.ts';
import { layoutFaults } from './harness/overlaps.ts';
import { PASSWORD, STAFF } from './harness/people.ts';
import { type Product, startProduct } from './harness/product.ts';

/* Several people at one board and in one session, each in a browser of their own. */
const PEOPLE = { ...STAFF, theo: { name: 'Theo Lind', email: 'theo@northgate.example', role: 'technician' } } as const;
type Name = keyof typeof PEOPLE;
const HOSTS = ['BRIT-EAST-01', 'BRIT-NORD-01', 'BRIT-WEST-01'] as const;
const SEEN_WITHIN_MS = 10_000;

let product: Product;
let browser: Browser;
const desks = {} as Record<Name | 'ada', Desk>;
const pages = {} as Record<'dana' | 'mona' | 'theo' | 'sam', Page>;
const runtimes = {} as Record<(typeof HOSTS)[number], ScriptedRuntime>;
let number: number;
/** The session about toner. */
let toner: { id: string; number: number };

describe.sequential('several people at one board', { timeout: 240_000 }, () => {
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
      const shown = '... on EnrollmentToken { token }';
      const wanted = { clientId: client.id, expectedHost };
      const { token } = await made<{ token: string }>(desks.ada, 'createEnrollmentToken', wanted, shown);
      runtimes[expectedHost] = await ScriptedRuntime.enrol(product.url, token, expectedHost);
      await runtimes[expectedHost].connect();
    }
    for (const name of ['dana', 'mona', 'theo', 'sam'] as const) {
      const window = await openWindow(browser);
      const cookies = desks[name].http.cookies();
      await window.context.addCookies(
        cookies.map((each) => ({ name: each.name, value: each.value, url: product.url })),
      );
      pages[name] = window.page;
    }
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  }, 120_000);

  const rowOf = (page: Page, host: string) => page.getByRole('row').filter({ hasText: host });
  const idOf = async (host: string) => {
    const { endpoints } = await desks.dana.gql<{ endpoints: { edges: { node: { id: string; name: string } }[] } }>(
      '{ endpoints(first: 10) { edges { node { id name } } } }',
    );
    return endpoints.edges.find(({ node }) => node.name === host)!.node.id;
  };

  it('F012 two boards show a session pending, active once its person says yes, and completed when it ends, without a reload', async () => {
    for (const name of ['dana', 'mona'] as const) {
      await pages[name].goto(`${product.url}/board`);
      await rowOf(pages[name], HOSTS[0]).waitFor();
      await pages[name].evaluate('globalThis.notReloaded = true');
    }
    const endpointId = await idOf(HOSTS[0]);
    const started = { endpointId, title: 'Printer fails', requester: 'Ken Abe', channel: 'phone', reason: 'to look' };
    const session = await made<{ id: string; number: number }>(
      desks.theo,
      'startSession',
      started,
      '... on Session { id number }',
    );
    number = session.number;
    const both = [rowOf(pages.dana, HOSTS[0]), rowOf(pages.mona, HOSTS[0])];
    for (const row of both) await row.getByText('Pending').first().waitFor({ timeout: SEEN_WITHIN_MS });
    await runtimes[HOSTS[0]].approves(rawId(session.id));
    for (const row of both) await row.getByText('Active').first().waitFor({ timeout: SEEN_WITHIN_MS });
    // One that ends leaves the live rows for the completed ones, on both boards: the endpoint is free again, and one more is counted.
    const input = { endpointId: await idOf(HOSTS[2]), title: 'Toner', requester: 'Ken Abe', channel: 'phone' };
    const other = await made<{ id: string; number: number }>(
      desks.theo,
      'startSession',
      { ...input, reason: 'to look' },
      '... on Session { id number }',
    );
    await runtimes[HOSTS[2]].approves(rawId(other.id));
    const third = [rowOf(pages.dana, HOSTS[2]), rowOf(pages.mona, HOSTS[2])];
    for (const row of third) await row.getByText('Active').first().waitFor({ timeout: SEEN_WITHIN_MS });
    const end = { sessionId: other.id, outcome: 'resolved', note: 'Toner changed', verification: [] };
    await made(
      desks.theo,
      'completeSession',
      { ...end, notVerifiedBecause: 'Ken printed a page' },
      '... on Session { id }',
    );
    for (const [n, name] of (['dana', 'mona'] as const).entries()) {
      await third[n]!.getByText(/No open session|last seen/)
        .first()
        .waitFor({ timeout: SEEN_WITHIN_MS });
      await pages[name].getByRole('link', { name: 'Completed 1' }).waitFor({ timeout: SEEN_WITHIN_MS });
      expect(await pages[name].evaluate('globalThis.notReloaded'), `${name} did not reload`).toBe(true);
    }
    await pages.mona.getByRole('link', { name: 'Completed 1' }).click();
    await pages.mona.getByRole('row').filter({ hasText: HOSTS[2] }).getByText('Resolved').waitFor();
  });

  it('F053 F078 a command that waits too long for its yes turns its row amber, then red, tells the dispatcher once, and is calm once answered', async () => {
    const limit = { consentWaitMinutes: 0.2 };
    const document = { normal: limit, urgent: limit, warnPercent: 50 };
    await made(desks.ada, 'setSlaPolicy', { document, expectedVersion: 0 }, '... on SlaPolicy { version }');
    const { sessionByNumber: session } = await desks.theo.gql<{ sessionByNumber: { id: string } }>(
      'query($number: Int!) { sessionByNumber(number: $number) { id } }',
      { number },
    );
    const order = { sessionId: session.id, shell: 'bash', script: 'systemctl restart cups', reason: 'it hangs' };
    await made(desks.theo, 'proposeCommand', order, '... on Command { id }');
    const { dana } = pages;
    const row = rowOf(dana, HOSTS[0]);
    const card = dana.getByRole('complementary', { name: 'Pending approvals' }).locator('.ask');
    await row.and(dana.locator('.is-warn')).waitFor({ timeout: 60_000 });
    await row.and(dana.locator('.is-over')).waitFor({ timeout: 60_000 });
    await card.and(dana.locator('.is-over')).waitFor();
    await shoot(dana, 'board-command-waits');
    const told = async () => {
      const { notifications } = await desks.dana.gql<{ notifications: { kind: string; link: string }[] }>(
        '{ notifications(first: 20) { kind link } }',
      );
      return notifications.filter((each) => each.kind === 'approval_waiting' && each.link.startsWith(`/s/${number}#e`));
    };
    expect(await told()).toHaveLength(1);
    await dana.goto(`${product.url}${(await told())[0]!.link}`);
    await dana.getByText('A command waits long for a yes').waitFor();
    await dana.goto(`${product.url}/board`);
    const { prompt } = await runtimes[HOSTS[0]].hears('prompt', (m) => m.prompt.kind === 'action');
    runtimes[HOSTS[0]].decide(prompt.approvalId, 'deny');
    await row.and(dana.locator(':not(.is-warn):not(.is-over)')).waitFor({ timeout: SEEN_WITHIN_MS });
    expect(await told()).toHaveLength(1);
    await made(desks.ada, 'setSlaPolicy', { document: {}, expectedVersion: 1 }, '... on SlaPolicy { version }');
  });

  it('U48 U49 two in one session: each sees the other and who types; command rights go over by one click, and back by another', async () => {
    const { theo, sam } = pages;
    for (const page of [theo, sam]) await page.goto(`${product.url}/s/${number}`);
    const here = (page: Page) => page.getByRole('list', { name: 'Also here' });
    await here(theo).getByText('Sam Whitfield').waitFor();
    await here(sam).getByText('Theo Lind').waitFor();
    await theo.getByRole('form', { name: 'New command' }).waitFor();
    expect(await sam.getByRole('form', { name: 'New command' }).count()).toBe(0);

    await sam.getByLabel('Message, goes on the record').pressSequentially('Look at the spooler first');
    await theo.getByText('Sam typing…').waitFor();
    await shoot(theo, 'session-here');
    await sam.getByLabel('Message, goes on the record').blur();
    await theo.getByText('Sam typing…').waitFor({ state: 'detached' });

    await shoot(sam, 'session-reading-along');
    expect(await axeFaults(sam)).toEqual([]);
    await sam.getByRole('button', { name: 'Take over' }).click();
    await sam.getByRole('form', { name: 'New command' }).waitFor();
    await theo.getByText('has command rights. You are').waitFor();
    expect(await theo.getByRole('form', { name: 'New command' }).count()).toBe(0);
    await theo.getByText('took command rights over from Theo Lind').waitFor();

    await theo.getByRole('button', { name: 'Ask for command rights' }).click();
    await sam.getByText('asks for command rights.').waitFor();
    await shoot(sam, 'session-asked');
    expect(await axeFaults(sam)).toEqual([]);
    await sam.getByRole('button', { name: 'Hand over to Theo' }).click();
    await theo.getByRole('form', { name: 'New command' }).waitFor();
    await theo.getByText('has command rights, handed over by Sam Whitfield').waitFor();

    await sam.goto(`${product.url}/queue`);
    await here(theo).waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('U51 on hold says so, in the session and on the board, and goes on by one click', async () => {
    const { theo, dana } = pages;
    await theo.getByRole('button', { name: 'Hold', exact: true }).click();
    await theo.getByLabel('What is waited for').fill('Ken calls back after lunch');
    await theo.getByRole('button', { name: 'Put on hold' }).click();
    await theo.getByText('put the session on hold, waiting for the client').waitFor();
    await rowOf(dana, HOSTS[0]).getByText('On hold').waitFor();
    await theo.getByRole('button', { name: 'Go on', exact: true }).click();
    await theo.getByRole('dialog').getByRole('button', { name: 'Go on' }).click();
    await theo.getByText('took the session off hold').waitFor();
  });

  it('F066 what is given is declined on the queue with a reason, and stands on the board without anybody', async () => {
    const { sam, dana } = pages;
    const given = { endpointId: await idOf(HOSTS[1]), userId: await userOf('Sam Whitfield') };
    const opening = { newSession: { title: 'Toner low' }, idempotencyKey: 'toner' };
    await made(desks.dana, 'assignMany', { items: [given], ...opening }, '... on AssignedMany { items { code } }');
    await sam.goto(`${product.url}/queue`);
    const item = sam.getByRole('listitem').filter({ hasText: 'Toner low' });
    await item.getByRole('button', { name: 'Accept' }).waitFor();
    await shoot(sam, 'queue-accept');
    expect(await axeFaults(sam)).toEqual([]);
    await item.getByRole('button', { name: 'Decline' }).click();
    await sam.getByLabel('Reason, goes on the record').fill('On site until four');
    await sam.getByRole('dialog').getByRole('button', { name: 'Decline' }).click();
    await sam.getByText('Nothing waits for you').waitFor();
    await rowOf(dana, HOSTS[1]).getByRole('button', { name: 'Assign' }).waitFor();
  });

  it('F022 sessions of several endpoints are seen together as an incident: made on the board, taken out of it, closed', async () => {
    const { dana } = pages;
    await dana.goto(`${product.url}/board`);
    for (const host of HOSTS.slice(0, 2)) await rowOf(dana, host).getByRole('checkbox').check();
    await dana.keyboard.press('i');
    await dana.getByLabel('What the trouble is').fill('Printers – Brightline');
    await dana.getByRole('button', { name: 'Open the incident' }).click();
    await dana.getByText('2 sessions in “Printers – Brightline”.').waitFor();
    await dana.goto(`${product.url}/incidents`);
    expect(await axeFaults(dana)).toEqual([]);
    await shoot(dana, 'incidents');
    await dana.getByRole('link', { name: 'Printers – Brightline' }).click();
    const rows = dana.getByRole('row');
    await rows.filter({ hasText: 'Theo Lind' }).getByText('Active').waitFor();
    await rows.filter({ hasText: 'Toner low' }).getByText('Nobody').waitFor();
    expect(await axeFaults(dana)).toEqual([]);
    await shoot(dana, 'incident');
    await rows
      .filter({ hasText: 'Toner low' })
      .getByRole('button', { name: /^Take out/ })
      .click();
    await rows.filter({ hasText: 'Toner low' }).waitFor({ state: 'detached' });
    await dana.getByRole('button', { name: 'Close the incident' }).click();
    await dana.getByRole('dialog').getByRole('button', { name: 'Close the incident' }).click();
    await dana.getByText('Closed', { exact: true }).waitFor();
    // The trouble is over; the session is not.
    await rows.filter({ hasText: 'Theo Lind' }).getByText('Active').waitFor();
  });

  it('F142 one dashboard, few clicks: assign and reassign take three, nudge takes one (a snapshot is counted in its own test)', async () => {
    const { dana } = pages;
    await dana.goto(`${product.url}/board`);
    await rowOf(dana, HOSTS[1]).getByRole('button', { name: 'Assign' }).waitFor();
    await dana.evaluate("addEventListener('pointerdown', () => (globalThis.pressed += 1), true)");
    const pressed = async (act: () => Promise<unknown>): Promise<number> => {
      await dana.evaluate('globalThis.pressed = 0');
      await act();
      return dana.evaluate('globalThis.pressed');
    };
    const give = async (button: string, words: string) => {
      const dialog = dana.getByRole('dialog');
      await dialog.getByText('Theo Lind').or(dialog.getByText('Sam Whitfield')).first().waitFor();
      await dialog.getByText(words, { exact: true }).click();
      if (button === 'Reassign') await dana.keyboard.type('Sam is on site');
      await dialog.getByRole('button', { name: button, exact: true }).click();
      await dialog.waitFor({ state: 'hidden' });
    };
    const assign = async () => {
      await rowOf(dana, HOSTS[1]).getByRole('button', { name: 'Assign' }).click();
      await give('Assign', 'Sam Whitfield');
    };
    expect(await pressed(assign)).toBe(3);
    await rowOf(dana, HOSTS[1]).getByText('Sam').first().waitFor();
    const reassign = async () => {
      await rowOf(dana, HOSTS[1])
        .getByRole('button', { name: /reassign/ })
        .click();
      await give('Reassign', 'Theo Lind');
    };
    expect(await pressed(reassign)).toBe(3);
    await rowOf(dana, HOSTS[1]).getByText('Theo').first().waitFor();

    const { endpoint } = await desks.dana.gql<{ endpoint: { openSession: typeof toner } }>(
      'query($id: ID!) { endpoint(id: $id) { openSession { id number } } }',
      { id: await idOf(HOSTS[1]) },
    );
    toner = endpoint.openSession;
    await made(desks.theo, 'startSession', { sessionId: toner.id, reason: 'to look' }, '... on Session { id }');
    const card = dana
      .getByRole('region', { name: 'Requests waiting' })
      .getByRole('listitem')
      .filter({ hasText: HOSTS[1] });
    const nudge = async () => {
      await card.getByRole('button', { name: 'Nudge' }).click();
      await dana.getByText(/is asked again\. Nudge 1\./).waitFor();
    };
    expect(await pressed(nudge)).toBe(1);
  });

  it('F077 F078 U48 a session is watched in the board’s drawer, live and read-only, with the board alive beside it', async () => {
    const { dana, theo } = pages;
    await theo.goto(`${product.url}/s/${number}`);
    await rowOf(dana, HOSTS[0])
      .getByRole('link', { name: /Printer fails/ })
      .click();
    const drawer = drawerOf(dana, number);
    await drawer.getByText('Consent given').waitFor();
    await drawer.getByRole('list', { name: 'Also here' }).getByText('Theo Lind').waitFor();
    // She is seen as who watches, which no record holds.
    await theo.getByRole('list', { name: 'Also here' }).getByText('Dana Ruiz').waitFor();
    for (const box of ['New command', 'Message, goes on the record'])
      expect(await drawer.getByLabel(box).count(), box).toBe(0);
    await theo.getByRole('button', { name: /^Message/ }).click();
    await theo.getByLabel('Message, goes on the record').fill('The spooler is next');
    await theo.keyboard.press('Control+Enter');
    await drawer.getByText('The spooler is next').waitFor();
    await fine(dana);
    await shoot(dana, 'board-drawer');

    // What happens elsewhere is seen beside it.
    await dana.evaluate('globalThis.notReloaded = true');
    await runtimes[HOSTS[1]].connect();
    await runtimes[HOSTS[1]].approves(rawId(toner.id));
    await rowOf(dana, HOSTS[1]).getByText('Active').first().waitFor({ timeout: SEEN_WITHIN_MS });
    await dana.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    expect(await dana.evaluate("document.activeElement?.getAttribute('data-opens')")).toBe(String(number));
    await dana.keyboard.press('Enter');
    await drawer.getByText('The spooler is next').waitFor();
    await dana.keyboard.press('j');
    await drawerOf(dana, toner.number).getByText('Toner low').first().waitFor();
    expect(await dana.evaluate('globalThis.notReloaded')).toBe(true);
    expect(new URL(dana.url()).pathname).toBe('/board');

    await dana.goto(`${product.url}/board?open=${number}`);
    await drawer.getByText('The spooler is next').waitFor();
    await dana.goto(`${product.url}/board?open=999999`);
    await dana.getByText('There is no session 999999').waitFor();
    const { session } = await desks.theo.gql<{ session: { participants: { name: string }[] } }>(
      `{ session: sessionByNumber(number: ${number}) { participants { name } } }`,
    );
    expect(session.participants.map(({ name }) => name)).not.toContain('Dana Ruiz');
  });

  it('F082 a completed session is one click away from the board, with commands, approvals and resolution', async () => {
    const { dana } = pages;
    const { sessionByNumber } = await desks.theo.gql<{ sessionByNumber: { id: string } }>(
      `{ sessionByNumber(number: ${number}) { id } }`,
    );
    const sessionId = sessionByNumber.id;
    const proposed = { sessionId, shell: 'bash', script: 'lpstat -t', reason: 'which jobs wait' };
    const command = await made<{ id: string }>(desks.theo, 'proposeCommand', proposed, '... on Command { id }');
    // Nothing kept its connection alive meanwhile.
    await runtimes[HOSTS[0]].connect();
    await runtimes[HOSTS[0]].plays(rawId(command.id), playing(rawId(command.id), ['printer is idle\n']));
    const ended = { sessionId, outcome: 'resolved', note: 'Paper jam cleared', verification: [] };
    await waitFor('the end', async () => {
      const input = { ...ended, notVerifiedBecause: 'Ken said so' };
      const acted = await desks.theo.act('completeSession', 'CompleteSessionInput', input, '... on Session { id }');
      return acted.code === undefined;
    });
    await dana.goto(`${product.url}/board`);
    await dana.getByRole('link', { name: /^Completed/ }).click();
    await dana.getByRole('link', { name: /Printer fails/ }).click();
    const drawer = drawerOf(dana, number);
    await drawer.getByText('lpstat -t').first().waitFor();
    await drawer.getByText('Consent given').waitFor();
    const summary = drawer.getByRole('region', { name: 'Summary' });
    for (const words of ['Paper jam cleared', 'Took part', 'Waiting for approval'])
      await summary.getByText(words).first().waitFor();
    expect(new URL(dana.url()).pathname).toBe('/board');
    await fine(dana);
    await shoot(dana, 'board-drawer-completed');
  });

  it('F066 F067 selected rows are dragged onto a person, who has them once the dialog was answered; Esc lets them go', async () => {
    const { dana } = pages;
    const again = { endpointId: await idOf(HOSTS[2]), title: 'Toner again', requester: 'Ken Abe', channel: 'phone' };
    await made(desks.theo, 'startSession', { ...again, reason: 'to look' }, '... on Session { id }');
    await dana.goto(`${product.url}/board`);
    const people = dana.getByRole('complementary', { name: 'People to drop on' });
    const held = async () => {
      const status = await rowOf(dana, HOSTS[1]).locator('.c-st').boundingBox();
      await dana.mouse.move(status!.x + 10, status!.y + 10);
      await dana.mouse.down();
      await dana.mouse.move(status!.x + 40, status!.y + 20, { steps: 4 });
      await people.getByText('Sam Whitfield').waitFor();
    };
    for (const host of [HOSTS[1], HOSTS[2]]) await dana.getByRole('checkbox', { name: `Select ${host}` }).check();
    await held();
    await people.getByText('Drop 2 sessions on a person').waitFor();
    await dana.keyboard.press('Escape');
    await dana.mouse.up();
    await people.waitFor({ state: 'hidden' });
    expect(await dana.getByRole('dialog').count()).toBe(0);

    await held();
    const sam = await people.getByRole('listitem').filter({ hasText: 'Sam Whitfield' }).boundingBox();
    await dana.mouse.move(sam!.x + 20, sam!.y + 15, { steps: 6 });
    await dana.mouse.up();
    const dialog = dana.getByRole('dialog', { name: 'Reassign 2 sessions' });
    await dialog.getByLabel('Reason, goes on the record').fill('Sam is on site');
    expect(await rowOf(dana, HOSTS[1]).getByText('Sam').count()).toBe(0);
    await dialog.getByRole('button', { name: 'Reassign', exact: true }).click();
    for (const host of [HOSTS[1], HOSTS[2]])
      await rowOf(dana, host).getByText('Sam').first().waitFor({ timeout: SEEN_WITHIN_MS });
    await people.waitFor({ state: 'hidden' });
  });

  it('U16 F070 F077 on a phone a session is watched, moved to somebody else and read, by touch alone', async () => {
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    const cookies = desks.dana.http.cookies();
    await context.addCookies(cookies.map((each) => ({ name: each.name, value: each.value, url: product.url })));
    const phone = await context.newPage();
    await phone.goto(`${product.url}/board`);
    await phone.getByRole('link', { name: /Toner again/ }).tap();
    const drawer = phone.getByRole('complementary', { name: /^Session \d+$/ });
    await drawer.getByText('is asked at the device').waitFor();
    expect(await drawer.getByText('Consent given').count()).toBe(0);
    const which = Number(new URL(phone.url()).searchParams.get('open'));
    const { sessionByNumber } = await desks.dana.gql<{ sessionByNumber: { id: string } }>(
      `{ sessionByNumber(number: ${which}) { id } }`,
    );
    await runtimes[HOSTS[2]].connect();
    await runtimes[HOSTS[2]].approves(rawId(sessionByNumber.id));
    await drawer.getByText('Consent given').waitFor();
    await drawer.getByRole('button', { name: /^Reassign/ }).tap();
    const dialog = phone.getByRole('dialog');
    await dialog.getByText('Theo Lind', { exact: true }).tap();
    await dialog.getByLabel('Reason, goes on the record').fill('Theo is nearer');
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await dialog.getByRole('button', { name: 'Reassign', exact: true }).tap();
    await dialog.waitFor({ state: 'hidden' });
    await drawer.getByText('“Theo is nearer”').waitFor();
    expect(await axeFaults(phone)).toEqual([]);
    await phone.goto(`${product.url}/s/${which}`);
    const record = phone.getByRole('region', { name: 'Record of the session' });
    await record.getByText('“Theo is nearer”').waitFor();
    await record.getByText('Consent given').scrollIntoViewIfNeeded();
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await context.close();
  });

  const drawerOf = (page: Page, which: number) =>
    page.getByRole('complementary', { name: `Session ${which}`, exact: true });

  /** Nothing that axe finds, nothing over something else, and no scrolling sideways, on a desk and on a phone. */
  async function fine(page: Page): Promise<void> {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await axeFaults(page), `${width}`).toEqual([]);
      expect(await layoutFaults(page), `${width}`).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width}`).toBeLessThanOrEqual(width);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  }

  const userOf = async (name: string) =>
    (
      await desks.dana.gql<{ assignable: { id: string; name: string }[] }>('{ assignable { id name } }')
    ).assignable.find((person) => person.name === name)!.id;
});
