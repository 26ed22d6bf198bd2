import { FakeGateway } from '@throughline/agent/testing/fake-gateway';
import { TestEndpoint } from '@throughline/agent/testing/endpoint';
import type { Prompt } from '@throughline/domain/agent-protocol';
import type { CommandSpec } from '@throughline/domain/command';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { axeFaults, openBrowser, shoot } from './harness/browser.ts';

/* The questions as people meet them, in both languages: pictures in both themes at both widths, nothing wider than the page, nothing axe objects to. */
const LANGUAGES = [
  { name: 'en', locale: 'en-GB', button: 'Approve' },
  { name: 'es', locale: 'es-MX', button: 'Aprobar' },
] as const;

let gateway: FakeGateway;
let endpoint: TestEndpoint;
let browser: Browser;

beforeAll(async () => {
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  await endpoint.enroll();
  await endpoint.start();
  browser = await openBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await endpoint?.remove();
  await gateway?.stop();
});

const spec = (script: string): CommandSpec => ({
  shell: 'bash',
  script,
  cwd: '/srv/scans',
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
});

/** Asks, and looks at the question in each language. `look`: what must stand there. */
async function looked(prompt: Prompt, picture: string, look: (page: Page, language: 'en' | 'es') => Promise<void>) {
  gateway.ask(prompt);
  await endpoint.knows(prompt.approvalId);
  for (const { name, locale, button } of LANGUAGES) {
    const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(endpoint.promptUrl);
    await page.getByRole('button', { name: button, exact: true }).waitFor();
    await look(page, name);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name} ${width}`).toBe(true);
      expect(await axeFaults(page), `${name} ${width}`).toEqual([]);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await shoot(page, `${picture}-${name}`);
    expect(faults).toEqual([]);
    await context.close();
  }
}

it('U20 U31 the question about a session, in both languages', async () => {
  await looked(gateway.prompt({ code: '482193', keepsText: true }), 'prompt-session', async (page, language) => {
    const title = { en: 'May Jun work on this computer?', es: '¿Puede Jun trabajar en este equipo?' }[language];
    await page.getByRole('heading', { name: title }).waitFor();
  });
  const { approvalId } = gateway.prompt();
  const page = await endpoint.page(approvalId, 'en');
  const answer = await endpoint.press('decide', { approvalId, decision: 'approve', reason: '', page });
  expect(answer.status).toBe(200);
}, 120_000);

it('U20 F045 a destructive command with what it does in plain words, in both languages', async () => {
  const script = 'rm -rf /srv/scans/old\nsystemctl restart cups';
  const reasons = [
    { risk: 'destructive' as const, words: 'deletes files under /srv/scans/old', start: 0, end: 21 },
    { risk: 'change' as const, words: 'restarts the print service (cups)', start: 22, end: 44 },
  ];
  const prompt = gateway.actionPrompt('look-1', spec(script), {
    ...{ risk: 'destructive', reasons, scopes: true, keepsText: true, code: '482193' },
    reason: 'Old scans fill the disk, and the printer waits for room',
  });
  await looked(prompt, 'prompt', async (page, language) => {
    const said = {
      en: 'Deletes files under /srv/scans/old',
      es: 'Borra los archivos que hay en /srv/scans/old',
    }[language];
    await page.getByText(said).waitFor();
    await page
      .getByText({ en: 'Restarts the print service (cups)', es: 'Reinicia el servicio de impresión (cups)' }[language])
      .waitFor();
    await page.getByLabel({ en: 'Exact command', es: 'Comando exacto' }[language]).waitFor();
    expect(await page.getByLabel(/Exact command|Comando exacto/).textContent()).toBe(script);
  });
  await endpoint.press('decide', { approvalId: 'look-1', decision: 'deny', reason: '' });
}, 120_000);

it('U20 F045 a command of 100 kB that turns the direction of writing, in both languages', async () => {
  const script = `cp report-\u202Egpj.exe /srv/scans/\n${'echo "a line of a long command"\n'.repeat(3_200)}echo end`;
  const prompt = gateway.actionPrompt('look-2', spec(script), { keepsText: true, code: '482193' });
  await looked(prompt, 'prompt-long', async (page, language) => {
    const exact = page.getByLabel({ en: 'Exact command', es: 'Comando exacto' }[language]);
    expect(await exact.evaluate((pre) => pre.textContent)).toBe(script);
    expect(await exact.locator('.odd').getAttribute('data-point')).toBe('U+202E');
    expect(await exact.evaluate((pre) => pre.clientHeight)).toBeLessThan(500);
  });
}, 120_000);
