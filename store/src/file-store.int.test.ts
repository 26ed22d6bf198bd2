import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindFile, fileOfCommand, fileRange } from './file-store.ts';
import {
  type TestMsp,
  type TestStore,
  createCommand,
  createMsp,
  createSession,
  openTestStore,
} from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';
import { beginUpload, dropStaleUploads, takePiece, uploadById } from './upload-store.ts';

let store: TestStore;
let msp: TestMsp;
let sessionId: string;
const bytes = randomBytes(2_500_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const MIB = 1024 * 1024;
const inTenant = <T>(work: (tx: Tx) => Promise<T>) => withTenant(store.pool, msp.scope, work);

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  sessionId = await createSession(store, msp);
});
afterAll(() => store?.close());

async function begun(size: number): Promise<string> {
  const id = randomUUID();
  await inTenant((tx) =>
    beginUpload(tx, msp.mspId, { id, sessionId, by: { userId: msp.userId }, bytes: size, sha256: null }),
  );
  return id;
}
async function uploaded(): Promise<string> {
  const id = await begun(bytes.length);
  for (let at = 0; at < bytes.length; at += MIB)
    await inTenant((tx) => takePiece(tx, msp.mspId, id, at, bytes.subarray(at, at + MIB)));
  return id;
}

describe('F040 kept files', () => {
  it('F040 give back any stretch of what was uploaded, to who sees the client', async () => {
    const upload = await inTenant(async (tx) => uploadById(tx, msp.scope, await uploaded()));
    expect(upload).toMatchObject({ done: true, sha256, received: bytes.length });
    const commandId = await inTenant((tx) => createCommand(tx, msp, sessionId));
    await inTenant((tx) => bindFile(tx, msp.mspId, commandId, sha256));
    for (const [from, to] of [
      [0, 10],
      [MIB - 3, MIB + 3],
      [MIB, 2 * MIB],
      [bytes.length - 5, bytes.length + 100],
      [bytes.length, bytes.length + 1],
      [0, bytes.length],
    ] as const) {
      const part = await inTenant((tx) => fileRange(tx, msp.scope, commandId, from, to - from));
      expect(part.equals(bytes.subarray(from, to)), `${from} to ${to}`).toBe(true);
    }
    const others = { mspId: msp.mspId, clients: [msp.clients[1]?.id ?? ''] };
    await withTenant(store.pool, others, async (tx) => {
      expect(await fileOfCommand(tx, others, commandId)).toBeNull();
      expect(await fileRange(tx, others, commandId, 0, 10)).toHaveLength(0);
    });
  });

  it('F040 cannot be changed or taken away, not even by a superuser', async () => {
    await uploaded();
    for (const change of [
      `update blob_piece set bytes = '\\x00', len = 1`,
      'delete from blob_piece',
      'delete from blob',
      'truncate blob_piece',
      `update command_file set sha256 = sha256`,
    ])
      await expect(store.admin.query(change), change).rejects.toMatchObject({ code: '42501' });
    await expect(inTenant((tx) => tx.query('delete from blob_piece'))).rejects.toMatchObject({ code: '42501' });
  });

  it('F040 an upload that was given up goes after a day, with its pieces, and no other', async () => {
    const [stale, fresh] = [await begun(100), await begun(100)];
    for (const id of [stale, fresh]) await inTenant((tx) => takePiece(tx, msp.mspId, id, 0, randomBytes(50)));
    await store.admin.query(`update file_upload set created_at = now() - interval '25 hours' where id = $1`, [stale]);
    await inTenant((tx) => dropStaleUploads(tx, msp.mspId));
    const { rows } = await store.admin.query<{ upload_id: string }>(
      'select upload_id from blob_piece where upload_id = any($1)',
      [[stale, fresh]],
    );
    expect(rows.map((row) => row.upload_id)).toEqual([fresh]);
  });
});
