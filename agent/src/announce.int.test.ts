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
  for (const pid of standing()) process.kill(pid, 'SIGKILL');
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

/** A window that stays until it is ended; each adds its process id. */
function window(): void {
  const file = join(folder, 'bin', 'zenity');
  writeFileSync(file, `#!/bin/sh\necho $$ >> '${folder}/windows'\nexec /bin/sleep 600\n`);
  chmodSync(file, 0o755);
}
const windows = () =>
  started('windows') ? readFileSync(join(folder, 'windows'), 'utf8').split('\n').filter(Boolean).map(Number) : [];
/** A process that ended and waits to be reaped counts as gone. */
function stands(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
const standing = () => windows().filter(stands);

async function asked(language: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' }): Promise<void> {
  const others = { LC_ALL: '', LC_MESSAGES: '', LANG: '' };
  endpoint.environment = { DISPLAY: ':77', PATH: join(folder, 'bin'), ...others, ...language };
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
  expect(words('notify-send')).toEqual([
    ...['--urgency=critical', '--app-name', 'Northgate', '--'],
    ...['Northgate: Jun <b>Park</b> asks', 'May Jun work on this computer?'],
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
    expect(text).toContain(`Northgate: Jun <b>Park</b> asks\nMay Jun work on this computer?\n`);
    expect(text).not.toContain('http');
    expect(words('xdg-open')).toEqual([endpoint.promptUrl]);
  },
  60_000,
);

it.each([
  ['LANG', { LANG: 'es_MX.UTF-8' }],
  ['LC_MESSAGES, which goes before LANG', { LC_MESSAGES: 'es_ES@euro', LANG: 'en_US.UTF-8' }],
  ['LC_ALL, which goes before both', { LC_ALL: 'es', LC_MESSAGES: 'en_US.UTF-8', LANG: 'de_DE' }],
])(
  'U20 a desktop that speaks Spanish is told in Spanish: %s',
  async (_how, language) => {
    program('notify-send', 1);
    for (const name of ['zenity', 'xdg-open']) program(name);
    await asked(language);
    await until(() => started('notify-send') && started('zenity') && started('xdg-open'));
    const [from, title] = ['Northgate: Jun <b>Park</b> pregunta', '¿Puede Jun trabajar en este equipo?'];
    expect(words('notify-send').slice(-2)).toEqual([from, title]);
    expect(words('zenity').at(-1)).toBe(`--text=${from}\n${title}\n\nLéalo y responda en la página de su navegador.`);
  },
  60_000,
);

it.each(['de_DE.UTF-8', 'POSIX', 'no language at all', '../../etc'])(
  'U20 a desktop of another language is told in English: %j',
  async (LANG) => {
    for (const name of ['notify-send', 'xdg-open']) program(name);
    await asked({ LANG });
    await until(() => started('notify-send') && started('xdg-open'));
    expect(words('notify-send').at(-1)).toBe('May Jun work on this computer?');
  },
  60_000,
);

it('F045 F053 one window at most says that a question waits, and none once it is asked anew, withdrawn or answered', async () => {
  window();
  await asked();
  const { approvalId } = gateway.prompt();
  await until(() => standing().length === 1);
  gateway.ask({ ...gateway.prompt(), nudges: 1 });
  await until(() => windows().length === 2 && standing().length === 1);
  expect(standing()).toEqual(windows().slice(1));
  const other = { ...gateway.prompt(), approvalId: 'another' };
  gateway.ask(other);
  await until(() => windows().length === 3 && standing().length === 2);
  gateway.send({
    type: 'prompt_closed',
    approvalId,
    sessionId: other.sessionId,
    state: 'withdrawn',
    message: 'Withdrawn.',
  });
  await until(() => standing().length === 1);
  expect(standing()).toEqual(windows().slice(2));
  expect((await endpoint.press('decide', { approvalId: 'another', decision: 'deny', reason: '' })).status).toBe(200);
  await until(() => standing().length === 0);
  expect(windows()).toHaveLength(3);
}, 60_000);
