import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Release, type SignedRelease, releaseBytes } from '@throughline/domain/release';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemdUnit } from '../systemd-unit.ts';
import { TestEndpoint } from '../testing/endpoint.ts';
import { FakeGateway } from '../testing/fake-gateway.ts';
import { UnitService } from '../testing/unit-service.ts';
import { until } from '../testing/until.ts';

/* What an executable that is really built makes of offers. The server here says and gives whatever a test wants: it is not believed. */
const BUILD = fileURLToPath(new URL('../../../scripts/agent-build.mjs', import.meta.url));
const exec = promisify(execFile);
const owner = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
let folder: string;
let program: Buffer;
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let service: UnitService;
let serial = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-offer-'));
  const env = { ...process.env, THROUGHLINE_AGENT_VERSION: '0.2.0' };
  await exec(process.execPath, [BUILD, '--out', join(folder, 'built')], { env });
  program = readFileSync(join(folder, 'built/throughline-runtime'));
  const key = join(folder, 'owner.pub');
  writeFileSync(key, owner.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'));
  const installed = join(folder, 'installed');
  copyFileSync(join(folder, 'built/throughline-runtime'), installed);
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.program = [installed];
  expect((await endpoint.enroll('--release-key', key)).code).toBe(0);
  service = new UnitService(systemdUnit(endpoint.data, [installed]));
  service.start();
  await until(() => gateway.online, 30_000);
}, 180_000);
afterAll(async () => {
  service?.stop();
  await endpoint?.remove();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  gateway.releases.offsets.length = 0;
  rmSync(join(endpoint.data, 'policy.json'), { force: true });
});

/** A signed release of some program that the server holds; each a version of its own. */
function release(content: Buffer | string, change: Partial<Release> = {}, key = owner.privateKey): SignedRelease {
  const bytes = Buffer.from(content);
  const described: Release = {
    v: 1,
    version: `0.3.${++serial}`,
    platform: process.platform,
    arch: process.arch,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    minProtocol: 2,
    notBefore: 0,
    ...change,
  };
  gateway.releases.programs.set(described.sha256, bytes);
  return { release: described, signature: sign(null, releaseBytes(described), key).toString('base64') };
}
/** A program that says it is a version, and can do nothing else. */
const saying = (version: string) => {
  const said = JSON.stringify({ version, protocol: 2, platform: process.platform, arch: process.arch });
  return `#!/bin/sh\n[ "$1" = self-check ] && echo '${said}' && exit 0\nexit 9\n`;
};
const offer = (signed: SignedRelease, change: { version?: string; serves?: number } = {}) =>
  gateway.send({ type: 'update_offer', version: signed.release.version, releases: [signed], serves: 2, ...change });
/** The last that was told of it. */
const told = ({ release: { version } }: SignedRelease) => gateway.updates(version).at(-1);
const states = ({ release: { version } }: SignedRelease) => gateway.updates(version).map(({ state }) => state);
const downloads = () =>
  readdirSync(endpoint.data, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('offered-'));
const installed = () => readFileSync(join(folder, 'installed')).equals(program);

async function refused(signed: SignedRelease, change: { version?: string; serves?: number } = {}): Promise<string> {
  offer(signed, change);
  await until(
    () =>
      gateway.messages.some(
        (message) =>
          message.type === 'update_state' &&
          message.state === 'refused' &&
          message.version === (change.version ?? signed.release.version),
      ),
    30_000,
  );
  return gateway.updates(change.version ?? signed.release.version).at(-1)?.reason ?? '';
}

it('U40 refuses, before it fetches a byte, what the release key did not sign, what is older, for another system, before its time, or named otherwise', async () => {
  const cases: [string, SignedRelease, { version?: string }?][] = [
    ['signature does not fit', release('forged', {}, stranger.privateKey)],
    ['signature does not fit', { ...release('edited'), release: { ...release('edited').release, version: '9.0.0' } }],
    ['only a newer one is taken', release('older', { version: '0.1.9' })],
    ['The release is for win32', release('foreign', { platform: 'win32' })],
    ['may not be installed before', release('early', { notBefore: Date.now() + 3_600_000 })],
    ['signed is 0.4.0', release('renamed', { version: '0.4.0' }), { version: '0.4.1' }],
  ];
  for (const [words, signed, change] of cases) expect(await refused(signed, change)).toContain(words);
  expect(gateway.releases.offsets).toEqual([]);
  expect(downloads()).toEqual([]);
  expect(installed()).toBe(true);
});

it('refuses a release that speaks a newer protocol than its server', async () => {
  expect(await refused(release('of tomorrow', { minProtocol: 3 }))).toContain('speaks protocol 3, and the server 2');
  expect(gateway.releases.offsets).toEqual([]);
});

it('takes nothing from the server where the owner of the computer says so, or wrote what cannot be understood', async () => {
  writeFileSync(join(endpoint.data, 'policy.json'), JSON.stringify({ updates: 'off' }));
  expect(await refused(release('not wanted'))).toContain('takes no updates from the server');
  writeFileSync(join(endpoint.data, 'policy.json'), JSON.stringify({ updates: 'never' }));
  expect(await refused(release('not wanted either'))).toContain('cannot be understood');
  expect(gateway.releases.offsets).toEqual([]);
});

it('refuses another program than was signed: longer, shorter, or of other bytes; and keeps nothing of it', async () => {
  const right = 'the very program';
  const put = (signed: SignedRelease, content: string) => {
    gateway.releases.programs.set(signed.release.sha256, Buffer.from(content));
    return signed;
  };
  expect(await refused(put(release(right), `${right} and more`))).toContain('longer than what was signed');
  expect(await refused(put(release(right), right.slice(3)))).toContain('13 bytes instead of 16');
  expect(await refused(put(release(right), right.toUpperCase()))).toContain('its SHA-256 differs');
  expect(downloads()).toEqual([]);
});

it('goes on where a cut connection broke off, and leaves things as they are when the program does not start here', async () => {
  const mute = release(`#!/bin/sh\nexit 7\n${'#'.repeat(500_000)}`);
  gateway.releases.cuts = [100_000, 200_000];
  expect(await refused(mute)).toContain('does not start on this computer');
  expect(gateway.releases.offsets[0]).toBe(0);
  expect(gateway.releases.offsets[1]).toBeGreaterThan(0);
  expect(gateway.releases.offsets.at(-1)).toBeGreaterThan(gateway.releases.offsets[1] ?? 0);
  expect(states(mute)).toEqual(['fetching', 'checked', 'refused']);
  expect(service.starts).toBe(1);
});

it('neither fetches nor switches while a command runs or a question waits, and forgets what is taken back meanwhile', async () => {
  const broken = release(saying('0.2.5'), { version: '0.2.5' });
  await endpoint.consent();
  const stop = join(folder, 'stop');
  const running = gateway.order({ script: `until [ -e ${stop} ]; do sleep 0.05; done` });
  await until(() => running.started !== null);
  offer(broken);
  await until(() => told(broken)?.state === 'offered');
  gateway.send({ type: 'update_withdrawn', version: '0.2.5' });
  writeFileSync(stop, '');
  await gateway.ended(running);
  // A whole command later it has still not begun: the withdrawn offer is forgotten.
  await gateway.ended(gateway.order({ script: 'sleep 2' }));
  expect(states(broken)).toEqual(['offered']);

  gateway.ask(gateway.prompt({ approvalId: 'a-question', title: 'Something else?' }));
  const mute = release('#!/bin/sh\nexit 7\n');
  offer(mute);
  await until(() => told(mute)?.state === 'offered');
  expect(gateway.releases.offsets).toEqual([]);
  const { sessionId } = gateway;
  gateway.send({
    type: 'prompt_closed',
    approvalId: 'a-question',
    sessionId,
    state: 'withdrawn',
    message: 'Taken back.',
  });
  await until(() => told(mute)?.state === 'refused', 30_000);
  expect(states(mute)).toEqual(['offered', 'fetching', 'checked', 'refused']);
});

it('U40 puts the version before back when the new one cannot start, says why when it is asked, and does not try it again', async () => {
  const broken = release(saying('0.2.6'), { version: '0.2.6' });
  const [joins, starts] = [gateway.hellos.length, service.starts];
  offer(broken);
  await until(() => states(broken).includes('switched'), 30_000);
  await until(() => gateway.hellos.length > joins && gateway.online, 60_000);
  expect(states(broken)).toEqual(['fetching', 'checked', 'switched']);
  // The broken one three times, and ours again.
  expect(service.starts).toBe(starts + 4);
  expect(gateway.hellos.at(-1)?.agentVersion).toBe('0.2.0');
  offer(broken);
  await until(() => told(broken)?.state === 'rolled_back');
  expect(told(broken)?.reason).toContain('it ended 3 times before it had connected');
  gateway.send({ type: 'update_withdrawn', version: '0.2.6' });
  await until(() => states(broken).filter((state) => state === 'rolled_back').length === 2);
  expect(existsSync(join(endpoint.data, 'update/staged.json'))).toBe(false);
  expect(downloads()).toEqual([]);
  expect(installed()).toBe(true);
}, 90_000);
