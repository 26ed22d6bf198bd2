import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Release, releaseBytes } from '@throughline/domain/release';
import { programRange } from '@throughline/store/release-store';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type TestMsp, type TestStore, createMsp, openTestStore } from '../../../store/src/testing/store-fixture.ts';
import { runCli } from '../testing/run-cli.ts';

// Every call is a process of its own, and a busy machine takes seconds to start one.
vi.setConfig({ testTimeout: 120_000 });
const owner = generateKeyPairSync('ed25519');
const program = randomBytes(2_500_000);
let folder: string;
let store: TestStore;
let msp: TestMsp;
const cli = (...args: string[]) => runCli(folder, args, { DATABASE_URL: store.appUrl });

/** A program and its signed description, as files of the folder. */
function make(version: string, change: Partial<Release> = {}, { key = owner.privateKey, content = program } = {}) {
  const release: Release = {
    v: 1,
    version,
    platform: 'linux',
    arch: 'x64',
    bytes: program.length,
    sha256: createHash('sha256').update(program).digest('hex'),
    minProtocol: 2,
    notBefore: 0,
    ...change,
  };
  const signature = sign(null, releaseBytes(release), key).toString('base64');
  writeFileSync(join(folder, version), content);
  writeFileSync(join(folder, `${version}.release.json`), JSON.stringify({ release, signature }));
  return ['release', 'add', `${version}.release.json`, version];
}
const audited = async (action: string) =>
  (await store.admin.query('select target, details from audit_event where action = $1 order by id', [action])).rows;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-release-'));
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
});
afterAll(async () => {
  await store?.close();
  if (folder) rmSync(folder, { recursive: true });
});

it('keeps a release byte for byte, once a key is known only one that it signed, and never two programs under one version', async () => {
  const unchecked = await cli(...make('0.2.0'));
  expect(unchecked).toMatchObject({ code: 0, out: expect.stringContaining('signature was not checked here') });
  writeFileSync(join(folder, 'key.pub'), owner.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'));
  expect((await cli('release', 'key', 'key.pub')).code).toBe(0);

  const stranger = generateKeyPairSync('ed25519').privateKey;
  const cases: [string[], string][] = [
    [make('0.3.1', {}, { key: stranger }), 'not signed by the release key'],
    [make('0.3.2', {}, { content: program.subarray(1) }), 'not the program that was signed'],
    [make('0.3.3', {}, { content: Buffer.concat([program, program]) }), 'not the program that was signed'],
    [make('0.2.0'), 'is or was here already'],
  ];
  for (const [args, words] of cases)
    expect(await cli(...args)).toMatchObject({ code: 1, err: expect.stringContaining(words) });
  const kept = await store.admin.query<{ version: string }>('select version from release');
  expect(kept.rows).toEqual([{ version: '0.2.0' }]);

  expect(await cli(...make('0.3.0'))).toMatchObject({ code: 0, err: '' });
  const sha256 = createHash('sha256').update(program).digest('hex');
  const read = (from: number, length: number) =>
    withTenant(store.pool, msp.scope, (tx) => programRange(tx, msp.mspId, sha256, from, length));
  expect((await read(0, program.length + 10)).equals(program)).toBe(true);
  expect((await read(1_048_570, 12)).equals(program.subarray(1_048_570, 1_048_582))).toBe(true);
  expect(await audited('release.add')).toHaveLength(2);
});

it('offers to a client, an endpoint or a share, says to whom, and takes it back', async () => {
  const sees = async (...args: string[]) =>
    (await cli('release', ...args)) as { code: number; out: string; err: string };
  expect((await sees('offer', '0.3.0')).err).toContain('Say to whom');
  expect((await sees('offer', '0.3.0', '--percent', '0')).err).toContain('from 1 to 100');
  expect((await sees('offer', '0.9.0', '--percent', '1')).err).toContain('There is no release 0.9.0');
  expect((await sees('offer', '0.3.0', '--client', 'Nobody')).err).toContain('There is: ');
  expect((await sees('offer', '0.3.0', '--endpoint', 'NOWHERE')).err).toContain('no endpoint "NOWHERE"');
  await cli(...make('0.4.0', { minProtocol: 9 }));
  expect((await sees('offer', '0.4.0', '--percent', '1')).err).toContain(
    'speaks protocol 9, which this server does not',
  );
  await cli(...make('0.5.0', { notBefore: Date.now() + 3_600_000 }));
  expect((await sees('offer', '0.5.0', '--percent', '1')).err).toContain('may not be installed before');

  expect((await sees('offer', '0.3.0', '--client', 'harbor dental', '--percent', '10')).out).toContain(
    '10 % of Harbor Dental’s endpoints',
  );
  expect((await sees('offer', '0.3.0', '--percent', '50')).out).toContain('50 % of all endpoints');
  expect((await sees('list')).out).toContain(
    '0.3.0  linux x64\n  offered to    10 % of Harbor Dental’s endpoints; 50 % of all endpoints\n',
  );
  expect((await sees('stop', '0.3.0')).code).toBe(0);
  expect((await sees('stop', '0.3.0')).err).toContain('offered to nobody');
  expect((await sees('list')).out).toContain('0.3.0  linux x64\n  offered to    nobody\n');
  expect(await audited('release.offer')).toHaveLength(2);
  expect(await audited('release.stop')).toMatchObject([{ target: '0.3.0' }]);
});

it('removes a release that nobody is offered, keeps what another version needs, and never lets its number name another program', async () => {
  const pieces = async () => (await store.admin.query('select from release_piece')).rowCount;
  await cli(...make('0.6.0'));
  expect((await cli('release', 'offer', '0.6.0', '--percent', '1')).code).toBe(0);
  expect((await cli('release', 'remove', '0.6.0')).err).toContain('Take it back first: release stop 0.6.0');
  expect((await cli('release', 'remove', '0.9.0')).err).toContain('There is no release 0.9.0');
  await cli('release', 'stop', '0.6.0');
  const before = await pieces();
  // Other versions of this test are the same program.
  expect((await cli('release', 'remove', '0.6.0')).out).toContain('0.0 MiB');
  expect(await pieces()).toBe(before);
  expect((await cli('release', 'list')).out).not.toContain('0.6.0');
  expect((await cli('release', 'offer', '0.6.0', '--percent', '1')).err).toContain('There is no release 0.6.0');
  expect(await cli(...make('0.6.0'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('is or was here already'),
  });

  const other = randomBytes(1_500_000);
  const sha256 = createHash('sha256').update(other).digest('hex');
  expect((await cli(...make('0.7.0', { bytes: other.length, sha256 }, { content: other }))).code).toBe(0);
  expect(await pieces()).toBe((before ?? 0) + 2);
  expect((await cli('release', 'remove', '0.7.0')).out).toContain('1.4 MiB');
  expect(await pieces()).toBe(before);
  expect(await audited('release.remove')).toMatchObject([{ target: '0.6.0' }, { details: { bytes: 1_500_000 } }]);
});
