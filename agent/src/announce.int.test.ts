import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

/* The desktop's own programs are played: each notes the words it was started with. The windows themselves were looked at under Xvfb. */
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-desktop-'));
  mkdirSync(join(folder, 'bin'));
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  await endpoint.enroll();
});
afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, exitCode = 0): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\nfor word in "$@"; do printf '%s\\0' "$word"; done > '${folder}/${name}.part'\n`);
  writeFileSync(file, `/bin/mv '${folder}/${name}.part' '${folder}/${name}'\nexit ${exitCode}\n`, { flag: 'a' });
  chmodSync(file, 0o755);
}
const started = (name: string) => existsSync(join(folder, name));
const words = (name: string) => readFileSync(join(folder, name), 'utf8').split('\0').slice(0, -1);

async function asked(): Promise<void> {
  endpoint.environment = { DISPLAY: ':77', PATH: join(folder, 'bin') };
  await endpoint.start();
  gateway.ask({
    ...gateway.prompt(),
    mspName: 'Northgate',
    technician: { name: 'Jun <b>Park</b>', role: 'technician' },
  });
}

it('F045 a question is announced by a notification of the desktop, and its page is opened', async () => {
  for (const name of ['notify-send', 'zenity', 'xdg-open']) program(name);
  await asked();
  await until(() => started('notify-send') && started('xdg-open'));
  const { title } = gateway.prompt();
  expect(words('notify-send')).toEqual([
    ...['--urgency=critical', '--app-name', 'Northgate', '--', 'Northgate: Jun <b>Park</b> asks', title],
  ]);
  expect(words('xdg-open')).toEqual([endpoint.promptUrl]);
  expect(started('zenity')).toBe(false);
}, 60_000);

it.each([
  ['there is no notify-send', false],
  ['no notification service takes it', true],
])(
  'F045 where %s, a window says it, its text taken for text, as long as the question is open',
  async (_when, has) => {
    if (has) program('notify-send', 1);
    for (const name of ['zenity', 'xdg-open']) program(name);
    await asked();
    await until(() => started('zenity') && started('xdg-open'));
    const [info, plain, , timeout, title, text] = words('zenity');
    expect([info, plain, title]).toEqual(['--info', '--no-markup', '--title=Northgate']);
    expect(Number(timeout?.replace('--timeout=', ''))).toBeGreaterThan(0);
    expect(text).toContain(`Northgate: Jun <b>Park</b> asks\n${gateway.prompt().title}\n`);
    expect(text).not.toContain('http');
    expect(words('xdg-open')).toEqual([endpoint.promptUrl]);
  },
  60_000,
);
