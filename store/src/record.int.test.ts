import { randomUUID } from 'node:crypto';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import type { OutputFrame } from '@throughline/domain/output-frame';
import { chainNext, chainStart, leafHash, payloadHash } from '@throughline/domain/record-chain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifySession } from './database-verify.ts';
import { appendOutput, changedPiece, framesAfter, outputHead, outputRange, storedSum } from './output-store.ts';
import { appendEntry, entriesAfter, recordHead, sha256 } from './record-store.ts';
import {
  type TestMsp,
  type TestStore,
  createCommand,
  createMsp,
  createSession,
  message,
  openTestStore,
} from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';

let store: TestStore;
let msp: TestMsp;
const inMsp = <T>(fn: (tx: Tx) => Promise<T>) => withTenant(store.pool, msp.scope, fn);

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
});
afterAll(() => store?.close());

/** Appends messages, each in a transaction of its own. */
async function say(sessionId: string, ...texts: string[]): Promise<void> {
  for (const text of texts) await inMsp((tx) => appendEntry(tx, msp.mspId, sessionId, message(text)));
}

/** Does what only a superuser with the triggers out of the way can do. */
async function tamper(table: string, sql: string, values: unknown[]): Promise<void> {
  await store.admin.query(`alter table ${table} disable trigger all`);
  try {
    expect((await store.admin.query(sql, values)).rowCount).toBeGreaterThan(0);
  } finally {
    await store.admin.query(`alter table ${table} enable always trigger no_change, enable always trigger no_truncate`);
  }
}

describe('entries', () => {
  it('F118 are chained by the database exactly as the domain says', async () => {
    const sessionId = await createSession(store, msp);
    await say(sessionId, 'one', 'zwei \u2028', '三 😀');
    const { rows } = await store.admin.query<
      Record<'header' | 'payload_hash' | 'leaf' | 'hash' | 'salt' | 'payload', Buffer> & { seq: number }
    >(
      `select * from transcript_entry join transcript_payload using (msp_id, session_id, seq) where session_id = $1 order by seq`,
      [sessionId],
    );
    let head = chainStart(sha256, sessionId);
    for (const [i, row] of rows.entries()) {
      const sum = payloadHash(sha256, row.salt, row.payload);
      const leaf = leafHash(sha256, row.header, sum);
      head = chainNext(sha256, head, i + 1, leaf);
      expect(row.seq).toBe(i + 1);
      expect([row.payload_hash, row.leaf, row.hash].map((hash) => hash.toString('hex'))).toEqual(
        [sum, leaf, head].map((hash) => Buffer.from(hash).toString('hex')),
      );
    }
    expect(await inMsp((tx) => recordHead(tx, msp.scope, sessionId))).toEqual({
      count: 3,
      hash: Buffer.from(head).toString('hex'),
    });
  });

  it('are appended once, however often the same key comes', async () => {
    const sessionId = await createSession(store, msp);
    const twice = [1, 2].map(() => inMsp((tx) => appendEntry(tx, msp.mspId, sessionId, message('once', 'the-key'))));
    const both = await Promise.all(twice);
    expect(both.map((one) => one.seq)).toEqual([1, 1]);
    expect(both.map((one) => one.isNew).sort()).toEqual([false, true]);
    expect(both[0]?.hash).toBe(both[1]?.hash);
    expect(await inMsp((tx) => entriesAfter(tx, msp.scope, sessionId, 0, 10))).toHaveLength(1);
  });

  it('F126 have one gapless order under 8 writers at once', async () => {
    const sessionId = await createSession(store, msp);
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; i < 15; i++) await say(sessionId, `${writer}:${i}`);
    });
    await Promise.all(writers);
    const entries = await inMsp((tx) => entriesAfter(tx, msp.scope, sessionId, 0, 1_000));
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    for (let writer = 0; writer < 8; writer++) {
      const own = entries
        .map((entry) => (entry.payload as { text: string }).text)
        .filter((text) => text.startsWith(`${writer}:`));
      expect(own).toEqual(Array.from({ length: 15 }, (_, i) => `${writer}:${i}`));
    }
    expect((await inMsp((tx) => verifySession(tx, msp.scope, sessionId))).faults).toEqual([]);
  });

  it('F126 leave no gap when a transaction is rolled back', async () => {
    const sessionId = await createSession(store, msp);
    await say(sessionId, 'kept');
    const failing = inMsp(async (tx) => {
      await appendEntry(tx, msp.mspId, sessionId, message('lost'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await say(sessionId, 'kept too');
    expect((await inMsp((tx) => entriesAfter(tx, msp.scope, sessionId, 0, 9))).map((entry) => entry.seq)).toEqual([
      1, 2,
    ]);
  });

  it('are refused where header and place disagree, or the organisation is another', async () => {
    const sessionId = await createSession(store, msp);
    const append = (mspId: string, kind: string, header: object) =>
      inMsp((tx) =>
        tx.query('select * from append_entry($1, $2, $3, $4, now(), $5, $6, $7)', [
          mspId,
          sessionId,
          kind,
          randomUUID(),
          Buffer.from(JSON.stringify(header)),
          Buffer.from('{}'),
          Buffer.alloc(16),
        ]),
      );
    await expect(append(randomUUID(), 'message', { kind: 'message', sessionId })).rejects.toThrow('wrong organisation');
    await expect(append(msp.mspId, 'message', { kind: 'started', sessionId })).rejects.toThrow('another entry');
    await expect(append(msp.mspId, 'message', { kind: 'message', sessionId: randomUUID() })).rejects.toThrow(
      'another entry',
    );
  });

  it.each([
    ['transcript_entry', `update transcript_entry set kind = 'message'`],
    ['transcript_entry', 'delete from transcript_entry'],
    ['transcript_entry', 'truncate transcript_entry cascade'],
    ['transcript_entry', 'insert into transcript_entry select * from transcript_entry'],
    ['transcript_payload', `update transcript_payload set payload = ''`],
    ['transcript_payload', 'delete from transcript_payload'],
    ['transcript_payload', 'insert into transcript_payload select * from transcript_payload'],
    ['transcript_head', 'update transcript_head set next_seq = 1'],
    ['transcript_head', 'delete from transcript_head'],
    ['output_chunk', `update output_chunk set bytes = ''`],
    ['output_chunk', 'delete from output_chunk'],
    ['output_chunk', 'truncate output_chunk'],
    ['output_head', 'update output_head set next_seq = 1'],
  ])('F118 the product’s own login cannot touch %s: %s', async (_, sql) => {
    await expect(inMsp((tx) => tx.query(sql))).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    `update transcript_entry set kind = 'message'`,
    'delete from transcript_payload',
    'truncate output_chunk',
    'truncate transcript_entry cascade',
  ])('F118 even the superuser is refused, also as a replica: %s', async (sql) => {
    const sessionId = await createSession(store, msp);
    await say(sessionId, 'stays');
    await expect(store.admin.query(sql)).rejects.toThrow('append-only');
    await store.admin.query('set session_replication_role = replica');
    try {
      await expect(store.admin.query(sql)).rejects.toThrow('append-only');
    } finally {
      await store.admin.query('reset session_replication_role');
    }
  });

  it.each(['header', 'payload', 'salt', 'hash', 'payload_hash', 'leaf'])(
    'F118 one byte of the %s changed behind the triggers is found, and the entry named',
    async (column) => {
      const sessionId = await createSession(store, msp);
      await say(sessionId, 'one', 'two', 'three', 'four', 'five');
      expect((await inMsp((tx) => verifySession(tx, msp.scope, sessionId))).verdict).toBe('valid');
      const table = ['payload', 'salt'].includes(column) ? 'transcript_payload' : 'transcript_entry';
      await tamper(
        table,
        `update ${table} set ${column} = set_byte(${column}, length(${column}) / 2, get_byte(${column}, length(${column}) / 2) # 1)
         where session_id = $1 and seq = 3`,
        [sessionId],
      );
      const report = await inMsp((tx) => verifySession(tx, msp.scope, sessionId));
      expect(report.verdict).toBe('altered');
      expect(new Set(report.faults.map((fault) => fault.entry))).toEqual(new Set([3]));
    },
  );

  it('F118 an entry taken out behind the triggers is missed by number', async () => {
    const sessionId = await createSession(store, msp);
    await say(sessionId, 'one', 'two', 'three');
    await tamper('transcript_payload', 'delete from transcript_payload where session_id = $1 and seq = 2', [sessionId]);
    await tamper('transcript_entry', 'delete from transcript_entry where session_id = $1 and seq = 2', [sessionId]);
    const report = await inMsp((tx) => verifySession(tx, msp.scope, sessionId));
    expect(report.faults).toEqual([{ verdict: 'incomplete', entry: 2, what: 'is missing.' }]);
  });
});

describe('guards', () => {
  const guards = async () => {
    const { rows } = await inMsp((tx) => tx.query<{ guard: string; stands: boolean }>('select * from record_guards()'));
    return rows.filter((row) => !row.stands).map((row) => row.guard);
  };

  it('F118 all stand after the migrations', async () => {
    expect(await guards()).toEqual([]);
  });

  it('F118 one that was lowered is named', async () => {
    await store.admin.query('alter table transcript_entry disable trigger no_change');
    expect(await guards()).toEqual(['trigger no_change on transcript_entry']);
    await store.admin.query('alter table transcript_entry enable always trigger no_change');
    await store.admin.query('grant update on transcript_payload to throughline_app');
    expect(await guards()).toEqual(['app role cannot write transcript_payload']);
    await store.admin.query('revoke update on transcript_payload from throughline_app');
    expect(await guards()).toEqual([]);
  });
});

describe('output', () => {
  const frame = (seq: number, offset: number, text: string, stream: 1 | 2 | 3 = 1): OutputFrame => ({
    seq,
    stream,
    offset,
    at: 1_771_338_693_123,
    bytes: Buffer.from(text),
  });
  const open = async () => {
    const sessionId = await createSession(store, msp);
    const commandId = await inMsp((tx) => createCommand(tx, msp, sessionId));
    return {
      commandId,
      append: (...frames: OutputFrame[]) => inMsp((tx) => appendOutput(tx, msp.mspId, sessionId, commandId, frames)),
    };
  };

  it('F118 names the piece that a superuser changed under its sum', async () => {
    const { commandId, append } = await open();
    await append(frame(1, 0, 'one'), frame(2, 3, 'two'));
    const changed = () => inMsp((tx) => changedPiece(tx, msp.mspId, commandId));
    expect(await changed()).toBeNull();
    await tamper('output_chunk', `update output_chunk set bytes = 'twu' where command_id = $1 and seq = 2`, [
      commandId,
    ]);
    expect(await changed()).toBe(2);
  });

  it('F026 is stored byte for byte, streams apart, and chained as the domain says', async () => {
    const { commandId, append } = await open();
    const frames = [frame(1, 0, 'out\n'), frame(2, 0, 'err\u0000\n', 2), frame(3, 4, 'more'), frame(4, 0, 'remark', 3)];
    expect(await append(...frames.slice(0, 3))).toEqual({ status: 'ok', nextSeq: 4, newBytes: 13 });
    expect(await append(...frames.slice(3))).toEqual({ status: 'ok', nextSeq: 5, newBytes: 6 });
    let chain = outputChainStart(sha256, commandId);
    for (const one of frames) chain = outputChainNext(sha256, chain, one);
    await inMsp(async (tx) => {
      expect(await outputHead(tx, msp.mspId, commandId)).toEqual({
        nextSeq: 5,
        bytes: { stdout: 8, stderr: 5 },
        chainHead: Buffer.from(chain).toString('hex'),
        frozenWhy: null,
      });
      expect((await outputRange(tx, msp.scope, commandId, 1, 0, 100)).toString()).toBe('out\nmore');
      expect((await outputRange(tx, msp.scope, commandId, 1, 2, 4)).toString()).toBe('t\nmo');
      expect(await storedSum(tx, msp.mspId, commandId, 2)).toEqual({
        bytes: 5,
        sha256: Buffer.from(sha256(Buffer.from('err\u0000\n'))).toString('hex'),
      });
      expect((await framesAfter(tx, msp.scope, commandId, 2, 10)).map((one) => [one.seq, one.stream, one.off])).toEqual(
        [
          [3, 1, 4],
          [4, 3, 0],
        ],
      );
    });
  });

  it('takes a frame sent again for what it is, and stores only what is new of an overlapping batch', async () => {
    const { append } = await open();
    await append(frame(1, 0, 'abc'));
    expect(await append(frame(1, 0, 'abc'))).toEqual({ status: 'ok', nextSeq: 2, newBytes: 0 });
    expect(await append(frame(1, 0, 'abc'), frame(2, 3, 'def'))).toEqual({ status: 'ok', nextSeq: 3, newBytes: 3 });
  });

  it('asks for what is missing: a number left out, a wrong offset', async () => {
    const { append } = await open();
    expect(await append(frame(2, 0, 'abc'))).toEqual({ status: 'gap', nextSeq: 1, newBytes: 0 });
    expect(await append(frame(1, 5, 'abc'))).toEqual({ status: 'gap', nextSeq: 1, newBytes: 0 });
    expect(await append(frame(1, 0, 'abc'), frame(3, 3, 'def'))).toEqual({ status: 'gap', nextSeq: 2, newBytes: 3 });
    expect(await append(frame(2, 3, 'def'))).toEqual({ status: 'ok', nextSeq: 3, newBytes: 3 });
  });

  it('freezes a command whose frame comes again with other bytes, and keeps the first', async () => {
    const { commandId, append } = await open();
    await append(frame(1, 0, 'abc'));
    expect(await append(frame(1, 0, 'abd'))).toMatchObject({ status: 'conflict', newBytes: 0 });
    expect(await append(frame(2, 3, 'def'))).toEqual({ status: 'frozen', nextSeq: 2, newBytes: 0 });
    await inMsp(async (tx) => {
      expect((await outputHead(tx, msp.mspId, commandId)).frozenWhy).toContain('frame 1 came twice');
      expect((await outputRange(tx, msp.scope, commandId, 1, 0, 100)).toString()).toBe('abc');
    });
  });

  it('F126 keeps its order when two connections send the same frames at once', async () => {
    const { commandId, append } = await open();
    const frames = Array.from({ length: 40 }, (_, i) => frame(i + 1, i * 2, String(10 + i)));
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (const one of frames) await append(one);
      }),
    );
    const whole = await inMsp((tx) => outputRange(tx, msp.scope, commandId, 1, 0, 1_000));
    expect(whole.toString()).toBe(frames.map((one) => Buffer.from(one.bytes).toString()).join(''));
  });

  it('F118 one byte changed behind the triggers is found', async () => {
    const sessionId = await createSession(store, msp);
    await say(sessionId, 'first');
    const commandId = await inMsp((tx) => createCommand(tx, msp, sessionId));
    await inMsp((tx) => appendOutput(tx, msp.mspId, sessionId, commandId, [frame(1, 0, 'leaf.pem: OK\n')]));
    await tamper('output_chunk', 'update output_chunk set bytes = set_byte(bytes, 0, 76) where command_id = $1', [
      commandId,
    ]);
    const report = await inMsp((tx) => verifySession(tx, msp.scope, sessionId));
    expect(report.verdict).toBe('altered');
    expect(report.faults.map((fault) => fault.commandId)).toContain(commandId);
  });
});
