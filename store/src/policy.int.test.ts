import { randomUUID } from 'node:crypto';
import { FIRST_DOCUMENT } from '@throughline/domain/policy/document';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import {
  type PolicySubject,
  currentPolicies,
  policiesAbove,
  policiesBelow,
  policyHistory,
  policyOfEndpoint,
  savePolicy,
} from './policy-store.ts';
import { type TestMsp, type TestStore, createMsp, openTestStore } from './testing/store-fixture.ts';
import { type Tx, withTenant } from './tenant.ts';

let store: TestStore;
let msp: TestMsp;
let other: TestMsp;
let group: PolicySubject;

beforeAll(async () => {
  store = await openTestStore();
  [msp, other] = [await createMsp(store, 'northgate'), await createMsp(store, 'rivermark')];
  const { rows } = await store.admin.query<{ id: string }>('select id from client_group where msp_id = $1', [
    msp.mspId,
  ]);
  group = { level: 'client_group', id: rows[0]!.id };
});
afterAll(() => store?.close());

const inMsp = <T>(fn: (tx: Tx) => Promise<T>) => withTenant(store.pool, msp.scope, fn);
const save = (subject: PolicySubject, expected: number, document: object, scope = msp) =>
  withTenant(store.pool, scope.scope, (tx) =>
    savePolicy(tx, msp.mspId, subject, { document, expected, by: scope.userId, note: 'why' }),
  );
const client = (n: number) => msp.clients[n] as TestMsp['clients'][number];

describe('policies in the store', () => {
  it('F049 what holds on an endpoint is the strictest of its organisation, group, client and its own, each with its version', async () => {
    const endpointId = client(0).endpointId;
    await save({ level: 'organisation', id: msp.mspId }, 0, { destructive: 'refuse' });
    await save({ level: 'client', id: client(0).id }, 0, { approvalTimeoutMs: 60_000 });
    await save({ level: 'client', id: client(0).id }, 1, { approvalTimeoutMs: 120_000, nobodySignedIn: 'refuse' });
    await save({ level: 'endpoint', id: endpointId }, 0, { read_only: 'ask' });
    expect(await inMsp((tx) => policyOfEndpoint(tx, msp.mspId, endpointId))).toMatchObject({
      modes: {
        read_only: { value: 'ask', level: 'endpoint', version: 1 },
        change: { value: 'ask', level: 'client_group', version: 1 },
        destructive: { value: 'refuse', level: 'organisation', version: 1 },
      },
      approvalTimeoutMs: { value: 120_000, level: 'client', version: 2 },
      nobodySignedIn: { value: 'refuse', level: 'client', version: 2 },
      versions: { organisation: 1, client_group: 1, client: 2, endpoint: 1 },
    });
    // The neighbour in the same group has only what both share.
    expect(await inMsp((tx) => policyOfEndpoint(tx, msp.mspId, client(1).endpointId))).toMatchObject({
      modes: { read_only: { value: 'run' }, destructive: { value: 'refuse' } },
      versions: { organisation: 1, client_group: 1, client: 0, endpoint: 0 },
    });
    await expect(inMsp((tx) => policyOfEndpoint(tx, msp.mspId, randomUUID()))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('F133 of two who change the same version one is told to reload, and history keeps who and why', async () => {
    const both = await Promise.allSettled([save(group, 1, { change: 'refuse' }), save(group, 1, { change: 'ask' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'CONFLICT' });
    for (const stale of [0, 1, 3]) await expect(save(group, stale, {})).rejects.toMatchObject({ code: 'CONFLICT' });
    const history = await inMsp((tx) => policyHistory(tx, msp.mspId, group));
    expect(history.map(({ version, made_by, note }) => [version, made_by, note])).toEqual([
      [2, msp.userId, 'why'],
      [1, null, ''],
    ]);
    expect(history[1]?.document).toEqual(FIRST_DOCUMENT);
  });

  it('F133 no version can be altered or taken away, by the app or by a superuser', async () => {
    for (const sql of [
      `update policy_version set note = 'x'`,
      'delete from policy_version',
      'truncate policy_version',
    ]) {
      await expect(inMsp((tx) => tx.query(sql))).rejects.toMatchObject({ code: '42501' });
      await expect(store.admin.query(sql)).rejects.toThrow(/refused/);
    }
  });

  it('F132 another organisation and a person without that client see and change nothing of it', async () => {
    await withTenant(store.pool, other.scope, async (tx) => {
      expect(await currentPolicies(tx, msp.mspId)).toEqual([]);
      expect(await policyHistory(tx, msp.mspId, group)).toEqual([]);
    });
    await expect(save(group, 0, {}, other)).rejects.toMatchObject({ code: '42501' });
    const limited = { mspId: msp.mspId, clients: [client(1).id] };
    const seen = await withTenant(store.pool, limited, (tx) => currentPolicies(tx, msp.mspId));
    expect(seen.map(({ level }) => level).sort()).toEqual(['client_group', 'organisation']);
    expect((await inMsp((tx) => currentPolicies(tx, msp.mspId))).map(({ level }) => level).sort()).toEqual([
      'client',
      'client_group',
      'endpoint',
      'organisation',
    ]);
    await expect(
      withTenant(store.pool, limited, (tx) => policyOfEndpoint(tx, msp.mspId, client(0).endpointId)),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('U34 tells which levels a subject lies within, the broadest first, and nothing of another organisation’s', async () => {
    const above = (subject: PolicySubject, scope = msp.scope) =>
      withTenant(store.pool, scope, async (tx) =>
        (await policiesAbove(tx, msp.mspId, subject)).map(({ level, version }) => `${level} ${version > 0}`),
      );
    const { id, endpointId } = client(0);
    const two = ['organisation true', 'client_group true'];
    expect(await above({ level: 'endpoint', id: endpointId })).toEqual([...two, 'client true']);
    expect(await above({ level: 'client', id })).toEqual(two);
    expect(await above(group)).toEqual(['organisation true']);
    expect(await above({ level: 'organisation', id: msp.mspId })).toEqual([]);
    expect(await above({ level: 'endpoint', id: endpointId }, other.scope)).toEqual([]);
  });

  it('U34 tells what lies within a subject and says something of a class, the broadest first, and nothing of another organisation’s', async () => {
    const below = (subject: PolicySubject, scope = msp.scope) =>
      withTenant(store.pool, scope, async (tx) =>
        (await policiesBelow(tx, msp.mspId, subject)).map(({ level }) => level),
      );
    const { id, endpointId } = client(0);
    const organisation: PolicySubject = { level: 'organisation', id: msp.mspId };
    // One that speaks of reading alone, and one that speaks of no class.
    await save({ level: 'client', id: client(1).id }, 0, { read_only: 'refuse' });
    await save({ level: 'endpoint', id: client(1).endpointId }, 0, { approvalTimeoutMs: 60_000 });
    expect(await below({ level: 'client', id: client(1).id })).toEqual([]);
    const all = (await inMsp((tx) => currentPolicies(tx, msp.mspId))).filter(({ document }) =>
      (['read_only', 'change', 'destructive', 'other_identity'] as const).some(
        (field) => document[field] !== undefined,
      ),
    );
    const levels = (['client_group', 'client', 'endpoint'] as const).flatMap((level) =>
      all.filter((each) => each.level === level).map(() => level),
    );
    expect(await below(organisation)).toEqual(levels);
    expect(levels.length).toBeGreaterThan(0);
    const its = all.filter(({ subjectId }) => subjectId === endpointId);
    expect(await below({ level: 'client', id })).toEqual(its.map(() => 'endpoint'));
    expect(await below(group)).toEqual(levels.filter((level) => level !== 'client_group'));
    expect(await below({ level: 'endpoint', id: endpointId })).toEqual([]);
    expect(await below(organisation, other.scope)).toEqual([]);
  });
});

it('F049 a group’s policy from before there were levels becomes its version, with what was built in written out', async () => {
  const old = await openTestStore();
  try {
    const { mspId, clients } = await createMsp(old, 'northgate');
    await old.admin
      .query(`drop table policy_version; alter table command drop column policy_level; drop index command_by_time;
      alter table client_group add column policy jsonb;
      update client_group set policy = '{"version": 3, "riskFloor": "change", "approvalTimeoutMs": 864000000}';
      delete from schema_migration where name = '0013_policy.sql'`);
    expect(await migrate({ adminUrl: old.adminUrl })).toEqual({ applied: ['0013_policy.sql'] });
    const merged = await withTenant(old.pool, { mspId, clients: '*' }, (tx) =>
      policyOfEndpoint(tx, mspId, clients[0]!.endpointId),
    );
    const from = { level: 'client_group', version: 3 };
    expect(merged).toMatchObject({
      modes: { read_only: { value: 'run', ...from }, change: { value: 'ask', ...from } },
      riskFloor: { value: 'change', ...from },
      approvalTimeoutMs: { value: 7 * 86_400_000, ...from },
    });
  } finally {
    await old.close();
  }
});
