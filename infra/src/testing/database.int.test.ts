import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

const made: TestDatabase[] = [];
afterAll(() => Promise.all(made.map((database) => database.drop())));

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

it('gives every caller a migrated database of its own, also when several ask at once', async () => {
  made.push(...(await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()])));
  const names = await Promise.all(made.map((database) => ask(database.adminUrl, 'select current_database()')));
  expect(new Set(names.flat()).size).toBe(3);
  const [first, second] = made as [TestDatabase, TestDatabase];
  expect(Number(await ask(first.adminUrl, 'select count(*) from schema_migration'))).toBeGreaterThan(0);
  await ask(first.adminUrl, 'create table only_here (n int)');
  expect(await ask(second.adminUrl, "select to_regclass('only_here')")).toEqual([null]);
});

it('logs in with the rights of the product and no more', async () => {
  const { appUrl } = made[0] as TestDatabase;
  expect(await ask(appUrl, 'select current_user')).toEqual(['throughline_app']);
  expect(await ask(appUrl, "select rolsuper from pg_roles where rolname = 'throughline_app'")).toEqual([false]);
});
