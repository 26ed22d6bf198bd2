import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SlaSubject, saveSla, slaHistory, slaOf, slaOfClient } from './sla-store.ts';
import { type TestMsp, type TestStore, createMsp, openTestStore } from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';

let store: TestStore;
let msp: TestMsp;
let other: TestMsp;
let organisation: SlaSubject;

beforeAll(async () => {
  store = await openTestStore();
  [msp, other] = [await createMsp(store, 'northgate'), await createMsp(store, 'rivermark')];
  organisation = { level: 'organisation', id: msp.mspId };
});
afterAll(() => store?.close());

const inMsp = <T>(fn: (tx: Tx) => Promise<T>, scope = msp.scope) => withTenant(store.pool, scope, fn);
const save = (subject: SlaSubject, expected: number, document: object) =>
  inMsp((tx) => saveSla(tx, msp.mspId, subject, { document, expected, by: msp.userId, note: 'why' }));
const client = (n: number) => (msp.clients[n] as TestMsp['clients'][number]).id;

describe('SLA policies in the store', () => {
  it('F080 a client’s sessions run by its own policy, its group’s and its organisation’s, field by field', async () => {
    await save(organisation, 0, { normal: { response: 30, resolution: 90 }, warnPercent: 50 });
    await save({ level: 'client', id: client(0) }, 0, { normal: { response: 10 } });
    const { policy } = await inMsp((tx) => slaOfClient(tx, msp.mspId, client(0)));
    expect(policy).toMatchObject({
      normal: { response: { warnMs: 300_000, breachMs: 600_000 }, resolution: { breachMs: 5_400_000 } },
      versions: { organisation: 1, client_group: 0, client: 1 },
    });
    const neighbour = await inMsp((tx) => slaOfClient(tx, msp.mspId, client(1)));
    expect(neighbour.policy.normal.response.breachMs).toBe(1_800_000);
    await expect(inMsp((tx) => slaOfClient(tx, msp.mspId, randomUUID()))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('F133 of two who change the same version one is told to reload, and history keeps who and why', async () => {
    const both = await Promise.allSettled([save(organisation, 1, { warnPercent: 60 }), save(organisation, 1, {})]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'CONFLICT' });
    const history = await inMsp((tx) => slaHistory(tx, msp.mspId, organisation));
    expect(history.map(({ version, made_by, note }) => [version, made_by, note])).toEqual([
      [2, msp.userId, 'why'],
      [1, msp.userId, 'why'],
    ]);
  });

  it('F133 no version can be altered or taken away, by the app or by a superuser', async () => {
    for (const sql of [`update sla_version set note = 'x'`, 'delete from sla_version', 'truncate sla_version']) {
      await expect(inMsp((tx) => tx.query(sql))).rejects.toMatchObject({ code: '42501' });
      await expect(store.admin.query(sql)).rejects.toThrow(/refused/);
    }
  });

  it('F132 nobody of another organisation, and nobody without the client, sees a client’s policy', async () => {
    const mine: SlaSubject = { level: 'client', id: client(0) };
    expect(await inMsp((tx) => slaHistory(tx, msp.mspId, mine), { mspId: msp.mspId, clients: [client(1)] })).toEqual(
      [],
    );
    expect(await inMsp((tx) => slaHistory(tx, msp.mspId, mine), other.scope)).toEqual([]);
    expect(await inMsp((tx) => slaOf(tx, msp.mspId, organisation), other.scope)).toEqual([]);
    expect(await inMsp((tx) => slaHistory(tx, msp.mspId, mine))).toHaveLength(1);
  });
});
