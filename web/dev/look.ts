import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/* Takes pictures of the built pages over the mock and runs axe on each: `npx tsx web/dev/look.ts [name part] [width] [light|dark]`. */
const here = path.dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots: [name: string, who: string, to: string][] = [
  ['board', 'dana', '/board'],
  ['pending', 'dana', '/board?view=pending'],
  ['completed', 'dana', '/board?view=completed'],
  ['drawer', 'dana', '/board?open=2046'],
  ['drawer-pending', 'dana', '/board?open=2049'],
  ['drawer-done', 'dana', '/board?view=completed&open=2043'],
  ['session', 'jun', '/s/2046'],
  ['states', 'jun', '/s/2044#e2'],
  ['outputs', 'jun', '/s/2044'],
  ['session-top', 'jun', '/s/2046#e1'],
  ['session-pending', 'theo', '/s/2049'],
  ['session-unstarted', 'jun', '/s/2052'],
  ['session-done', 'jun', '/s/2043'],
  ['session-hit', 'jun', '/search?q=line'],
  ['queue', 'jun', '/queue'],
  ['sessions', 'dana', '/sessions'],
  ['search', 'mona', '/search?q=dwErrorStatus'],
  ['endpoints', 'ada', '/endpoints'],
  ['endpoint', 'jun', '/endpoints/E-LNX-LAB-01'],
  ['endpoint-free', 'jun', '/endpoints/E-HARB-WS-03'],
  ['enroll', 'jun', '/enroll'],
  ['triage', 'dana', '/triage'],
  ['clients', 'ada', '/settings/clients'],
  ['policy', 'ada', '/settings/policy?group=g1'],
  ['policy-endpoint', 'ada', '/settings/policy?endpoint=E-LNX-LAB-01'],
  ['policy-empty', 'empty', '/settings/policy'],
  ['people', 'ada', '/settings/people'],
  ['psa', 'ada', '/settings/psa'],
  ['audit', 'ada', '/audit'],
  ['health', 'ada', '/health'],
  ['notfound', 'ada', '/nope'],
  ['signin', 'nobody', '/s/2046'],
  ['setup', 'nobody', '/setup/abc'],
  ['empty-board', 'empty', '/board'],
  ['empty-queue', 'empty', '/queue'],
  ['slow', 'slow', '/sign-in'],
  ['broken', 'broken', '/board'],
];
const [only = '', wide = '', theme = ''] = process.argv.slice(2);
const wanted = shots.filter(([name]) => name.includes(only));
mkdirSync(path.join(here, 'shots'), { recursive: true });

const servers = new Map<string, { url: string; stop: () => void }>();
async function serverFor(who: string): Promise<string> {
  const running = servers.get(who);
  if (running) return running.url;
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(here, 'mock.ts'), '0', who], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise<{ port: number }>((resolve) =>
    child.stdout.once('data', (d: Buffer) => resolve(JSON.parse(d.toString()) as { port: number })),
  );
  const url = `http://127.0.0.1:${address.port}`;
  servers.set(who, { url, stop: () => child.kill() });
  return url;
}

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
let serious = 0;
try {
  for (const [name, who, to] of wanted)
    for (const width of wide ? [Number(wide)] : [1440, 390])
      for (const colorScheme of (['light', 'dark'] as const).filter((t) => !theme || t === theme)) {
        const context = await browser.newContext({
          viewport: { width, height: width === 390 ? 844 : 900 },
          colorScheme,
          bypassCSP: true,
          timezoneId: 'America/Chicago',
        });
        const page = await context.newPage();
        page.on('pageerror', (error) => console.log(`${name}: page error ${error.message}`));
        page.on('console', (m) => m.type() === 'error' && console.log(`${name}: console ${m.text()}`));
        await page.goto((await serverFor(who)) + to);
        await page.waitForTimeout(1200);
        await page.screenshot({ path: path.join(here, 'shots', `${name}-${width}-${colorScheme}.png`) });
        await page.addScriptTag({ content: axe });
        const found = await page.evaluate(async () => {
          const result = await (
            globalThis as unknown as {
              axe: {
                run: (o: object) => Promise<{
                  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
                }>;
              };
            }
          ).axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
          return {
            bad: result.violations.map(
              (v) =>
                `${v.impact} ${v.id} ${v.nodes.length}: ${v.nodes[0]?.html.slice(0, 160)} ${v.nodes[0]?.failureSummary.slice(0, 200)}`,
            ),
            sideways:
              Math.max(document.documentElement.scrollWidth, document.querySelector('#main')?.scrollWidth ?? 0) >
              innerWidth,
          };
        });
        for (const line of found.bad) console.log(`${name} ${width} ${colorScheme}: ${line}`);
        if (found.sideways) console.log(`${name} ${width}: scrolls sideways`);
        serious += found.bad.length;
        await context.close();
      }
} finally {
  await browser.close();
  for (const server of servers.values()) server.stop();
}
console.log(`${wanted.length} pages looked at, ${serious} violations`);
process.exitCode = serious === 0 ? 0 : 1;
