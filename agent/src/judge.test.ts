import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { Judge, type JudgeParts } from './judge.ts';
import { until } from './testing/until.ts';

const warnings: string[] = [];
let judge: Judge | null = null;
let needed = false;
const folder = mkdtempSync(join(tmpdir(), 'throughline-judge-'));

afterEach(() => {
  judge?.close();
  vi.unstubAllEnvs();
  warnings.length = 0;
  needed = false;
});

const made = (parts: Partial<JudgeParts> = {}): Judge =>
  (judge = new Judge({ log: { warn: (message) => warnings.push(message) }, needed: () => needed, ...parts }));
/** A judge whose program is this instead. */
function broken(program: string, limits: JudgeParts['limits'] = {}): Judge {
  const path = join(folder, 'broken.mjs');
  writeFileSync(path, program);
  return made({ limits, fork: (options) => fork(path, [], { ...options, execArgv: [] }) });
}
const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('F045 judges by the same rules as the desk, in a process that is there while a session is and gone some time after', async () => {
  needed = true;
  made({ limits: { stayMs: 100 } });
  const { pid } = judge!;
  expect(lives(pid!)).toBe(true);
  expect(await judge!.judge('bash', 'df -h | sort')).toEqual({ risk: 'read_only', why: 'Only reads.' });
  expect(await judge!.judge('bash', 'systemctl restart cups')).toMatchObject({ risk: 'change' });
  expect(await judge!.judge('sh', 'rm -rf /srv/x')).toMatchObject({ risk: 'destructive' });
  expect(await judge!.judge('pwsh', 'Get-Service | Stop-Service')).toMatchObject({ risk: 'change' });
  expect(await judge!.judge('cmd', 'dir')).toMatchObject({ risk: 'change' });
  expect(await judge!.judge('bash', `echo ${'x'.repeat(200_000)}`)).toMatchObject({ risk: 'change' });
  expect(judge!.pid).toBe(pid);
  needed = false;
  await until(() => judge!.pid === undefined && !lives(pid!));
  expect(warnings).toEqual([]);
  // One that comes late is judged all the same.
  expect(await judge!.judge('bash', 'uptime')).toMatchObject({ risk: 'read_only' });
}, 60_000);

it('S4 the process that parses strangers’ scripts is given nothing of the runtime’s environment', async () => {
  vi.stubEnv('HTTPS_PROXY', 'http://jun:a-password@proxy.example');
  vi.stubEnv('NODE_OPTIONS', '--no-warnings');
  needed = true;
  const { pid } = made();
  expect(await judge!.judge('bash', 'uptime')).toMatchObject({ risk: 'read_only' });
  const given = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  expect(given.map((each) => each.replace(/=.*/s, '')).filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual([]);
}, 60_000);

it('holds no process where no session is open', () => {
  expect(made().pid).toBeUndefined();
});

it.each([
  ['dies', "process.send({ type: 'ready' }); process.on('message', () => process.exit(1));"],
  [
    'says what is no verdict',
    "process.send({ type: 'ready' }); process.on('message', ({ id }) => process.send({ type: 'verdict', id, risk: 'none', why: '' }));",
  ],
  ['never answers', "process.send({ type: 'ready' }); process.on('message', () => undefined);", { answerMs: 50 }],
  ['never gets ready', "process.on('message', () => undefined);", { startMs: 50, giveUpMs: 100, againMs: 0 }],
  ['dies at once', 'process.exit(1);', { againMs: 0 }],
])(
  'S4 a script whose judge %s counts as a change, and the next one gets another judge',
  async (_what, program, limits: JudgeParts['limits'] = {}) => {
    const asked = broken(program, limits);
    for (let i = 0; i < 2; i++) expect(await asked.judge('bash', 'uptime')).toMatchObject({ risk: 'change' });
    expect(warnings.length).toBeGreaterThanOrEqual(2);
    await until(() => asked.pid === undefined);
  },
  60_000,
);

it('S4 a judge that is slow to start is waited for by no script for long, and judges those that come once it is there', async () => {
  const go = join(folder, 'go');
  const asked = broken(
    `import { existsSync } from 'node:fs';
    const timer = setInterval(() => existsSync('${go}') && (clearInterval(timer), process.send({ type: 'ready' })), 10);
    process.on('message', ({ id }) => process.send({ type: 'verdict', id, risk: 'read_only', why: 'Only reads.' }));`,
    { startMs: 50 },
  );
  expect(await asked.judge('bash', 'uptime')).toMatchObject({ risk: 'change', unjudged: true });
  const { pid } = asked;
  expect(await asked.judge('bash', 'uptime')).toMatchObject({ unjudged: true });
  expect(warnings).toHaveLength(2);
  writeFileSync(go, '');
  const readOnly = async () => (await asked.judge('bash', 'uptime')).risk === 'read_only';
  await vi.waitUntil(readOnly, { timeout: 15_000, interval: 10 });
  expect(asked.pid).toBe(pid);
}, 60_000);

it('S4 a script whose judge cannot be started counts as a change, and so do those after it, without another try each', async () => {
  let tries = 0;
  // As when an update or a scanner took the program away.
  const gone = { execPath: join(folder, 'no-program'), execArgv: [] };
  made({ fork: (options) => (tries++, fork('judge', [], { ...options, ...gone })) });
  for (let i = 0; i < 3; i++)
    expect(await judge!.judge('bash', 'uptime')).toMatchObject({ risk: 'change', unjudged: true });
  expect(tries).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('could not be started')]);
  expect(judge!.pid).toBeUndefined();
}, 20_000);

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
