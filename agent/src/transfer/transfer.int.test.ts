import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandSpec, RunAs } from '@throughline/domain/command';
import { type FileTransfer, fileLine, fileScript } from '@throughline/domain/file-transfer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestEndpoint } from '../testing/endpoint.ts';
import { FakeGateway, type StoredCommand } from '../testing/fake-gateway.ts';
import { until } from '../testing/until.ts';

/* File transfers by a real runtime and its real runners, against a server that breaks off. */
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let place: string;

beforeAll(async () => {
  place = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'throughline-files-')));
  fs.chmodSync(place, 0o755);
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  await endpoint.consent();
}, 60_000);
afterEach(() => {
  gateway.files.cuts = [];
  gateway.files.clockAhead = 0;
  gateway.files.requests.length = 0;
});
afterAll(async () => {
  await endpoint?.remove();
  await gateway?.stop();
  fs.rmSync(place, { recursive: true, force: true });
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const sumOf = (bytes: Buffer) => ({ bytes: bytes.length, sha256: sha256(bytes) });
const push = (path: string, bytes: Buffer, overwrite = false): FileTransfer => ({
  direction: 'to_endpoint',
  path,
  ...sumOf(bytes),
  overwrite,
});
const pull = (path: string, maxBytes = 10_000_000): FileTransfer => ({ direction: 'from_endpoint', path, maxBytes });
const stderrOf = (done: StoredCommand) => done.stderr.toString();
/** Everything in the folder but what a test put there: nothing may be left behind. */
const left = () => fs.readdirSync(place).filter((name) => name.includes('.part'));

/** Asks the person, presses Approve, orders it; `content` is what the server gives. */
async function move(file: FileTransfer, content?: Buffer, runAs: RunAs = { kind: 'runtime' }): Promise<StoredCommand> {
  const stored = await ordered(file, content, runAs);
  return gateway.ended(stored);
}

async function ordered(file: FileTransfer, content?: Buffer, runAs: RunAs = { kind: 'runtime' }) {
  const commandId = randomUUID();
  if (content) gateway.files.content.set(commandId, content);
  const spec: CommandSpec = { shell: 'bash', script: fileScript(file), cwd: null, runAs, timeoutMs: 60_000, file };
  const kind = runAs.kind === 'runtime' ? ('action' as const) : ('identity' as const);
  const prompt = gateway.actionPrompt(`file-${commandId}`, spec, { kind });
  gateway.ask(prompt);
  await endpoint.knows(prompt.approvalId);
  await endpoint.press('decide', { approvalId: prompt.approvalId, decision: 'approve', reason: '' });
  const session = { id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() };
  const own = { id: prompt.approvalId, kind, hash: prompt.hash };
  return gateway.order({ ...spec, risk: 'change', commandId, approvals: [session, own] });
}

describe('F040 a file put on the endpoint', () => {
  it('F040 lies there whole, and the signed stdout is its line', async () => {
    const bytes = randomBytes(1_300);
    const path = join(place, 'DigiCertG2.crt');
    const done = await move(push(path, bytes), bytes);
    expect(stderrOf(done)).toBe('');
    expect(done.exit).toMatchObject({ exitCode: 0, stderr: { bytes: 0 } });
    expect(fs.readFileSync(path).equals(bytes)).toBe(true);
    expect(fs.statSync(path).mode & 0o777).toBe(0o644);
    expect(done.stdout.toString()).toBe(fileLine(path, sumOf(bytes)));
    expect(done.exit?.stdout.sha256).toBe(sha256(Buffer.from(fileLine(path, sumOf(bytes)))));
    expect(done.started?.shellVersion).toContain('no shell');
    expect(left()).toEqual([]);
  });

  it('F040 goes on where a cut connection broke it off, and does not begin anew', async () => {
    const bytes = randomBytes(3_000_000);
    const path = join(place, 'cut.bin');
    gateway.files.cuts = [1_000_000, 700_000];
    const done = await move(push(path, bytes), bytes);
    expect(stderrOf(done)).toBe('');
    expect(sha256(fs.readFileSync(path))).toBe(sha256(bytes));
    const offsets = gateway.files.requests.map((request) => request.offset);
    expect(offsets).toHaveLength(3);
    expect(offsets[0]).toBe(0);
    expect(offsets[1]).toBeGreaterThan(0);
    expect(offsets[2]).toBeGreaterThan(offsets[1] ?? 0);
  });

  it('F040 goes on while the runtime itself is killed and comes back, and while the server is away', async () => {
    const bytes = randomBytes(500_000);
    const path = join(place, 'restart.bin');
    gateway.files.away = true;
    const stored = await ordered(push(path, bytes), bytes);
    await until(() => stored.started !== null);
    await endpoint.kill();
    gateway.files.away = false;
    await until(() => fs.existsSync(path));
    await endpoint.start();
    const done = await gateway.ended(stored);
    expect(done.exit?.exitCode).toBe(0);
    expect(sha256(fs.readFileSync(path))).toBe(sha256(bytes));
  });

  it('F040 SC7 other bytes than were approved are thrown away, and nothing is left behind', async () => {
    const bytes = randomBytes(2_000);
    const path = join(place, 'wrong.bin');
    const done = await move(push(path, bytes), randomBytes(2_000));
    expect(done.exit?.exitCode).toBe(1);
    expect(stderrOf(done)).toMatch(/not the file that was approved.*thrown away/);
    for (const content of [Buffer.concat([bytes, Buffer.from('x')]), bytes.subarray(1)]) {
      const other = await move(push(path, bytes), content);
      expect(stderrOf(other)).toContain('differ. Nothing was changed.');
      expect(other.stdout).toHaveLength(0);
    }
    expect(fs.existsSync(path)).toBe(false);
    expect(left()).toEqual([]);
  });

  it('F040 never replaces a file unless the order says so', async () => {
    const path = join(place, 'there.txt');
    const [old, fresh] = [Buffer.from('old'), Buffer.from('new')];
    fs.writeFileSync(path, old, { mode: 0o640 });
    const kept = await move(push(path, fresh), fresh);
    expect(stderrOf(kept)).toContain('is there already and stays as it is');
    expect(fs.readFileSync(path, 'utf8')).toBe('old');
    expect(gateway.files.requests).toEqual([]);
    const replaced = await move(push(path, fresh, true), fresh);
    expect(replaced.exit?.exitCode).toBe(0);
    expect(fs.readFileSync(path, 'utf8')).toBe('new');
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['the folder is missing', () => join(place, 'nowhere', 'a.txt'), /its folder .*nowhere does not exist/],
    ['the place is a folder', () => place, /is a folder\. Add the file’s name/],
    ['a link leads elsewhere', () => join(place, 'link', 'a.txt'), /is a link that leads to/],
  ])('F040 says what to do when %s', async (_when, path, words) => {
    if (!fs.existsSync(join(place, 'link'))) fs.symlinkSync(tmpdir(), join(place, 'link'));
    const bytes = Buffer.from('a');
    const done = await move(push(path(), bytes, true), bytes);
    expect(done.exit?.exitCode).toBe(1);
    expect(stderrOf(done)).toMatch(words);
  });

  it('F040 an empty file is a file', async () => {
    const path = join(place, 'empty');
    const done = await move(push(path, Buffer.alloc(0)), Buffer.alloc(0));
    expect(stderrOf(done)).toBe('');
    expect(fs.statSync(path).size).toBe(0);
  });

  it('F040 a cancel ends it, and leaves nothing', async () => {
    const bytes = randomBytes(1_000);
    const path = join(place, 'cancelled.bin');
    gateway.files.away = true;
    const stored = await ordered(push(path, bytes), bytes);
    await until(() => stored.started !== null);
    gateway.send({ type: 'cancel', commandId: stored.commandId });
    const done = await gateway.ended(stored);
    gateway.files.away = false;
    expect(done.exit?.cancelled).toBe(true);
    expect(fs.existsSync(path)).toBe(false);
    expect(left()).toEqual([]);
  });

  it('F040 a clock that is wrong by an hour does not stop it', async () => {
    gateway.files.clockAhead = 3_600_000;
    const bytes = randomBytes(10);
    const done = await move(push(join(place, 'clock'), bytes), bytes);
    expect(stderrOf(done)).toBe('');
    expect(gateway.files.requests).toHaveLength(2);
  });

  it('F040 a refusal of the server is told in its words', async () => {
    const done = await move(push(join(place, 'gone'), Buffer.from('x')));
    expect(stderrOf(done)).toContain('is not kept here. Send it again.');
  });
});

describe('F040 a file fetched from the endpoint', () => {
  it('F040 comes whole over cut connections, each piece once', async () => {
    const bytes = randomBytes(2_500_000);
    const path = join(place, 'fetch.bin');
    fs.writeFileSync(path, bytes);
    gateway.files.cuts = [0, 1];
    const done = await move(pull(path));
    expect(stderrOf(done)).toBe('');
    expect(gateway.files.taken.get(done.commandId)?.equals(bytes)).toBe(true);
    expect(done.stdout.toString()).toBe(fileLine(path, sumOf(bytes)));
  });

  it('F040 is not sent when the server has it', async () => {
    const bytes = randomBytes(1_000);
    const path = join(place, 'known.bin');
    fs.writeFileSync(path, bytes);
    gateway.files.held.add(sha256(bytes));
    const done = await move(pull(path));
    expect(done.exit?.exitCode).toBe(0);
    expect(gateway.files.requests.map((request) => request.method)).toEqual(['POST']);
  });

  it('F040 is refused when it is larger than allowed, by the order or by this computer’s owner', async () => {
    const path = join(place, 'large.bin');
    fs.writeFileSync(path, randomBytes(2_000));
    expect(stderrOf(await move(pull(path, 1_999)))).toContain('larger than the 1999 bytes allowed');
    endpoint.policy({ maxFileBytes: 1_000 });
    try {
      expect(stderrOf(await move(pull(path)))).toContain('larger than the 1000 bytes allowed');
      const refused = await move(push(join(place, 'never'), randomBytes(1_001)));
      expect(refused.refusal?.message).toMatch(/owner of this computer allows files of at most 1000 bytes/);
    } finally {
      endpoint.policy({});
    }
  });

  it.each([
    ['there is none', () => join(place, 'none'), /is not there/],
    ['it is a folder', () => place, /is not a file but a folder/],
    [
      'it is a link',
      () => {
        const link = join(place, 'to-passwd');
        if (!fs.existsSync(link)) fs.symlinkSync('/etc/passwd', link);
        return link;
      },
      /is a link\. Name the file that it leads to/,
    ],
  ])('F040 says what to do when %s', async (_when, path, words) => {
    const done = await move(pull(path()));
    expect(done.exit?.exitCode).toBe(1);
    expect(stderrOf(done)).toMatch(words);
  });
});

describe('F040 what the runtime demands of an order that moves a file', () => {
  it('F040 words that say another thing than the order does are refused', async () => {
    const bytes = Buffer.from('x');
    const file = push(join(place, 'words'), bytes);
    const other = fileScript(push('/tmp/harmless', bytes));
    const stored = gateway.order({ file, script: other, risk: 'change' });
    const done = await gateway.ended(stored);
    expect(done.refusal?.message).toContain('words do not say which file');
    expect(done.started).toBeNull();
  });

  it('F040 nothing is moved without the person’s yes to exactly this file', async () => {
    const done = await gateway.ended(
      gateway.order({ file: push(join(place, 'unasked'), Buffer.from('x')), risk: 'change' }),
    );
    expect(done.refusal?.code).toBe('APPROVAL_REQUIRED');
  });
});

const root = process.getuid?.() === 0;
describe.skipIf(!root)('F040 whose rights a transfer has (needs root)', () => {
  const ann = `tl-fann-${process.pid % 10_000}`;
  const as: RunAs = { kind: 'account', name: ann };
  let home: string;
  beforeAll(() => {
    home = join(place, 'ann');
    execFileSync('useradd', ['-m', '-d', home, '-s', '/bin/bash', ann]);
  });
  afterAll(() => void execFileSync('userdel', ['-f', ann], { stdio: 'ignore' }));

  it('F040 F032 the file is the account’s own, and the account’s rights are all it has', async () => {
    const bytes = randomBytes(100);
    const path = join(home, 'mine.bin');
    const done = await move(push(path, bytes), bytes, as);
    expect(stderrOf(done)).toBe('');
    expect(done.started?.effectiveUser).toContain(ann);
    expect(fs.statSync(path).uid).toBe(fs.statSync(home).uid);
    const denied = await move(push('/etc/throughline-test', bytes), bytes, as);
    expect(denied.exit?.exitCode).toBe(1);
    expect(stderrOf(denied)).toMatch(new RegExp(`${ann} may not do this`));
    expect(fs.existsSync('/etc/throughline-test')).toBe(false);
    const secret = await move(pull('/etc/shadow'), undefined, as);
    expect(stderrOf(secret)).toMatch(new RegExp(`${ann} may not do this`));
    expect(gateway.files.taken.get(secret.commandId)).toBeUndefined();
    const own = await move(pull(path), undefined, as);
    expect(own.exit?.exitCode).toBe(0);
    expect(gateway.files.taken.get(own.commandId)?.equals(bytes)).toBe(true);
  });
});
