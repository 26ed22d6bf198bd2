import { randomBytes } from 'node:crypto';
import { type Desk, deskOf, takeSetupLink } from '@throughline/e2e/harness/desk';
import { createClientHttp } from '@throughline/e2e/harness/http';
import { type Product, startProduct } from '@throughline/e2e/harness/product';
import { type Filling, fillDatabase } from '@throughline/infra/testing/fill-database';
import { createSignIn } from '@throughline/store/sign-in-store';
import pg from 'pg';
import type { BenchContext } from '../result.ts';

/** A running product whose organisation has two years behind it. Nobody's computer is connected. */
export interface FilledHouse {
  product: Product;
  mspId: string;
  /** The database, as its superuser. */
  pool: pg.Pool;
  senior: Desk;
  manager: Desk;
  /** The people it was filled with, each signed in. */
  people: { id: string; desk: Desk }[];
}

export async function openFilledHouse({ say, atEnd }: BenchContext, filling: Filling): Promise<FilledHouse> {
  say('starting the product');
  const product = await startProduct();
  atEnd(() => product.stop());
  await takeSetupLink(product.setupUrl, {
    mspName: 'Bench MSP',
    timeZone: 'UTC',
    name: 'Ada Okafor',
    email: 'ada@bench.example',
    password: randomBytes(12).toString('base64url'),
  });
  const databaseUrl = await product.databaseUrl();
  // Waits for a connection as long as it takes: a slow database is to be measured, not to end the run.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 12, application_name: 'bench' });
  pool.on('error', () => undefined);
  atEnd(() => pool.end());
  const mspId = (await pool.query<{ id: string }>('select id from msp')).rows[0]?.id ?? '';
  say(`filling the database: ${filling.finished} sessions of ${filling.months} months, ${filling.open} open`);
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    await fillDatabase(db, mspId, filling);
  } finally {
    await db.end();
  }
  const { rows } = await pool.query<{ id: string }>(
    `select id from app_user where msp_id = $1 and email like '%@filled.example' order by email`,
    [mspId],
  );
  const people: FilledHouse['people'] = [];
  for (const { id } of rows) {
    const value = await createSignIn(pool, mspId, id);
    people.push({ id, desk: deskOf(createClientHttp(product.url, [{ name: 'throughline_session', value }])) });
  }
  const [senior, manager] = people;
  if (senior === undefined || manager === undefined) throw new Error('the database was filled with too few people');
  await pool.query(`update app_user set role = 'manager' where msp_id = $1 and id = $2`, [mspId, manager.id]);
  return { product, mspId, pool, senior: senior.desk, manager: manager.desk, people };
}

/** Reopens the newest completed sessions, until so many are open. */
export async function openUntil({ pool, mspId }: FilledHouse, open: number): Promise<void> {
  await pool.query(
    `with newest as (select id from session where msp_id = $1 and status = 'completed' order by number desc
       limit (select greatest(0, $2 - count(*)) from session where msp_id = $1 and status <> 'completed'))
     update session s set status = 'active', waiting_on = 'technician', outcome = null, completed_at = null, opened_at = now(),
       clocks = jsonb_set(s.clocks, '{resolution,metAt}', 'null') from newest where s.msp_id = $1 and s.id = newest.id`,
    [mspId, open],
  );
  await pool.query('vacuum analyze session');
}
