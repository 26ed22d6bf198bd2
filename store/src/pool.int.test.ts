import '@throughline/infra/testing/provided';
import { createTestDatabase } from '@throughline/infra/testing/database';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createPool } from './pool.ts';
import { type Tx, withoutTenant } from './tenant.ts';

it('F015 a connection that dies in the middle of a transaction fails that transaction and nothing else', async () => {
  const database = await createTestDatabase();
  const pool = createPool(database.appUrl, { name: 'test', max: 1, onError: () => undefined });
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    const pidOf = async (tx: Tx) => (await tx.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    // While a query waits, and between two queries: both have ended a whole process before.
    const waiting = withoutTenant(pool, async (tx) => {
      const pid = await pidOf(tx);
      // Together: the query may fail before the answer that killed it arrives, and somebody has to be listening.
      await Promise.all([tx.query('select pg_sleep(30)'), admin.query('select pg_terminate_backend($1)', [pid])]);
    });
    await expect(waiting).rejects.toThrow(/terminat/i);
    const between = withoutTenant(pool, async (tx) => {
      const pid = await pidOf(tx);
      await admin.query('select pg_terminate_backend($1, 5000)', [pid]);
      await new Promise((resolve) => setTimeout(resolve, 100)); // the end of the connection arrives in an event of its own
      await tx.query('select 1');
    });
    await expect(between).rejects.toThrow();
    expect(await withoutTenant(pool, pidOf)).toBeGreaterThan(0);
  } finally {
    await admin.end();
    await pool.end();
    await database.drop();
  }
});
