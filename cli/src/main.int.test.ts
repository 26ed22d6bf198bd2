import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointKey } from '@throughline/store/checkpoint-key';
import { writeCheckpoints } from '@throughline/store/checkpoint-store';
import { appendEntry } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type TestMsp,
  type TestStore,
  createMsp,
  createSession,
  message,
  openTestStore,
} from '../../store/src/testing/store-fixture.ts';
import { vectors } from './testing/bad-vectors.ts';
import { runCli } from './testing/run-cli.ts';

// Every call is a process of its own, and a busy machine takes seconds to start one.
vi.setConfig({ testTimeout: 120_000 });
let folder: string;
let store: TestStore;
let msp: TestMsp;
let sessionId: string;

const cli = (args: string[], env: Record<string, string> = { DATABASE_URL: store.appUrl }) => runCli(folder, args, env);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  sessionId = await createSession(store, msp);
  for (const text of ['one', 'two', 'three'])
    await withTenant(store.pool, msp.scope, (tx) => appendEntry(tx, msp.mspId, sessionId, message(text)));
});
afterAll(async () => {
  await store?.close();
  if (folder) rmSync(folder, { recursive: true });
});

describe('verify', () => {
  it.each([
    ['the good record', 0, 'VALID'],
    ['one byte of the payload of entry 7', 1, 'Entry 7 was altered'],
    ['entry 24 dropped', 2, 'Entry 24 and all after it are missing'],
    ['no runtime key', 3, 'UNKNOWN KEY'],
    ['a truncated file', 4, 'MALFORMED'],
  ])('F118 F125 says of %s: %i', async (name, code, words) => {
    const vector = vectors().find((one) => one.name === name);
    writeFileSync(join(folder, 'record.json'), vector?.file ?? '');
    const said = await cli(['verify', 'record.json'], {});
    expect(said.out).toContain(words);
    expect(said).toMatchObject({ code, err: '' });
  });

  it('ends with 4, and a sentence, where there is nothing to check', async () => {
    expect(await cli(['verify', 'nothing.json'], {})).toMatchObject({
      code: 4,
      err: expect.stringMatching(/^nothing\.json cannot be read/),
    });
    expect((await cli(['verify'], {})).code).toBe(4);
    expect((await cli(['verify', 'a', '--what'], {})).code).toBe(4);
  });
});

describe('with the database', () => {
  it('F125 exports a record that verify calls valid, and writes over nothing', async () => {
    expect(await cli(['export', '--session', '1901', '--out', 'out.json'])).toMatchObject({ code: 0, err: '' });
    expect((await cli(['verify', 'out.json'], {})).code).toBe(0);
    const again = await cli(['export', '--session', '1901', '--out', 'out.json']);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is there already') });
    expect(await cli(['export', '--session', '4711', '--out', 'x.json'])).toMatchObject({
      code: 1,
      err: 'There is no session 4711.\n',
    });
    expect(existsSync(join(folder, 'x.json'))).toBe(false);
  });

  it('makes enrolment tokens, people and search work', async () => {
    const none = await cli(['enroll-token', '--client', 'harbor dental']);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('no active admin') });
    const added = await cli([
      'user',
      'add',
      '--name',
      'Ada Okafor',
      '--email',
      'Ada@Northgate.example',
      '--role',
      'admin',
    ]);
    expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/http:\/\/localhost:8080\/setup\/[\w-]{43}\n/) });
    expect(
      (await cli(['user', 'add', '--name', 'x', '--email', 'ada@northgate.example', '--role', 'admin'])).code,
    ).toBe(1);
    expect((await cli(['user', 'add', '--name', 'x', '--email', 'x', '--role', 'king'])).err).toContain(
      '--role technician | senior',
    );
    expect((await cli(['user', 'list'])).out).toMatch(/Ada Okafor +admin +ada@northgate\.example +active/);
    const token = await cli(['enroll-token', '--client', 'harbor dental', '--host', 'HARB-WS-07']);
    expect(token).toMatchObject({
      code: 0,
      out: expect.stringMatching(/--token tl_enroll_[\w-]{32} --name HARB-WS-07/),
    });
    expect((await cli(['enroll-token', '--client', 'Nobody'])).err).toContain('There is: Cedar Law, Harbor Dental');
    expect((await cli(['reindex'])).out).toMatch(/^3 pieces are queued/);
  });

  it('F118 names the entry of which a superuser changed a byte, and finds a session that is gone', async () => {
    await writeCheckpoints(store.pool, await checkpointKey(folder), join(folder, 'checkpoints.log'));
    const good = await cli(['verify-database', '--session', '1901']);
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining('VALID') });
    await store.admin.query('alter table transcript_payload disable trigger all');
    await store.admin.query(
      `update transcript_payload set payload = set_byte(payload, 5, 0) where session_id = $1 and seq = 2`,
      [sessionId],
    );
    const bad = await cli(['verify-database', '--session', sessionId]);
    expect(bad).toMatchObject({ code: 1, out: expect.stringContaining('Entry 2 was altered') });
    const heads = [{ sessionId: '00000000-0000-4000-8000-000000000000', count: 1, hash: 'ab' }];
    const log = join(folder, 'checkpoints.log');
    writeFileSync(log, `${readFileSync(log, 'utf8')}${JSON.stringify({ mspId: msp.mspId, note: '', heads })}\n`);
    const all = await cli(['verify-database', '--all']);
    expect(all.code).toBe(1);
    expect(all.out).toContain('00000000-0000-4000-8000-000000000000 is gone');
    expect(all.out).toContain('2 sessions checked, 2 with faults.');
  });
});

describe('finding the database', () => {
  it('needs no settings beside a running Throughline', async () => {
    const url = new URL(store.appUrl);
    const dataDir = join(folder, 'data');
    mkdirSync(join(dataDir, 'keys'), { recursive: true });
    mkdirSync(join(dataDir, 'postgres', 'cluster'), { recursive: true });
    writeFileSync(join(dataDir, 'keys', 'app-db-password'), `${url.password}\n`);
    writeFileSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), `1\n/x\n0\n${url.port}\n\n127.0.0.1\n`);
    // That database is named throughline; this server has none, so reaching it ends in Postgres' own refusal.
    const said = await cli(['user', 'list'], { DATA_DIR: dataDir });
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('database "throughline" does not exist') });
  });

  it('says what to do where there is none', async () => {
    const said = await cli(['user', 'list'], { DATA_DIR: join(folder, 'empty') });
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('npm start') });
    const dead = await cli(['verify-database', '--all'], { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z' });
    expect(dead).toMatchObject({ code: 4, err: expect.stringContaining('The database does not answer') });
  });

  it('knows its commands and says so', async () => {
    expect((await cli([], {})).out).toContain('verify-database');
    expect(await cli(['constructor'], {})).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no command'),
    });
  });
});
