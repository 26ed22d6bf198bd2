import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { raise } from './notification-store.ts';
import { clearOutboxes } from './outbox-retention.ts';
import { withTenant } from './tenant.ts';
import { type TestMsp, type TestStore, createMsp, openTestStore } from './testing/store-fixture.ts';

let store: TestStore;
let msps: TestMsp[];
beforeAll(async () => {
  store = await openTestStore();
  msps = [await createMsp(store, 'northgate'), await createMsp(store, 'rivermark')];
});
afterAll(() => store?.close());

/** Where one row of each state and age stands, in days. */
const AGES = [1, 29, 31, 400];

it('F137 what was sent or given up is deleted after thirty days, in every organisation, and nothing that waits', async () => {
  for (const { mspId, userId, scope } of msps) {
    const webhook = randomUUID();
    await store.admin.query(
      `insert into outbound_webhook (msp_id, id, name, host, url_sealed, secret_sealed, format, kinds, created_by)
       values ($1, $2, 'Ops', 'ops.example', '\\x00', '\\x00', 'standard', '{assigned}', $3)`,
      [mspId, webhook, userId],
    );
    for (const days of AGES) {
      for (const state of ['queued', 'failing', 'sent', 'dropped']) {
        const key = `${state} ${days}`;
        await withTenant(store.pool, scope, (tx) =>
          raise(tx, mspId, { userId, key, kind: 'assigned', title: key, link: '/s/1' }),
        );
        await store.admin.query(
          `insert into mail_outbox (msp_id, id, notification_id, subject)
           select msp_id, gen_random_uuid(), id, key from notification where msp_id = $1 and key = $2 on conflict do nothing`,
          [mspId, key],
        );
        await store.admin.query(
          `update mail_outbox set state = $3, created_at = now() - make_interval(days => $4)
           where msp_id = $1 and notification_id = (select id from notification where msp_id = $1 and key = $2)`,
          [mspId, key, state, days],
        );
        await store.admin.query(
          `insert into outbound_message (msp_id, id, webhook_id, key, kind, title, link, state, created_at)
           values ($1, gen_random_uuid(), $2, $3, 'assigned', 'T', '/', $4, now() - make_interval(days => $5))`,
          [mspId, webhook, key, state === 'sent' ? 'delivered' : state, days],
        );
      }
    }
  }
  const old = 2; // Of the ages.
  expect(await clearOutboxes(store.pool)).toBe(msps.length * 2 * 2 * old);
  for (const [table, sent] of [
    ['mail_outbox', 'sent'],
    ['outbound_message', 'delivered'],
  ]) {
    const { rows } = await store.admin.query<{ state: string; kept: number }>(
      `select state, count(*)::int as kept from ${table} group by state order by state`,
    );
    const kept = { queued: AGES.length, failing: AGES.length, [sent!]: AGES.length - old, dropped: AGES.length - old };
    expect(Object.fromEntries(rows.map((row) => [row.state, row.kept / msps.length]))).toEqual(kept);
  }
  const { rows: told } = await store.admin.query('select from notification');
  expect(told).toHaveLength(msps.length * AGES.length * 4);
  expect(await clearOutboxes(store.pool)).toBe(0);
});
