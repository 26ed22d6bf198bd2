import '@throughline/infra/testing/provided';
import { createTestDatabase } from '@throughline/infra/testing/database';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from './pool.ts';
import { type Tx, readTenant, tell, withTenant, withoutTenant, write } from './tenant.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: pg.Pool;
const scope = { mspId: '10000000-0000-4000-8000-000000000001', clients: '*' } as const;
const GROUP = 'insert into client_group (msp_id, id, name) values ($1, $2, $3)';
const group = (n: number, name = `Group ${n}`) => [
  scope.mspId,
  `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  name,
];
const names = (on = pool) =>
  withTenant(on, scope, async (tx) => {
    const { rows } = await tx.query<{ name: string }>('select name from client_group where msp_id = $1 order by name', [
      scope.mspId,
    ]);
    return rows.map((row) => row.name);
  });

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.appUrl, { name: 'test', max: 2, onError: () => undefined });
  await withTenant(pool, scope, (tx) =>
    tx.query(`insert into msp (id, slug, name, time_zone) values ($1, 'acme', 'Acme', 'UTC')`, [scope.mspId]),
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('F015 a write that nobody waits for is committed with the rest, in its turn', async () => {
  const seen = await withTenant(pool, scope, async (tx) => {
    await write(tx, GROUP, group(1));
    const { rows } = await tx.query<{ name: string }>('select name from client_group where msp_id = $1', [scope.mspId]);
    await write(tx, 'update client_group set name = name || $2 where msp_id = $1', [scope.mspId, '!']);
    return rows;
  });
  expect(seen).toEqual([{ name: 'Group 1' }]);
  expect(await names()).toEqual(['Group 1!']);
});

it('F015 a write that nobody waited for and that fails takes the whole transaction with it, by its own error', async () => {
  const before = await names();
  const failed = withTenant(pool, scope, async (tx) => {
    await write(tx, GROUP, group(2));
    await write(tx, GROUP, group(2, 'The same key'));
    await write(tx, GROUP, group(3));
    await tell(tx, 'throughline', '{}');
  });
  await expect(failed).rejects.toThrow(/duplicate key/);
  const behind = withTenant(pool, scope, async (tx) => {
    await write(tx, GROUP, group(2));
    await write(tx, GROUP, group(2, 'The same key'));
    await tx.query('select 1 as n', []);
  });
  await expect(behind).rejects.toThrow(/duplicate key/);
  expect(await names()).toEqual(before);
});

it('F015 whoever swallows the error of a statement is told that nothing was kept', async () => {
  const before = await names();
  const swallowed = withTenant(pool, scope, async (tx) => {
    await tx.query(GROUP, group(4));
    await tx.query(GROUP, group(4)).catch(() => undefined);
  });
  await expect(swallowed).rejects.toThrow(/rolled back/);
  expect(await names()).toEqual(before);
});

it('F015 reading alone ends by itself, lends its connection on, and cannot write', async () => {
  const one = createPool(database.appUrl, { name: 'test one', max: 1, onError: () => undefined });
  try {
    for (let i = 0; i < 5; i += 1)
      expect(await readTenant(one, scope, async (tx) => (await tx.query('select 1 as n', [])).rows)).toEqual([
        { n: 1 },
      ]);
    await expect(readTenant(one, scope, (tx) => tx.query(GROUP, group(5)))).rejects.toThrow(/read-only transaction/);
    await expect(readTenant(one, { mspId: 'x', clients: '*' }, (tx) => tx.query('select 1'))).rejects.toThrow(
      TypeError,
    );
    expect(await names(one)).toEqual(await names());
  } finally {
    await one.end();
  }
});

it('F015 transactions of two organisations on one connection never see each other, however often a statement came', async () => {
  const one = createPool(database.appUrl, { name: 'test one', max: 1, onError: () => undefined });
  const other = { mspId: '10000000-0000-4000-8000-000000000002', clients: '*' } as const;
  const count = (tx: Tx) => tx.query<{ n: number }>('select count(*)::int as n from client_group', []);
  try {
    await withTenant(one, other, (tx) =>
      tx.query(`insert into msp (id, slug, name, time_zone) values ($1, 'other', 'Other', 'UTC')`, [other.mspId]),
    );
    const mine = (await names(one)).length;
    expect(mine).toBeGreaterThan(0);
    for (let i = 0; i < 40; i += 1) {
      expect((await withTenant(one, scope, count)).rows).toEqual([{ n: mine }]);
      expect((await readTenant(one, other, count)).rows).toEqual([{ n: 0 }]);
      expect((await withoutTenant(one, count)).rows).toEqual([{ n: 0 }]);
    }
    const { rows } = await withTenant(one, scope, (tx) =>
      tx.query<{ n: number }>(
        `select count(*)::int as n from pg_prepared_statements where statement like '%from client_group'`,
      ),
    );
    expect(rows).toEqual([{ n: 1 }]);
  } finally {
    await one.end();
  }
});
