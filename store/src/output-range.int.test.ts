import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RANGE, outputRange } from './output-store.ts';
import { withTenant } from './tenant.ts';
import {
  type TestMsp,
  type TestStore,
  createCommand,
  createMsp,
  createSession,
  openTestStore,
} from './testing/store-fixture.ts';

/** As many frames as a GiB has, each with the eight digits of its own number. */
const FRAMES = 16_384;
const LEN = 8;
let store: TestStore;
let msp: TestMsp;
let commandId: string;

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  const sessionId = await createSession(store, msp);
  commandId = await withTenant(store.pool, msp.scope, (tx) => createCommand(tx, msp, sessionId));
  // The guards of the table refuse nothing to an INSERT of the superuser; append_output would take a minute for this.
  await store.admin.query(
    `insert into output_chunk (msp_id, command_id, seq, stream, off, len, at, sha256, bytes)
     select $1, $2, n, 1, (n - 1) * $4::bigint, $4::int, now(), '', convert_to(lpad(n::text, $4::int, '0'), 'UTF8')
     from generate_series(1, $3::int) n`,
    [msp.mspId, commandId, FRAMES, LEN],
  );
  await store.admin.query('analyze output_chunk');
});
afterAll(() => store?.close());

const range = (offset: number, length: number) =>
  withTenant(store.pool, msp.scope, async (tx) =>
    (await outputRange(tx, msp.scope, commandId, 1, offset, length)).toString(),
  );

describe('a range of a long output', () => {
  it.each([
    ['its first frame', 0, 8, '00000001'],
    ['the middle of a frame', 3, 2, '00'],
    ['over the edge of two frames', 14, 4, '0200'],
    ['deep inside', 16_000 * LEN, 16, '0001600100016002'],
    ['over its end', FRAMES * LEN - 4, 100, '6384'],
    ['behind its end', FRAMES * LEN, 10, ''],
    ['nothing', 10, 0, ''],
  ])('U07 F026 gives %s', async (_what, offset, length, text) => expect(await range(offset, length)).toBe(text));

  it('U07 reads by the index, and only the frames that hold the range, however deep it lies', async () => {
    const plan = await withTenant(store.pool, msp.scope, async (tx) => {
      const { rows } = await tx.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${RANGE}`, [
        msp.mspId,
        commandId,
        1,
        16_000 * LEN + 3,
        16_000 * LEN + 20,
      ]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).not.toMatch(/Seq Scan on output_chunk/);
    const [, bounds] = /output_chunk_by_offset on output_chunk o .*\n\s+Index Cond: (.*)/.exec(plan) ?? [];
    expect(bounds).toMatch(/off < /);
    expect(bounds).toMatch(/off >= /);
    const touched = Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1]);
    expect(touched).toBeLessThan(60);
  });
});
