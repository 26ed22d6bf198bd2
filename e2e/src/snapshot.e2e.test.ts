import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Window, axeFaults, openWindow, shoot } from './harness/browser.ts';
import { made } from './harness/lab.ts';
import { type Morning, openMorning, signInAs } from './harness/morning.ts';
import { PLANTED } from '@throughline/domain/scrub/testdata/planted';

/* Scenario SC2 from its ninth step on: the printer ticket is shared as a scrubbed copy, by a person who reviewed it, with somebody outside. */
const HOST = 'BRIT-NORTH-01';
/** In no rule and no list of names: only a person knows that it says too much. */
const BY_HAND = 'Front desk HP';
/** Looks like a name of the client's network, so the rules hide it; it is every such printer's own. */
const HARMLESS = 'hp-laserjet.local';
const OUTPUT = [
  `[driver] load ${PLANTED[5]}`,
  `[driver] connect share ${PLANTED[6]}`,
  `[driver] log ${PLANTED[7]}`,
  `[driver] host ${PLANTED[9]} at ${PLANTED[10]}`,
  `[driver] auth as ${PLANTED[12]}`,
  `[driver] with ${PLANTED[13]}`,
  `[driver] answers as ${HARMLESS}`,
  `[driver] queue ${BY_HAND} failed 0x00000bc4`,
  '',
].join('\n');

describe.sequential('SC2 a session is shared as a snapshot', { timeout: 240_000 }, () => {
  const slow = { timeout: 60_000 };
  let morning: Morning;
  let number: number;
  let sessionId: string;
  let sam: Page;
  let link: string;

  beforeAll(async () => {
    morning = await openMorning([HOST]);
    const { sam: desk } = morning.desks;
    morning.runtimes[HOST].approves = true;
    const file = join(morning.lab, 'queue');
    await writeFile(file, OUTPUT);
    const asked = {
      ...{ endpointId: morning.endpointIds[HOST], title: 'Printer not working', requester: 'Ken Abe' },
      request: `Ken Abe of Brightline Print cannot print on ${HOST}. Call back 555-0102 or ken.abe@brightline.example.`,
      reason: 'to see why nothing is printed',
    };
    const session = await made<{ id: string; number: number }>(
      desk,
      'startSession',
      asked,
      '... on Session { id number }',
    );
    ({ id: sessionId, number } = session);
    await waitFor('the session to be active', async () => (await statusOf()) === 'active', 60_000);
    const text = 'Tell Ken Abe and support@brightline.example that Brightline may print again soon.';
    await made(desk, 'addMessage', { sessionId, text }, '... on Entry { id }');
    await run(`cat ${file}`);
    await run(`touch ${join(morning.lab, 'gone')}`, 'remove corrupted print driver');
    sam = morning.windows.sam.page;
  }, 600_000);

  afterAll(() => morning?.close(), 120_000);

  const of = async <T>(fields: string): Promise<T> =>
    (await morning.desks.sam.gql<{ s: T }>(`query($id: ID!) { s: session(id: $id) { ${fields} } }`, { id: sessionId }))
      .s;
  const statusOf = async () => (await of<{ status: string }>('status')).status;
  async function run(script: string, reason?: string): Promise<void> {
    const input = { sessionId, shell: 'bash', script, ...(reason !== undefined && { reason }) };
    const { id } = await made(morning.desks.sam, 'proposeCommand', input, '... on Command { id }');
    await waitFor(
      `the end of ${script}`,
      async () =>
        (
          await of<{ commands: { id: string; finishedAt: string | null }[] }>('commands { id finishedAt }')
        ).commands.some((each) => each.id === id && each.finishedAt !== null),
      60_000,
    );
  }
  const snapshots = async () =>
    (await of<{ snapshots: { state: string; url: string | null; views: number }[] }>('snapshots { state url views }'))
      .snapshots;

  /** Nothing wider than the page at either width, nothing that axe objects to in either theme, and pictures of it. */
  async function sound(page: Page, picture: string): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
        expect(fits, `${picture} ${width} ${colorScheme}`).toBe(true);
        expect(await axeFaults(page), `${picture} ${width} ${colorScheme}`).toEqual([]);
      }
    }
    await shoot(page, picture);
  }

  /** Selects this text of the copy, from its first letter to its last. */
  async function selectByMouse(page: Page, text: string): Promise<void> {
    const [from, to] = await waitFor('the text in the copy', () =>
      page.evaluate<[{ x: number; y: number }, { x: number; y: number }] | null>(`(() => {
        const walker = document.createTreeWalker(document.querySelector('.paper'), NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.textContent.indexOf(${JSON.stringify(text)});
          if (at < 0) continue;
          node.parentElement.scrollIntoView({ block: 'center' });
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + ${text.length});
          const { left, right, top, height } = range.getBoundingClientRect();
          return [{ x: left + 1, y: top + height / 2 }, { x: right - 1, y: top + height / 2 }];
        }
        return null;
      })()`),
    );
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 5 });
    await page.mouse.up();
  }

  /** Looks at every mark, as the reviewer has to. */
  async function lookAtAll(page: Page): Promise<void> {
    // Keys are off while a field has the focus.
    await page.getByRole('region', { name: 'Scrubbed transcript' }).focus();
    const progress = page.getByText(/^\d+ of \d+$/, { exact: true }).and(page.locator('small'));
    await waitFor(
      'every mark to be looked at',
      async () => {
        await page.keyboard.press('n');
        const [seen, all] = (await progress.innerText()).split(' of ');
        return seen === all;
      },
      120_000,
    );
  }
  const confirmButton = (page: Page) => page.getByRole('button', { name: 'Confirm and make the link' });

  it('F142 F117 F109 a dispatcher, who may run nothing, is at the review two clicks after the board', async () => {
    const { page, faults } = morning.windows.dana;
    await page.goto(`${morning.product.url}/board`);
    await signInAs(page, 'dana');
    let clicks = 0;
    await page
      .getByRole('link', { name: /Printer not working/ })
      .first()
      .click(slow);
    clicks++;
    const drawer = page.getByRole('complementary', { name: `Session ${number}` });
    await drawer.getByRole('button', { name: 'Share snapshot' }).click(slow);
    clicks++;
    await page.waitForURL(/\/s\/\d+\/snapshots\//);
    await page.getByRole('heading', { name: 'Review before sharing' }).waitFor(slow);
    await confirmButton(page).waitFor(slow);
    expect(clicks).toBeLessThanOrEqual(3);
    expect(await snapshots()).toEqual([{ state: 'DRAFT', url: null, views: 0 }]);
    await page.getByRole('button', { name: 'Discard this copy' }).click();
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/s/${number}`);
    expect(await snapshots()).toEqual([]);
    await page.getByRole('button', { name: 'Share snapshot' }).waitFor(slow);
    expect(await page.getByLabel('Command', { exact: true }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('F109 the palette offers it too, and who may not share is not offered it', async () => {
    const jun = morning.windows.jun.page;
    await jun.goto(`${morning.product.url}/s/${number}`);
    await signInAs(jun, 'jun');
    await jun.getByRole('region', { name: 'Record of the session' }).waitFor(slow);
    expect(await jun.getByRole('button', { name: 'Share snapshot' }).count()).toBe(0);
    await sam.goto(`${morning.product.url}/s/${number}`);
    await signInAs(sam, 'sam');
    await sam.getByRole('button', { name: 'Share snapshot' }).waitFor(slow);
    await shoot(sam, 'session-share');
    await sam.keyboard.press('Control+k');
    await sam.getByRole('combobox', { name: 'Go to' }).fill('snap');
    const offer = sam.getByRole('option', { name: `Share snapshot of ${number}` });
    await offer.waitFor(slow);
    await offer.click();
    await confirmButton(sam).waitFor(slow);
  });

  it('SC2 F110 F111 the sender looks through the copy: none of the planted is in it, one thing is hidden by hand, one shown again', async () => {
    const field = sam.getByLabel('Look for something');
    for (const planted of PLANTED) {
      await field.fill(planted);
      await sam.getByText(/^Not in the copy/).waitFor(slow);
    }
    await field.fill(BY_HAND);
    await sam.getByText('In the copy, 1 place').waitFor(slow);
    await field.fill('');

    await selectByMouse(sam, BY_HAND);
    await sam.getByRole('button', { name: `Hide “${BY_HAND}”` }).waitFor(slow);
    await sam.keyboard.press('h');
    await sam.getByRole('button', { name: `Undo hiding ${BY_HAND}` }).waitFor(slow);
    await sam.getByRole('button', { name: 'redacted-1, Added by hand' }).click(slow);
    await sam.getByRole('note').getByText(`Hides ${BY_HAND}`).waitFor(slow);

    await sam.keyboard.down('Alt');
    const harmless = sam.getByText(HARMLESS, { exact: true }).first();
    await harmless.waitFor(slow);
    await sam.getByRole('button', { name: 'secret-1, Secrets' }).getByText('[secret-1]').waitFor(slow);
    await harmless.click();
    await sam.keyboard.up('Alt');
    await sam.getByRole('button', { name: /^Show again/ }).click(slow);
    await sam.getByRole('button', { name: `Undo showing ${HARMLESS}` }).waitFor(slow);
    await sam.getByText(HARMLESS, { exact: true }).first().waitFor(slow);
    expect(await sam.getByText('Ken Abe').count()).toBe(0);
    expect((await snapshots())[0]).toMatchObject({ state: 'DRAFT', url: null });

    await sam.keyboard.press('n');
    await sound(sam, 'snapshot-review');
    await sam.getByRole('button', { name: 'Side by side' }).click();
    await sam
      .getByText(PLANTED[5] ?? '', { exact: true })
      .first()
      .waitFor(slow);
    await sound(sam, 'snapshot-beside');
    await sam.getByRole('button', { name: 'As shared' }).click();
  });

  it('F111 F113 there is a link only after every mark was looked at and the reviewer gave their word', async () => {
    expect(await confirmButton(sam).isDisabled()).toBe(true);
    await lookAtAll(sam);
    expect(await confirmButton(sam).isDisabled()).toBe(true);
    expect((await snapshots())[0]).toMatchObject({ state: 'DRAFT', url: null });
    await sam.getByLabel(/^I read the copy/).check();
    expect(await sam.getByLabel('7 days').isChecked()).toBe(true);
    await confirmButton(sam).click();
    link = await sam.getByRole('textbox', { name: 'Link' }).inputValue(slow);
    expect(link).toMatch(new RegExp(`^${morning.product.url}/snapshots/[\\w-]{43}$`));
    await sam.getByText('Not opened yet').waitFor(slow);
    await sound(sam, 'snapshot-link');
    // Both edits on the record, by number.
    await sam.getByRole('link', { name: 'Back to the session' }).click();
    await sam.getByText(/shared a snapshot: reviewed, \d+ places hidden, 2 edits by hand/).waitFor(slow);
  });

  /** A window of somebody who has the link and nothing else. */
  const outside = (theme: 'light' | 'dark' = 'light'): Promise<Window> => openWindow(morning.browser, theme);

  it('SC2 F110 F112 F115 whoever has the link reads the record logged out, with nothing to press, and none of the planted in page or JSON', async () => {
    const { page, faults, context } = await outside();
    const answers: string[] = [];
    page.on(
      'response',
      (response) =>
        void response.text().then(
          (text) => answers.push(text),
          () => undefined,
        ),
    );
    const shell = await page.goto(link);
    expect(shell?.status()).toBe(200);
    expect(shell?.headers()['x-robots-tag']).toContain('noindex');
    await page.getByRole('heading', { name: /Printer not working/, level: 1 }).waitFor(slow);
    await page.getByText('A record only. It gives no access to any computer.').waitFor(slow);
    await page.getByText(/^Works until .* UTC$/).waitFor(slow);
    for (const words of ['Consent given:', 'Approved:', 'remove corrupted print driver', HARMLESS, '0x00000bc4'])
      await page.getByText(words).first().waitFor(slow);
    expect(await page.locator('form, input, textarea, select, a[href]').count()).toBe(0);
    expect(await page.getByRole('button').evaluateAll((all) => all.map((each) => each.ariaLabel))).toEqual([
      'Wrap long lines',
      expect.stringMatching(/^Theme/),
    ]);
    const json = await (await fetch(`${link}/copy`)).text();
    // The programs of the page are every page's, and know nothing of this session.
    const said = [await page.content(), json, ...answers.filter((text) => !text.includes('import'))]
      .join('\n')
      .toLowerCase();
    expect(said.includes('[client-1]')).toBe(true);
    const secrets = [...PLANTED, BY_HAND, sessionId, morning.endpointIds[HOST] ?? ''];
    const forms = secrets.flatMap((each) => [each, JSON.stringify(each).slice(1, -1)]);
    expect(forms.filter((each) => said.includes(each.toLowerCase()))).toEqual([]);
    await sound(page, 'snapshot-public');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Wrap long lines', pressed: true }).waitFor(slow);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('F114 SC2 the token opens nothing else', async () => {
    const token = new URL(link).pathname.split('/')[2] ?? '';
    const query = `mutation { addMessage(input: { sessionId: ${JSON.stringify(sessionId)}, text: "hello" }) { __typename } }`;
    const ways: Record<string, string>[] = [{ authorization: `Bearer ${token}` }, { cookie: `session=${token}` }];
    for (const headers of ways) {
      const answer = await fetch(`${morning.product.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      const body = await answer.text();
      expect(answer.status === 401 || answer.status === 403 || body.includes('UNAUTHENTICATED'), body).toBe(true);
      expect(body).not.toContain('"Entry"');
    }
    const other = await fetch(`${morning.product.url}/snapshots/${'A'.repeat(43)}`);
    expect(other.status).toBe(404);
  });

  it('F113 SC2 the sender sees that it was opened, revokes it, and the link is over without its content', async () => {
    await sam.reload();
    const list = sam.getByRole('complementary', { name: 'Evidence' });
    await list.getByText(/Opened (once|\d+ times)/).waitFor(slow);
    await list.getByText('Shared', { exact: true }).waitFor(slow);
    await shoot(sam, 'session-snapshots');
    const { views } = (await snapshots())[0] ?? { views: 0 };
    expect(views).toBeGreaterThan(0);
    await list.getByRole('link', { name: 'Look at it' }).click();
    await sam.getByRole('button', { name: 'Revoke' }).click(slow);
    await sam.getByRole('button', { name: 'Revoke the link' }).click(slow);
    await sam.getByText('The link was revoked.', { exact: false }).waitFor(slow);
    await sam.getByText(/^Opened (once|\d+ times)/).waitFor(slow);
    expect((await snapshots())[0]).toMatchObject({ state: 'REVOKED', url: null, views });
    await sound(sam, 'snapshot-revoked');

    const { page, context } = await outside('dark');
    const answer = await page.goto(link);
    expect(answer?.status()).toBe(410);
    await page.getByRole('heading', { name: 'This snapshot is over' }).waitFor(slow);
    expect((await page.content()).includes('[client-1]')).toBe(false);
    const copy = await fetch(`${link}/copy`);
    expect(copy.status).toBe(410);
    expect(await copy.text()).not.toContain('entries');
    await sound(page, 'snapshot-over');
    await page.goto(`${morning.product.url}/snapshots/${'A'.repeat(43)}`);
    await page.getByRole('heading', { name: 'There is no such snapshot' }).waitFor(slow);
    await context.close();
  });

  it('F109 SC2 what happens after the copy was made is not in it', async () => {
    await sam.goto(`${morning.product.url}/s/${number}`);
    await sam.getByRole('button', { name: 'Share snapshot' }).click(slow);
    await confirmButton(sam).waitFor(slow);
    const desk = morning.desks.sam;
    await made(desk, 'addMessage', { sessionId, text: 'a later thought' }, '... on Entry { id }');
    await sam.reload();
    await confirmButton(sam).waitFor(slow);
    await sam.getByLabel('Look for something').fill('may print again soon');
    await sam.getByText('In the copy, 1 place').waitFor(slow);
    await sam.getByLabel('Look for something').fill('a later thought');
    await sam.getByText(/^Not in the copy/).waitFor(slow);
    expect(morning.windows.sam.faults).toEqual([]);
  });

  it('F107 SC2 whoever opens the next session of the computer is offered the earlier one and its snapshot before Start', async () => {
    const desk = morning.desks.sam;
    const on = '... on Snapshot { id review { hash } }';
    const draft = await made<{ id: string; review: { hash: string } }>(desk, 'createSnapshot', { sessionId }, on);
    const confirmed = { snapshotId: draft.id, hash: draft.review.hash, expiry: 'HOUR' };
    await made(desk, 'confirmSnapshot', confirmed, '... on Snapshot { id }');
    const end = { sessionId, outcome: 'unresolved', note: 'for another day', verification: [] };
    await made(desk, 'completeSession', { ...end, notVerifiedBecause: 'not mended yet' }, '... on Session { id }');
    await waitFor('the session to be over', async () => (await statusOf()) === 'completed', 60_000);
    const again = { sessionId, request: 'It does not print again' };
    const next = await made<{ number: number }>(desk, 'followUpSession', again, '... on Session { number }');
    await sam.goto(`${morning.product.url}/s/${next.number}`);
    await sam.getByRole('button', { name: 'Start session' }).waitFor(slow);
    const earlier = sam.getByRole('region', { name: 'Earlier on this computer' });
    await earlier.getByText('snapshot available').waitFor(slow);
    await sound(sam, 'session-earlier');
    await earlier.getByRole('link', { name: /Printer not working/ }).click();
    await sam.waitForURL((url) => url.pathname === `/s/${number}`);
  });
});
