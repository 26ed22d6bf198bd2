import { randomUUID } from 'node:crypto';
import { verifySession } from '@throughline/store/database-verify';
import { firstGroupPolicy } from '@throughline/store/policy-store';
import { createPool } from '@throughline/store/pool';
import { entriesAfter } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillPast } from './demo/fill.ts';
import { CLIENTS, PEOPLE } from './demo/house.ts';
import { februaryBefore } from './demo/past.ts';
import { type TestDatabase, createTestDatabase } from './testing/database.ts';

const mspId = randomUUID();
const scope = { mspId, clients: '*' as const };
let database: TestDatabase;
let pool: Pool;
let numbers: number[];

describe('the demo’s past', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.appUrl, { name: 'test', max: 4, onError: () => undefined });
    await withTenant(pool, scope, async (tx) => {
      await tx.query(
        `insert into msp (id, slug, name, time_zone) values ($1, 'northgate', 'Northgate', 'America/Chicago')`,
        [mspId],
      );
      for (const person of Object.values(PEOPLE))
        await tx.query('insert into app_user (msp_id, id, email, name, role) values ($1, $2, $3, $4, $5)', [
          ...[mspId, randomUUID(), person.email, person.name, person.role],
        ]);
      for (const client of CLIENTS) {
        const groupId = randomUUID();
        await tx.query('insert into client_group (msp_id, id, name) values ($1, $2, $3)', [
          ...[mspId, groupId, client.group],
        ]);
        await firstGroupPolicy(tx, mspId, groupId);
        await tx.query('insert into client (msp_id, id, group_id, name) values ($1, $2, $3, $4)', [
          ...[mspId, randomUUID(), groupId, client.name],
        ]);
      }
    });
    ({ numbers } = await fillPast(pool, mspId, new Date('2026-11-21T09:00:00Z')));
  }, 120_000);
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  it('tells of every way a session can end, and none of it is left open', async () => {
    const { rows } = await withTenant(pool, scope, (tx) =>
      tx.query<{ number: number; status: string; outcome: string }>(
        'select number, status, outcome from session where msp_id = $1 order by number',
        [mspId],
      ),
    );
    expect(rows.map((row) => row.number)).toEqual(numbers);
    expect(new Set(rows.map((row) => row.status))).toEqual(new Set(['completed']));
    expect([...new Set(rows.map((row) => row.outcome))].sort()).toEqual(
      ['cancelled', 'denied', 'escalated_out', 'expired', 'resolved', 'unresolved'].sort(),
    );
  });

  it('F118 writes records that verify: chains, output, signatures, and nothing before consent', async () => {
    const reports = await withTenant(pool, scope, async (tx) => {
      const { rows } = await tx.query<{ id: string }>('select id from session where msp_id = $1', [mspId]);
      const all = [];
      for (const row of rows) all.push(await verifySession(tx, scope, row.id, []));
      return all;
    });
    expect(reports).toHaveLength(numbers.length);
    expect(reports.flatMap((report) => report.faults)).toEqual([]);
    const first = reports.find((report) => report.checked.session?.number === 1847);
    expect(first?.checked).toMatchObject({ order: true, dispatches: 4, signatures: 6 });
    expect(first?.checked.outputBytes).toBeGreaterThan(500);
  });

  it('says on every record that the endpoint was a simulated one', async () => {
    const opened = await withTenant(pool, scope, async (tx) => {
      const { rows } = await tx.query<{ id: string }>('select id from session where msp_id = $1', [mspId]);
      const firsts = [];
      for (const row of rows) firsts.push(...(await entriesAfter(tx, scope, row.id, 0, 1)));
      return firsts;
    });
    expect(opened.map((entry) => entry.kind === 'opened' && entry.payload.simulated)).toEqual(numbers.map(() => true));
  });

  it('goes on counting after the highest number, and leaves no order that an endpoint could take', async () => {
    const { rows } = await withTenant(pool, scope, (tx) =>
      tx.query<{ next: number; unsettled: number; unread: number; mails: number; online: number }>(
        `select m.next_session_number as next,
           (select count(*)::int from command_outbox where msp_id = $1 and settled_at is null) as unsettled,
           (select count(*)::int from notification where msp_id = $1 and read_at is null) as unread,
           (select count(*)::int from mail_outbox where msp_id = $1) as mails,
           (select count(*)::int from endpoint where msp_id = $1 and (online or not simulated)) as online
         from msp m where m.id = $1`,
        [mspId],
      ),
    );
    expect(rows[0]).toEqual({ next: Math.max(...numbers) + 1, unsettled: 0, unread: 0, mails: 0, online: 0 });
  });

  it('puts session 1847 on the last 17th of February that is at least two weeks ago', () => {
    expect(februaryBefore(new Date('2026-11-21T00:00:00Z')).toISOString()).toBe('2026-02-17T15:31:00.000Z');
    expect(februaryBefore(new Date('2026-02-20T00:00:00Z')).toISOString()).toBe('2025-02-17T15:31:00.000Z');
  });
});
