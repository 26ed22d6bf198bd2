import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Release, releaseBytes } from '@throughline/domain/release';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemdUnit } from '../systemd-unit.ts';
import { TestEndpoint } from '../testing/endpoint.ts';
import { FakeGateway } from '../testing/fake-gateway.ts';
import { UnitService } from '../testing/unit-service.ts';
import { until } from '../testing/until.ts';

/* Two executables, really built, and the unit's own lines. What systemd does with the lines is played by UnitService. */
const BUILD = fileURLToPath(new URL('../../../scripts/agent-build.mjs', import.meta.url));
const CLI = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
const exec = promisify(execFile);
let folder: string;
let program: string;
let newer: string;
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let service: UnitService;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-update-'));
  const tsx = ['--import', import.meta.resolve('tsx'), CLI];
  await exec(process.execPath, [...tsx, 'new-release-key', '--out', join(folder, 'key.pem')]);
  for (const version of ['0.2.0', '0.3.0']) {
    const env = { ...process.env, THROUGHLINE_AGENT_VERSION: version };
    await exec(process.execPath, [BUILD, '--out', join(folder, version)], { env });
  }
  newer = join(folder, '0.3.0/throughline-runtime');
  await exec(process.execPath, [...tsx, 'sign-release', '--key', join(folder, 'key.pem'), '--program', newer]);
  program = join(folder, 'installed');
  copyFileSync(join(folder, '0.2.0/throughline-runtime'), program);
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.program = [program];
  expect((await endpoint.enroll()).code).toBe(0);
  service = new UnitService(systemdUnit(endpoint.data, [program]));
  service.start();
  await until(() => gateway.online, 30_000);
}, 180_000);

afterAll(async () => {
  service?.stop();
  await endpoint?.remove();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const versions = () => gateway.hellos.map((hello) => hello.agentVersion);
const signedOf = (file: string) =>
  JSON.parse(readFileSync(`${file}.release.json`, 'utf8')) as { release: Release; signature: string };

/** Another release made of a file, signed by the true key unless told otherwise. */
function release(name: string, from: string, change: Partial<Release>, key = readFileSync(join(folder, 'key.pem'))) {
  const file = join(folder, name);
  copyFileSync(from, file);
  chmodSync(file, 0o755);
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const described = { ...signedOf(newer).release, bytes: bytes.length, sha256, ...change };
  const signature = sign(null, releaseBytes(described), createPrivateKey(key)).toString('base64');
  writeFileSync(`${file}.release.json`, JSON.stringify({ release: described, signature }));
  return file;
}

it('takes nobody’s update before a release key is pinned', async () => {
  const refused = await endpoint.cli('update', '--from', newer);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.output).toContain('no release key is pinned');
  const pinned = await endpoint.cli('update', '--release-key', join(folder, 'key.pem.pub'));
  expect(pinned.output).toContain('only updates signed by this release key');
});

it('refuses an older version, another’s signature, another system, a description changed after it was signed, and one before its time', async () => {
  const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const changed = release('changed', newer, {});
  writeFileSync(
    `${changed}.release.json`,
    JSON.stringify({ ...signedOf(changed), release: { ...signedOf(changed).release, version: '9.0.0' } }),
  );
  const cases: [string, string][] = [
    [release('older', newer, { version: '0.1.9' }), 'only a newer one is taken'],
    [release('same', newer, { version: '0.2.0' }), 'only a newer one is taken'],
    [release('forged', newer, {}, Buffer.from(other)), 'signature does not fit'],
    [release('foreign', newer, { platform: 'win32' }), 'The release is for win32'],
    [release('early', newer, { notBefore: Date.now() + 3_600_000 }), 'may not be installed before'],
    [changed, 'signature does not fit'],
  ];
  for (const [file, words] of cases) {
    const answer = await endpoint.cli('update', '--from', file);
    expect(answer.output).toContain(words);
    expect(answer.code).toBe(1);
  }
});

it('refuses a program that is cut off or another than the one that was signed', async () => {
  const short = release('short', newer, {});
  truncateSync(short, 1_000_000);
  expect((await endpoint.cli('update', '--from', short)).output).toContain('cut off: 1000000 bytes');
  const bent = release('bent', newer, {});
  const bytes = readFileSync(bent);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(bent, bytes);
  expect((await endpoint.cli('update', '--from', bent)).output).toContain('SHA-256 differs');
});

it('leaves things as they are when the new program does not start here, or calls itself another version', async () => {
  const script = join(folder, 'script');
  writeFileSync(script, '#!/bin/sh\nexit 7\n');
  expect((await endpoint.cli('update', '--from', release('mute', script, {}))).code).toBe(0);
  await until(() => service.output.includes('does not start on this computer'));
  expect((await endpoint.cli('update', '--from', release('liar', newer, { version: '0.9.0' }))).code).toBe(0);
  await until(() => service.output.includes('calls itself 0.3.0, signed was 0.9.0'));
  expect(service.starts).toBe(1);
});

it('puts the version before back when a new one cannot start, and says so', async () => {
  const script = join(folder, 'crashing-script');
  const said = JSON.stringify({ version: '0.2.5', protocol: 2, platform: process.platform, arch: process.arch });
  writeFileSync(script, `#!/bin/sh\n[ "$1" = self-check ] && echo '${said}' && exit 0\nexit 9\n`);
  const joins = gateway.hellos.length;
  const crashing = release('crashing', script, { version: '0.2.5' });
  expect((await endpoint.cli('update', '--from', crashing)).code).toBe(0);
  await until(() => gateway.hellos.length > joins && gateway.online, 60_000);
  expect(versions().at(-1)).toBe('0.2.0');
  // Once as 0.2.0, three times the broken one, and 0.2.0 again.
  expect(service.starts).toBe(5);
  expect(service.output).toContain(
    'Version 0.2.5 did not do (it ended 3 times before it had connected): 0.2.0 is back.',
  );
  expect((await endpoint.cli('status')).output).toContain('0.2.5 was rolled back to 0.2.0');
}, 90_000);

it('puts the version before back when the server does not take the new one, whatever exit code that has', async () => {
  const joins = gateway.hellos.length;
  // The answer to the first hello of the new version; the one before is welcome again.
  expect((await endpoint.cli('update', '--from', newer)).code).toBe(0);
  await until(() => service.output.includes('Version 0.3.0 is in place'), 30_000);
  gateway.bye = { type: 'bye', code: 'unsupported', message: 'Not this one.' };
  await until(() => versions().slice(joins).includes('0.3.0'), 30_000);
  await until(() => service.output.includes('gives way'), 30_000);
  gateway.bye = null;
  await until(() => gateway.online && versions().at(-1) === '0.2.0', 30_000);
  expect((await endpoint.cli('status')).output).toContain('rolled back to 0.2.0: Not this one.');
  expect(service.ended).toBeNull();
}, 90_000);

it('switches over https alone or from this computer, while a command runs on with its output whole', async () => {
  expect((await endpoint.cli('update', '--from', 'http://desk.example/x')).output).toContain('by https only');
  const downloads = createServer((request, response) => {
    response.end(readFileSync(join(folder, '0.3.0', (request.url ?? '').slice(1))));
  });
  await new Promise<void>((resolve) => downloads.listen(0, '127.0.0.1', resolve));
  const { port } = downloads.address() as AddressInfo;
  await endpoint.consent();
  const stop = join(folder, 'stop');
  const script = `i=0; until [ -e ${stop} ]; do i=$((i+1)); echo line $i; sleep 0.02; done; echo end $i`;
  const { commandId } = gateway.order(await endpoint.allowed({ script }));
  const stored = gateway.command(commandId);
  await until(() => stored.stdout.includes('line 5\n'));
  const answer = await endpoint.cli('update', '--from', `http://127.0.0.1:${port}/throughline-runtime`);
  expect(answer.output).toContain('0.3.0 is fetched and checked');
  await until(() => gateway.online && versions().at(-1) === '0.3.0', 60_000);
  await until(() => service.output.includes('The update to 0.3.0 stays'));
  writeFileSync(stop, '');
  await gateway.ended(stored);
  expect(stored.exit).toMatchObject({ exitCode: 0 });
  const lines = Number(/end (\d+)\n$/.exec(stored.stdout.toString())?.[1]);
  const wanted = Array.from({ length: lines }, (_, i) => `line ${i + 1}\n`).join('');
  expect(stored.stdout.toString()).toBe(`${wanted}end ${lines}\n`);
  expect((await gateway.ended(gateway.order({ script: 'echo as new' }))).stdout.toString()).toBe('as new\n');
  expect((await endpoint.cli('status')).output).toMatch(/Version {3}0\.3\.0/);
  await new Promise((resolve) => downloads.close(resolve));
}, 120_000);
