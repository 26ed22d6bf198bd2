import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandExit } from '@throughline/domain/agent-protocol';
import { actionHash, consentHash } from '@throughline/domain/action';
import { exitBytes, decisionBytes } from '@throughline/domain/signed-bytes';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointKey, checkpointLog } from './checkpoint-key.ts';
import { zCheckpointLine } from './checkpoint-line.ts';
import { writeCheckpoints } from './checkpoint-store.ts';
import { verifySession } from './database-verify.ts';
import { exportSession } from './export-store.ts';
import { appendOutput, outputHead, storedSum } from './output-store.ts';
import { appendEntry, sha256 } from './record-store.ts';
import {
  type TestMsp,
  type TestStore,
  createCommand,
  createMsp,
  createSession,
  message,
  newEntry,
  openTestStore,
} from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';
import { verifyDeps } from './verify-deps.ts';

let store: TestStore;
let msp: TestMsp;
let folder: string;
const inMsp = <T>(fn: (tx: Tx) => Promise<T>) => withTenant(store.pool, msp.scope, fn);

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  folder = mkdtempSync(join(tmpdir(), 'export-'));
});
afterAll(async () => {
  await store?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const say = (sessionId: string, text: string) => inMsp((tx) => appendEntry(tx, msp.mspId, sessionId, message(text)));

/** A session with consent, and one read-only command whose output is given, all signed and stored as the product does it. */
async function recordedSession(output: Buffer): Promise<{ sessionId: string; commandId: string }> {
  const sessionId = await createSession(store, msp);
  const { endpointId, runtimeId } = msp.clients[0] as TestMsp['clients'][number];
  const [approvalId, hash] = ['a'.repeat(8), consentHash(sha256, sessionId, endpointId)];
  const at = Date.parse('2026-02-17T14:31:00.000Z');
  const said = { approvalId, decision: 'approve' as const, reason: '', account: 'olivia', hash };
  const commandId = await inMsp((tx) => createCommand(tx, msp, sessionId, 'cat big'));
  const spec = {
    shell: 'bash' as const,
    script: 'cat big',
    cwd: null,
    runAs: { kind: 'runtime' as const },
    timeoutMs: 60_000,
  };
  const asked = { approvalId, kind: 'session' as const, commandId: null, hash };
  const judged = {
    risk: 'read_only' as const,
    riskWhy: '',
    verdict: 'run' as const,
    rule: 'P-1',
    policyVersion: 1,
    policyLevel: 'client' as const,
    words: '',
  };
  const iso = new Date(at).toISOString();
  await inMsp(async (tx) => {
    for (const entry of [
      newEntry('approval_requested', { ...asked, title: '', reason: '', changes: '', code: '0417', expiresAt: iso }),
      newEntry('approval_decided', {
        ...asked,
        ...said,
        channel: 'endpoint_prompt',
        requestedAt: iso,
        shownAt: null,
        decidedAt: iso,
        signature: msp.signs(decisionBytes({ ...said, at })),
      }),
      newEntry('command_proposed', { commandId, spec, reason: '', retryOf: null }),
      newEntry('command_policy', { commandId, ...judged, actionHash: actionHash(sha256, sessionId, endpointId, spec) }),
      newEntry('command_dispatched', { commandId, envelopeHash: 'ab'.repeat(32), counter: 1 }),
      newEntry('sla', { clock: 'completion', mark: 'met', dueAt: iso, startedAt: iso }),
      newEntry('sla', {
        ...{ clock: 'consent_wait', mark: 'warn' as const, dueAt: iso, startedAt: iso },
        approval: { id: approvalId, commandId },
      }),
    ])
      await appendEntry(tx, msp.mspId, sessionId, entry);
  });
  const size = 48 * 1024;
  const frames = Array.from({ length: Math.ceil(output.length / size) }, (_, i) => ({
    seq: i + 1,
    stream: 1 as const,
    offset: i * size,
    at,
    bytes: output.subarray(i * size, (i + 1) * size),
  }));
  for (let i = 0; i < frames.length; i += 16)
    await inMsp((tx) => appendOutput(tx, msp.mspId, sessionId, commandId, frames.slice(i, i + 16)));
  await inMsp(async (tx) => {
    const { chainHead } = await outputHead(tx, msp.mspId, commandId);
    const [stdout, stderr] = [
      await storedSum(tx, msp.mspId, commandId, 1),
      await storedSum(tx, msp.mspId, commandId, 2),
    ];
    const sums = { chainHead: chainHead ?? '', stdout, stderr };
    const flags = { signal: null, timedOut: false, cancelled: false, pipeLeaked: false, askedForInput: false };
    const exit: CommandExit = {
      ...flags,
      exitCode: 0,
      startedAt: at,
      finishedAt: at + 5,
      lastSeq: frames.length,
      ...sums,
    };
    await appendEntry(
      tx,
      msp.mspId,
      sessionId,
      newEntry('command_output', { commandId, frames: frames.length, ...sums }),
    );
    const signature = msp.signs(exitBytes(commandId, exit));
    await appendEntry(tx, msp.mspId, sessionId, newEntry('command_exit', { commandId, exit, signature, runtimeId }));
  });
  return { sessionId, commandId };
}

describe('F125 the export', () => {
  it('proves itself, to both verifiers, with 7 MB of output of every byte', { timeout: 120_000 }, async () => {
    const output = Buffer.concat([
      randomBytes(64),
      ...Array.from({ length: 7 }, () => Buffer.alloc(1024 * 1024, randomBytes(65_537))),
    ]);
    const { sessionId, commandId } = await recordedSession(output);
    const bundle = await inMsp((tx) => exportSession(tx, msp.scope, sessionId));
    const bytes = bundle.outputs.flatMap((one) => one.frames.map((frame) => Buffer.from(frame.bytes, 'base64')));
    expect(createHash('sha256').update(Buffer.concat(bytes)).digest('hex')).toBe(
      createHash('sha256').update(output).digest('hex'),
    );
    const report = verifyBundle(JSON.parse(JSON.stringify(bundle)), verifyDeps);
    expect(report.faults).toEqual([]);
    expect(report.checked).toMatchObject({
      entries: 9,
      outputBytes: output.length,
      signatures: 2,
      dispatches: 1,
      order: true,
    });
    expect(bundle.outputs[0]?.commandId).toBe(commandId);
    if (spawnSync('python3', ['--version']).status !== 0) return;
    const file = join(folder, 'record.json');
    writeFileSync(file, JSON.stringify(bundle));
    const script = fileURLToPath(new URL('../../docs/verifier/verify.py', import.meta.url));
    const said = execFileSync('python3', ['-B', script, file, '--json'], { encoding: 'utf8' });
    expect(JSON.parse(said)).toMatchObject({ verdict: 'valid', faults: [], checked: { outputBytes: output.length } });
  });

  it('F132 is for those who may see the session, and tells others no more than that', async () => {
    const sessionId = await createSession(store, msp, 1);
    const scope = { mspId: msp.mspId, clients: [msp.clients[0]?.id ?? ''] };
    const refused = withTenant(store.pool, scope, (tx) => exportSession(tx, scope, sessionId));
    await expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const other = await createMsp(store, 'rivermark');
    const foreign = withTenant(store.pool, other.scope, (tx) => exportSession(tx, other.scope, sessionId));
    await expect(foreign).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is whole while the session goes on', async () => {
    const sessionId = await createSession(store, msp);
    let going = true;
    const writer = (async () => {
      for (let i = 0; going; i++) await say(sessionId, `line ${i}`);
    })();
    for (let i = 0; i < 10; i++) {
      const bundle = await inMsp((tx) => exportSession(tx, msp.scope, sessionId));
      expect(verifyBundle(bundle, verifyDeps).faults).toEqual([]);
    }
    going = false;
    await writer;
  });
});

describe('F118 checkpoints', () => {
  it('sign what changed, once, and are kept in a second place', async () => {
    const key = await checkpointKey(folder);
    expect((await checkpointKey(folder)).publicKey).toEqual(key.publicKey);
    const log = checkpointLog(folder);
    const [one, two] = [await createSession(store, msp), await createSession(store, msp)];
    await say(one, 'a');
    await say(two, 'b');
    expect(await writeCheckpoints(store.pool, key, log)).toBe(1);
    expect(await writeCheckpoints(store.pool, key, log)).toBe(0);
    await say(one, 'c');
    const both = await Promise.all([writeCheckpoints(store.pool, key, log), writeCheckpoints(store.pool, key, log)]);
    expect(both.sort()).toEqual([0, 1]);
    const lines = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => zCheckpointLine.parse(JSON.parse(line)));
    expect(lines.at(-1)?.heads).toEqual([expect.objectContaining({ sessionId: one, count: 2 })]);

    await say(one, 'not covered yet');
    for (const [sessionId, entries] of [
      [one, 2],
      [two, 1],
    ] as const) {
      const bundle = await inMsp((tx) => exportSession(tx, msp.scope, sessionId));
      const report = verifyBundle(bundle, { ...verifyDeps, trustedKeys: undefined });
      expect(report.faults).toEqual([]);
      expect(report.checked.checkpoint).toMatchObject({ entries });
    }
  });

  it('catch a tail cut off, and a record made anew, which the chain alone cannot', async () => {
    const key = await checkpointKey(folder);
    const log = checkpointLog(folder);
    const [cut, anew] = [await createSession(store, msp), await createSession(store, msp)];
    for (const sessionId of [cut, anew]) for (const text of ['one', 'two', 'three']) await say(sessionId, text);
    await writeCheckpoints(store.pool, key, log);
    const outside = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => zCheckpointLine.parse(JSON.parse(line)));
    // A superuser takes the last entry away and sets the head to fit; and the checkpoints in the database too.
    await store.admin.query(
      `alter table transcript_entry disable trigger all; alter table transcript_payload disable trigger all;
       alter table checkpoint disable trigger all; alter table checkpoint_leaf disable trigger all`,
    );
    for (const [sessionId, from] of [
      [cut, 3],
      [anew, 1],
    ] as const) {
      await store.admin.query('delete from transcript_payload where session_id = $1 and seq >= $2', [sessionId, from]);
      await store.admin.query('delete from transcript_entry where session_id = $1 and seq >= $2', [sessionId, from]);
    }
    await store.admin.query(
      `update transcript_head h set next_seq = 3, head = (select hash from transcript_entry e where e.session_id = h.session_id and seq = 2)
       where session_id = $1`,
      [cut],
    );
    await store.admin.query('delete from transcript_head where session_id = $1', [anew]);
    for (const text of ['eins', 'zwei', 'drei']) await say(anew, text);
    const inside = async (sessionId: string) =>
      (await inMsp((tx) => verifySession(tx, msp.scope, sessionId))).faults.map((f) => f.entry);
    expect(await inside(cut)).toEqual([3]);
    expect(await inside(anew)).toEqual([3]);
    await store.admin.query('delete from checkpoint_leaf; delete from checkpoint');
    expect(await inside(cut)).toEqual([]);
    const held = async (sessionId: string) => inMsp((tx) => verifySession(tx, msp.scope, sessionId, outside));
    expect(await held(cut)).toMatchObject({ verdict: 'incomplete', faults: [{ entry: 3 }] });
    expect(await held(anew)).toMatchObject({ verdict: 'altered', faults: [{ entry: 3 }] });
  });

  it.each([
    `update checkpoint set note = ''`,
    'delete from checkpoint',
    'update checkpoint_leaf set count = 1',
    'truncate checkpoint_leaf',
  ])('cannot be changed by the product: %s', async (sql) => {
    await expect(inMsp((tx) => tx.query(sql))).rejects.toMatchObject({ code: '42501' });
  });
});
