import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fileLine } from '@throughline/domain/file-transfer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway, UNATTENDED } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';
import { AGENT_VERSION } from './version.ts';

/** The runtime as customers get it: built once, then driven like any other, against the same gateway. */
const BUILD = fileURLToPath(new URL('../../scripts/agent-build.mjs', import.meta.url));
let folder: string;
let executable: string;
let gateway: FakeGateway;
let endpoint: TestEndpoint;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-executable-'));
  executable = join(folder, 'throughline-runtime');
  await promisify(execFile)(process.execPath, [BUILD, '--out', folder]);
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.program = [executable];
}, 120_000);

afterAll(async () => {
  await endpoint.remove();
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

const call = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(executable, args, { encoding: 'utf8', cwd: '/' });
  return { code: status, output: stdout + stderr };
};

it('has a checksum beside it, tells its version, and starts fast', () => {
  const sum = createHash('sha256').update(readFileSync(executable)).digest('hex');
  expect(readFileSync(`${executable}.sha256`, 'utf8')).toBe(`${sum}  throughline-runtime\n`);
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    expect(call('--version')).toEqual({
      code: 0,
      output: `throughline-runtime ${AGENT_VERSION} (Node ${process.version}, ${process.platform} ${process.arch})\n`,
    });
    return performance.now() - began;
  }).sort((a, b) => a - b);
  const size = statSync(executable).size / 1024 ** 2;
  console.log(`the executable: ${size.toFixed(1)} MiB, --version in ${times[2]?.toFixed(0)} ms (median of 5)`);
  expect(call('--nonsense').output).toContain('Unknown option');
});

it('enrols, connects, asks for consent and runs a command with its output, in a runner of its own', async () => {
  const enrolled = await endpoint.enroll();
  expect(enrolled.output).toContain('✓ HARB-WS-07 is enrolled');
  expect(enrolled.code).toBe(0);
  await endpoint.start();
  const page = await fetch(endpoint.promptUrl);
  expect(await page.text()).toContain('prompt.js');
  for (const asset of ['prompt.js', 'question.js', 'prompt.css', 'tokens.css', 'icons.svg'])
    expect((await fetch(`${endpoint.promptUrl}/${asset}`)).status).toBe(200);

  expect((await gateway.ended(gateway.order({ script: 'id' }))).refusal).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  await endpoint.consent();
  const began = performance.now();
  const one = await gateway.ended(gateway.order({ script: 'seq 1 200000; echo done >&2' }));
  console.log(`a command of the executable: ${(performance.now() - began).toFixed(0)} ms`);
  expect(one.exit).toMatchObject({ exitCode: 0 });
  const wanted = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`).join('');
  expect(one.sha256(1)).toBe(createHash('sha256').update(wanted).digest('hex'));
  expect(one.stderr.toString()).toBe('done\n');
});

it('leaves a command alone when it is killed, and reports its end after the next start', async () => {
  const { commandId } = gateway.order({ script: 'echo begun; sleep 2; echo ended' });
  const stored = gateway.command(commandId);
  await until(() => stored.stdout.toString() === 'begun\n');
  await endpoint.kill('SIGKILL');
  await endpoint.start();
  await gateway.ended(stored);
  expect(stored.stdout.toString()).toBe('begun\nended\n');
  expect(stored.exit).toMatchObject({ exitCode: 0 });
});

it('F040 moves a file by itself: the same executable under another name', async () => {
  endpoint.policy({ consent: 'unattended' });
  try {
    expect((await gateway.askUnattended({ ...gateway.prompt(), approvalId: 'unattended' })).type).toBe(
      'unattended_allowed',
    );
    const approvals = [{ id: 'unattended', kind: 'session' as const, hash: gateway.consentHash() }];
    const bytes = randomBytes(300_000);
    const sum = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    const path = join(realpathSync(folder), 'sent.bin');
    const commandId = randomUUID();
    gateway.files.content.set(commandId, bytes);
    gateway.files.cuts = [100_000];
    const file = { direction: 'to_endpoint' as const, path, ...sum, overwrite: false };
    const done = await gateway.ended(
      gateway.order({ commandId, file, risk: 'change', approvals, unattended: UNATTENDED }),
    );
    expect(done.stderr.toString()).toBe('');
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(done.stdout.toString()).toBe(fileLine(path, sum));
    expect(done.started?.shellPath).toBe(executable);
  } finally {
    endpoint.policy({});
  }
});

it('answers status and doctor while it runs', async () => {
  const { output } = await endpoint.cli('status');
  expect(output).toContain('online since');
  expect(output).toContain(endpoint.promptUrl);
  expect((await endpoint.cli('doctor')).output).toMatch(/✓ Shells: .*bash/);
  const rss = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  console.log(`memory of the runtime: ${rss(endpoint.process?.pid ?? 0).toFixed(0)} MiB`);
});

it('installs below a folder for packages, with a unit that systemd understands, and uninstalls', ({ skip }) => {
  const prefix = join(folder, 'package');
  const unit = join(prefix, 'etc/systemd/system/throughline-runtime.service');
  const program = join(prefix, 'usr/local/lib/throughline/throughline-runtime');
  const data = join(prefix, 'var/lib/throughline-agent');
  expect(call('install', '--prefix', prefix, '--no-start')).toMatchObject({ code: 0 });
  expect(readFileSync(program).equals(readFileSync(executable))).toBe(true);
  expect(statSync(program).mode & 0o777).toBe(0o755);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(readlinkSync(join(prefix, 'usr/local/bin/throughline-runtime'))).toBe(
    '../lib/throughline/throughline-runtime',
  );
  const text = readFileSync(unit, 'utf8');
  expect(text).toContain('/usr/local/lib/throughline/throughline-runtime run --data /var/lib/throughline-agent\n');

  expect(call('uninstall', '--prefix', prefix)).toMatchObject({ code: 1 });
  // Where systemd looks for the program, there is none: it is shown the one in the package.
  const shown = join(folder, 'throughline-runtime.service');
  writeFileSync(shown, text.replace('ExecStart=', `ExecStart=${prefix}`));
  const verified = spawnSync('systemd-analyze', ['verify', shown], { encoding: 'utf8' });
  expect(call('uninstall', '--prefix', prefix, '--yes', '--keep-data')).toMatchObject({ code: 0 });
  expect([unit, program, data].map(existsSync)).toEqual([false, false, true]);
  expect(call('uninstall', '--prefix', prefix, '--yes')).toMatchObject({ code: 0 });
  expect(existsSync(data)).toBe(false);
  if (verified.error) skip('systemd-analyze is not installed: the unit was not verified');
  expect(verified.stderr.split('\n').filter((line) => line.includes('throughline-runtime'))).toEqual([]);
});

it('refuses to remove the data of a runtime that runs, and removes it afterwards', async () => {
  expect((await endpoint.cli('uninstall', '--yes')).output).toContain('Stop it first');
  expect(await endpoint.kill('SIGTERM')).toBe(0);
  expect((await endpoint.cli('uninstall', '--yes')).code).toBe(0);
  expect(existsSync(endpoint.data)).toBe(false);
});
