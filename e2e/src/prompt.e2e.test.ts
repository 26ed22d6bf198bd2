import { FakeGateway } from '@throughline/agent/testing/fake-gateway';
import { TestEndpoint } from '@throughline/agent/testing/endpoint';
import { until } from '@throughline/agent/testing/until';
import type { CommandSpec } from '@throughline/domain/command';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openBrowser, shoot } from './harness/browser.ts';

/* The page on the person's own computer, in Chromium, of a real runtime. The server is a played one, so that it may send what ours never would. */
const change = (script: string): CommandSpec => ({
  shell: 'bash',
  script,
  cwd: '/srv/scans',
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
});

describe.sequential('the prompt page', () => {
  let gateway: FakeGateway;
  let endpoint: TestEndpoint;
  let browser: Browser;
  let asked = 0;

  beforeAll(async () => {
    gateway = await FakeGateway.start();
    endpoint = new TestEndpoint(gateway);
    await endpoint.enroll();
    await endpoint.start();
    browser = await openBrowser();
    await endpoint.consent();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await endpoint?.remove();
    await gateway?.stop();
  });

  /** The page of a person whose browser speaks this language. */
  async function open(locale: string): Promise<Page> {
    const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto(endpoint.promptUrl);
    return page;
  }

  async function ask(script: string, more: Parameters<FakeGateway['actionPrompt']>[2] = {}): Promise<string> {
    const approvalId = `asked-${++asked}`;
    const full = { keepsText: true as const, code: '123456', ...more };
    gateway.ask(gateway.actionPrompt(approvalId, change(script), full));
    await endpoint.knows(approvalId);
    return approvalId;
  }

  const decision = async (approvalId: string) => {
    const of = () => gateway.messages.find((m) => m.type === 'decision' && m.approvalId === approvalId);
    await until(() => of() !== undefined);
    return of() as Extract<(typeof gateway.messages)[number], { type: 'decision' }>;
  };

  /** Every character of the question's card, as it stands in the page. */
  const textOfCard = (page: Page) => page.locator('section.ask').evaluate((card) => card.textContent ?? '');

  it('U20 F046 is read in the browser’s language, can be switched, and signs what stood there', async () => {
    const page = await open('es-MX');
    const script = 'rm -rf /srv/scans/old\necho "done"';
    const id = await ask(script, { risk: 'destructive', scopes: true, reason: 'the disk is <b>full</b>' });
    await page.getByRole('heading', { name: '¿Puede Jun ejecutar un comando que puede destruir datos?' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('es');
    expect(await axeFaults(page)).toEqual([]);

    await page.getByLabel('Idioma de esta página').selectOption('en');
    await page.getByRole('heading', { name: 'May Jun run a command that can destroy data?' }).waitFor();
    await page.getByText('Jun wrote: “the disk is <b>full</b>”').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'May Jun run a command that can destroy data?' }).waitFor();
    await page.getByLabel('Language of this page').selectOption('es');
    await page.getByRole('heading', { name: /destruir datos/ }).waitFor();

    const card = await textOfCard(page);
    await page.getByLabel('Ahora no, estoy ocupado').check();
    await page.getByRole('button', { name: 'Rechazar' }).click();
    await page.getByRole('heading', { name: 'Usted dijo que no.' }).waitFor();
    const said = await decision(id);
    expect(said).toMatchObject({ decision: 'deny', reason: 'Ahora no, estoy ocupado', shown: { language: 'es' } });
    // Each line that was signed stood on the page, in this order.
    let from = 0;
    for (const line of (said.text ?? 'nothing').split('\n')) {
      const place = card.indexOf(line, from);
      expect(place, line).toBeGreaterThanOrEqual(0);
      from = place + line.length;
    }
    await page.context().close();
  });

  it('shows every character that hides, moves text or looks like another, and runs none of the page’s language', async () => {
    const page = await open('en-GB');
    const script =
      'rm -rf /srv/\u202Egpj\u202C/x\u200B; c\u0430t <img src=x onerror=alert(1)> </code><script>x</script>';
    const id = await ask(script);
    const exact = page.getByLabel('Exact command');
    await exact.waitFor();
    expect(await exact.locator('.odd').evaluateAll((all) => all.map((odd) => odd.getAttribute('data-point')))).toEqual([
      'U+202E',
      'U+202C',
      'U+200B',
      'U+0430',
    ]);
    await page.getByText('Take care: 4 characters in it').waitFor();
    expect(await exact.evaluate((pre) => pre.textContent)).toBe(script);
    expect(await page.locator('section.ask img, section.ask script').count()).toBe(0);
    // The override turns nothing but its own box: what follows it stands to its right.
    const [box, after] = await Promise.all([
      exact.locator('.odd').nth(0).boundingBox(),
      exact.locator('.odd').nth(1).boundingBox(),
    ]);
    expect(after?.x).toBeGreaterThan((box?.x ?? 0) + (box?.width ?? 0));
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Deny' }).click();
    expect((await decision(id)).text).toContain(script);
    await page.context().close();
  });

  it('shows a command of 100 kB whole, in a box that scrolls, with the buttons still at hand', async () => {
    const page = await open('en-GB');
    const script = `echo start\n${'echo "a line of a long command"\n'.repeat(3_200)}echo the very end`;
    expect(script.length).toBeGreaterThan(100_000);
    const id = await ask(script);
    const exact = page.getByLabel('Exact command');
    await exact.waitFor();
    expect(await exact.evaluate((pre) => pre.textContent)).toBe(script);
    await exact.focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => exact.evaluate((pre) => pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 2))
      .toBe(true);
    expect(await exact.evaluate((pre) => pre.clientHeight)).toBeLessThan(500);
    await page.getByRole('button', { name: 'Deny' }).click();
    expect((await decision(id)).text).toContain(script);
    await page.context().close();
  });

  it('is answered with the keyboard alone, the scope too', async () => {
    const page = await open('en-GB');
    const id = await ask('rm /srv/scans/a', { scopes: true });
    await page.getByLabel('Exact command').waitFor();
    const to = async (name: string) => {
      for (let i = 0; i < 30; i++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate<string>(
          '(({ textContent, labels }) => `${textContent} ${labels?.[0]?.textContent}`)(document.activeElement)',
        );
        if (focused.includes(name)) return;
      }
      throw new Error(`Tab never reached ${name}`);
    };
    await to('Only this command, once');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await shoot(page, 'prompt-scope');
    expect(await axeFaults(page)).toEqual([]);
    await to('Approve');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You said yes.' }).waitFor();
    expect(await decision(id)).toMatchObject({
      decision: 'approve',
      scope: { kind: 'category', category: 'files', folder: '/srv/scans', minutes: 60 },
    });
    await page.context().close();
  });

  it('F051 U32 one scope is ended alone on the page, also with the keyboard, and the session goes on', async () => {
    const page = await open('en-GB');
    const id = await ask('systemctl restart cups', { scopes: true });
    await page.getByLabel('Exact command').waitFor();
    await page.getByLabel('Further commands that start or stop services').check();
    await page.getByRole('button', { name: 'Approve' }).click();
    const box = page.locator('.allowed');
    const stop = box.getByRole('button', { name: 'Stop allowing this: commands that start and stop services' });
    await stop.waitFor();
    await box
      .getByText(/^until /)
      .first()
      .waitFor();
    await shoot(page, 'prompt-allowed');
    expect(await axeFaults(page)).toEqual([]);
    await stop.focus();
    await page.keyboard.press('Enter');
    await stop.waitFor({ state: 'detached' });
    // Where the button was stands what became of it, and the cursor: the next Tab goes on from there.
    const focused = page.locator(':focus');
    await expect.poll(() => focused.innerText()).toBe('Stopped. The next such command asks you again.');
    await page.getByText('You stopped allowing commands that start and stop services').waitFor();
    expect(await focused.innerText()).toBe('Stopped. The next such command asks you again.');
    await page.keyboard.press('Tab');
    expect(await focused.innerText()).toMatch(/^(Stop allowing this|End session)$/);
    await until(() => gateway.messages.some((m) => m.type === 'end_scope' && m.approvalId === id));
    await page.getByRole('button', { name: 'End session' }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'prompt-allowed-no-more');
    await page.context().close();
  });

  it('F046 an answer that does not count is asked for anew on the page, with the reason, and the second yes counts', async () => {
    const page = await open('en-GB');
    // Read on a page that is older than what the runtime would show now.
    const decideRoute = '**/decide';
    await page.route(decideRoute, (route) => {
      const body = route.request().postDataJSON() as { page: { textHash: string } };
      const old = { ...body, page: { ...body.page, textHash: 'f'.repeat(64) } };
      return route.continue({ postData: JSON.stringify(old) });
    });
    const id = await ask('systemctl restart nginx');
    const yes = page.getByRole('button', { name: 'Approve' });
    await yes.click();
    await page.locator('.ask .fault').getByText('The question changed while you were reading it.').waitFor();
    expect(gateway.messages.some((m) => m.type === 'decision' && m.approvalId === id)).toBe(false);
    await page.unroute(decideRoute);
    // The server refuses what was shown, and asks again.
    gateway.counted = false;
    await yes.click();
    await decision(id);
    await page.locator('.ask .more').getByText('Already decided by Olivia Reyes.').waitFor();
    gateway.counted = true;
    gateway.ask(gateway.actionPrompt(id, change('systemctl restart nginx'), { keepsText: true, code: '123456' }));
    await page.locator('.ask .fault').getByText('Your last answer did not count').waitFor();
    await shoot(page, 'prompt-again');
    expect(await axeFaults(page)).toEqual([]);
    await yes.click();
    await page.getByRole('heading', { name: 'You said yes.' }).waitFor();
    await until(() => gateway.messages.filter((m) => m.type === 'decision' && m.approvalId === id).length === 2);
    await page.context().close();
  });

  it('F053 a reminder takes nothing away from a person who has begun to say no', async () => {
    const page = await open('en-GB');
    const id = await ask('systemctl stop nginx');
    const own = page.getByRole('textbox', { name: 'Your own words' });
    await own.fill('Not before');
    const late = page.locator('.ask .late');
    const before = (await late.textContent()) ?? '';
    const expiresAt = Date.now() + 45 * 60_000;
    gateway.ask(gateway.actionPrompt(id, change('systemctl stop nginx'), { keepsText: true, nudges: 1, expiresAt }));
    await late.filter({ hasNotText: before }).waitFor();
    const card = page.locator('section.ask');
    await card.getByText(/^Asked again at \d.* \(1 time\)\.$/).waitFor();
    await expect.poll(() => page.locator('#say[aria-live=polite]').innerText()).toMatch(/^Asked again at /);
    await page.keyboard.type(' noon');
    gateway.ask(gateway.actionPrompt(id, change('systemctl stop nginx'), { keepsText: true, nudges: 2, expiresAt }));
    await card.getByText(/^Asked again at \d.* \(2 times\)\.$/).waitFor();
    expect(await own.inputValue()).toBe('Not before noon');
    await page.getByLabel('Language of this page').selectOption('es');
    await card.getByText(/^Se volvió a preguntar a las? \d.* \(2 veces\)\.$/).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, 'prompt-nudged');
    await page.getByLabel('Idioma de esta página').selectOption('en');
    await own.fill('Not before noon');
    await page.getByRole('button', { name: 'Deny' }).click();
    expect(await decision(id)).toMatchObject({ decision: 'deny', reason: 'Not before noon' });
    await page.context().close();
  });

  it('U33 never breaks a computer’s name at its hyphen, on a phone of any width', async () => {
    const page = await open('en-GB');
    const endpointName = 'BRIT-EAST-01';
    const id = await ask('systemctl restart cups # name', { endpointName });
    const names = page.locator('section.ask').getByText(new RegExp(`^${endpointName}\\.?$`));
    await names.first().waitFor();
    expect(await names.count()).toBeGreaterThan(1);
    for (let width = 320; width <= 440; width += 4) {
      await page.setViewportSize({ width, height: 900 });
      const lines = await names.evaluateAll((all) =>
        all.map((name) => {
          const range = name.ownerDocument.createRange();
          range.selectNodeContents(name);
          return range.getClientRects().length;
        }),
      );
      expect(lines, `${width} px`).toEqual(lines.map(() => 1));
    }
    await shoot(page, 'prompt-name');
    await page.getByRole('button', { name: 'Deny' }).click();
    expect((await decision(id)).text).toContain(endpointName);
    await page.context().close();
  });

  it('U59 shows what the technician wrote, once, and sends what the person answers', async () => {
    const page = await open('en-GB');
    const said = { type: 'said' as const, sessionId: gateway.sessionId, seq: 7, name: 'Jun Park', at: Date.now() };
    const text = 'Please save your work.\nA restart follows \u202Enow.';
    // Only what comes while the page is open is read out, so it must have drawn itself first.
    await page.getByText('Write to Jun').waitFor();
    gateway.send({ ...said, text });
    gateway.send({ ...said, text });
    const side = page.locator('#side');
    await side.getByText('Jun Park wrote: “Please save your work.').waitFor();
    expect(await side.locator('.words').filter({ hasText: 'restart follows' }).count()).toBe(1);
    expect(await side.locator('.odd').getAttribute('data-point')).toBe('U+202E');
    await expect.poll(() => page.locator('#say').innerText()).toContain('Jun Park wrote');
    await page.getByText('Write to Jun').click();
    await page.getByLabel('Message to Jun').fill('Saved, go on.');
    await page.getByRole('button', { name: 'Send' }).click();
    await until(() => gateway.messages.some((m) => m.type === 'message' && m.text === 'Saved, go on.'));
    await side.getByText('You wrote: “Saved, go on.”').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.context().close();
  });

  it('U36 shows past sessions as this computer remembers them, with the server unreachable', async () => {
    gateway.send({ type: 'session_closed', sessionId: gateway.sessionId, outcome: 'resolved' });
    gateway.bye = { type: 'bye', code: 'shutting_down', message: 'Restart.' };
    gateway.cut();
    const page = await open('en-GB');
    await page.getByText('has had no connection to Northgate Managed IT').waitFor();
    await page.getByText('Past sessions on this computer').click();
    const past = page.locator('#past-list');
    await past.getByText('Session 1847, Jun Park').click();
    await past.getByText('You allowed the session').waitFor();
    await past.getByText('Session closed').waitFor();
    await past.getByText('resolved', { exact: false }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.context().close();
  });
});
