import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

/* Uses the built pages over the mock as a person would, with pictures and axe of what only shows when something is open: `npx tsx web/dev/walk.ts`. */
const here = path.dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(path.join(here, 'shots'), { recursive: true });
const child = spawn(process.execPath, ['--import', 'tsx', path.join(here, 'mock.ts'), '0', process.argv[2] ?? 'sam'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const { port } = await new Promise<{ port: number }>((resolve) =>
  child.stdout.once('data', (d: Buffer) => resolve(JSON.parse(d.toString()) as { port: number })),
);
const url = `http://127.0.0.1:${port}`;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let violations = 0;
async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(here, 'shots', `walk-${name}.png`) });
  await page.addScriptTag({ content: axe });
  const bad = await page.evaluate(async () =>
    (
      await (
        globalThis as unknown as {
          axe: {
            run: (o: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
          };
        }
      ).axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })
    ).violations.map((v) => `${v.impact} ${v.id}: ${v.nodes[0]?.html.slice(0, 200)}`),
  );
  violations += bad.length;
  console.log(name, bad.length === 0 ? 'ok' : bad.join('\n'));
}
try {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    bypassCSP: true,
    timezoneId: 'America/Chicago',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.on('pageerror', (error) => console.log(`page error: ${error.stack}`));
  await page.goto(`${url}/s/2044`);
  await page.getByRole('textbox', { name: 'Command' }).waitFor();
  await page.keyboard.press('c');
  await page.keyboard.type('ping 10.20.4.1');
  await page.getByText('Read-only: runs at once').waitFor();
  await look(page, 'typed');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Capture goes on without this tab').waitFor();
  await page.getByText('reply').first().waitFor();
  await look(page, 'running');
  await page.getByText('exit 0').waitFor();
  await page.getByText('8 lines').waitFor();
  await page.getByText('Details').last().click();
  await look(page, 'ended');
  await page.getByRole('textbox', { name: 'Command' }).fill('Restart-Service IKEEXT');
  await page.getByText('Change: asks').waitFor();
  await look(page, 'asks');
  await page.getByRole('button', { name: 'Complete' }).click();
  await look(page, 'complete');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('2046');
  await page.getByRole('option', { name: /2046/ }).waitFor();
  await look(page, 'palette');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/s/2046');
  await page.goto(`${url}/search?q=line`);
  await page.getByText('line 59999').click();
  await page.waitForURL('**/s/2046?**');
  await page.locator('mark').first().waitFor();
  await page.waitForTimeout(600);
  console.log(
    'mark in view:',
    await page
      .locator('mark')
      .first()
      .evaluate((m) => {
        const r = m.getBoundingClientRect();
        return r.top > 0 && r.bottom < innerHeight;
      }),
    await page.locator('.pager').first().innerText(),
  );
  await look(page, 'hit');
  await page.goto(`${url}/board`);
  await page.getByRole('table').waitFor();
  for (const key of ['j', 'x', 'j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await look(page, 'selected');
  await page.keyboard.press('a');
  await page.getByRole('dialog').waitFor();
  await look(page, 'assign');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await look(page, 'keys');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Group:' }).click();
  await look(page, 'menu');
  await page.getByRole('menuitemradio', { name: 'Dental' }).click();
  await page.waitForURL('**group=g1');
  await page.getByRole('button', { name: /Notifications/ }).click();
  await look(page, 'bell');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL('**/sessions');
  child.kill();
  await page.getByText('No connection since').waitFor({ timeout: 20_000 });
  await look(page, 'offline');
} catch (error) {
  // The last sight tells more than the stack.
  await browser
    .contexts()[0]
    ?.pages()[0]
    ?.screenshot({ path: path.join(here, 'shots', 'walk-failed.png') });
  throw error;
} finally {
  await browser.close();
  child.kill();
}
console.log(`${violations} violations`);
