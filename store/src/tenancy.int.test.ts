import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, migrationFiles } from './migrate.ts';
import { outputRange } from './output-store.ts';
import { appendEntry, entriesAfter } from './record-store.ts';
import { sessionCount } from './session-list-store.ts';
import { sessionById } from './session-store.ts';
import {
  type TestMsp,
  type TestStore,
  createMsp,
  createSession,
  message,
  openTestStore,
} from './testing/store-fixture.ts';
import { withTenant, withoutTenant } from './tenant.ts';

let store: TestStore;
let northgate: TestMsp;
let rivermark: TestMsp;
let sessionId: string;

beforeAll(async () => {
  store = await openTestStore();
  [northgate, rivermark] = [await createMsp(store, 'northgate'), await createMsp(store, 'rivermark')];
  sessionId = await createSession(store, northgate);
  await withTenant(store.pool, northgate.scope, (tx) =>
    appendEntry(tx, northgate.mspId, sessionId, message('secret of Northgate')),
  );
});
afterAll(() => store?.close());

const client = (n: number) => northgate.clients[n] as TestMsp['clients'][number];

describe('migrations', () => {
  it('are applied once: a second run, and two at the same time, change nothing', async () => {
    const before = await store.admin.query('select name, applied_at from schema_migration order by name');
    expect(before.rows.map((row: { name: string }) => row.name)).toEqual(await migrationFiles());
    const options = { adminUrl: store.adminUrl };
    expect(await Promise.all([migrate(options), migrate(options)])).toEqual([{ applied: [] }, { applied: [] }]);
    expect((await store.admin.query('select name, applied_at from schema_migration order by name')).rows).toEqual(
      before.rows,
    );
  });

  it('refuse a database that a newer version has migrated', async () => {
    await store.admin.query(`insert into schema_migration (name) values ('9999_later.sql')`);
    try {
      await expect(migrate({ adminUrl: store.adminUrl })).rejects.toThrow(/newer Throughline \(9999_later\.sql\)/);
    } finally {
      await store.admin.query(`delete from schema_migration where name = '9999_later.sql'`);
    }
  });
});

describe('F132 row-level security', () => {
  it('stands, forced, on every table that carries an organisation', async () => {
    const { rows } = await store.admin.query<{ relname: string; enabled: boolean; forced: boolean; policies: number }>(
      `select c.relname, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p')
         and (c.relname = 'msp' or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'msp_id' and a.attnum > 0))`,
    );
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !row.enabled || !row.forced || row.policies === 0).map((row) => row.relname)).toEqual(
      [],
    );
  });

  it('has no view or table that goes around it', async () => {
    const { rows } = await store.admin.query<{ relname: string }>(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and (c.relkind in ('v', 'm') or (c.relkind = 'r' and not c.relrowsecurity))
       order by c.relname`,
    );
    // None holds anything of an organisation.
    expect(rows.map((row) => row.relname)).toEqual(['first_setup', 'schema_migration', 'worker_heartbeat']);
  });

  it('does not bind the product’s login to less: it is no superuser, owns nothing and cannot bypass', async () => {
    const { rows } = await store.admin.query(
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
         (select count(*)::int from pg_class where relowner = r.oid) as owns
       from pg_roles r where rolname = 'throughline_app'`,
    );
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, owns: 0 }]);
  });

  it('shows nothing of any table where no organisation was ever set', async () => {
    const { rows } = await store.admin.query<{ relname: string }>(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'msp_id' and a.attnum > 0
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind = 'r' and has_table_privilege('throughline_app', c.oid, 'SELECT')`,
    );
    expect(rows.length).toBeGreaterThan(20);
    await withoutTenant(store.pool, async (tx) => {
      for (const { relname } of [...rows, { relname: 'msp' }])
        expect((await tx.query(`select 1 from ${relname} limit 1`)).rowCount, relname).toBe(0);
    });
  });

  it('shows an organisation its own rows and nobody else’s', async () => {
    await withTenant(store.pool, rivermark.scope, async (tx) => {
      expect((await tx.query('select slug from msp')).rows).toEqual([{ slug: 'rivermark' }]);
      expect(await sessionById(tx, rivermark.scope, sessionId)).toBeNull();
      // The right organisation's id in the query does not help either: the transaction is another's.
      expect(await sessionById(tx, northgate.scope, sessionId)).toBeNull();
      expect(await entriesAfter(tx, northgate.scope, sessionId, 0, 10)).toEqual([]);
      expect((await tx.query('select 1 from transcript_payload')).rowCount).toBe(0);
    });
  });

  it('looks words up by index where row-level security would not let it, and finds nothing out of reach by that', async () => {
    const put = (msp: TestMsp, n: number, id: string) =>
      withTenant(store.pool, msp.scope, (tx) =>
        tx.query(
          `insert into search_document (msp_id, id, client_id, session_id, endpoint_id, technician_ids, kind, at, body, words)
           values ($1, $2, $3, gen_random_uuid(), $4, '{}', 'message', now(), 'zwetschge', to_tsvector('simple', 'zwetschge'))`,
          [msp.mspId, id, msp.clients[n]!.id, msp.clients[n]!.endpointId],
        ),
      );
    await put(northgate, 0, 'n0');
    await put(northgate, 1, 'n1');
    await put(rivermark, 0, 'r0');
    const asked = `select search_documents('zwetschge', null, null, null, null, null, null, 10) as id`;
    const ids = async (clients: '*' | string[], msp = northgate) =>
      withTenant(store.pool, { mspId: msp.mspId, clients }, async (tx) =>
        (await tx.query<{ id: string }>(asked)).rows.map(({ id }) => id).sort(),
      );
    expect(await ids('*')).toEqual(['n0', 'n1']);
    expect(await ids([client(1).id])).toEqual(['n1']);
    expect(await ids([])).toEqual([]);
    expect(await ids([rivermark.clients[0]!.id])).toEqual([]);
    expect(await ids('*', rivermark)).toEqual(['r0']);
    await withoutTenant(store.pool, async (tx) => expect((await tx.query(asked)).rowCount).toBe(0));

    // As the function reads: by the index of words. A role under the tenant's policy cannot.
    const plan = async (role: string) => {
      await store.admin.query('begin');
      try {
        await store.admin.query(`set local role ${role}`);
        await store.admin.query('set local enable_seqscan = off');
        const { rows } = await store.admin.query<{ 'QUERY PLAN': string }>(
          `explain select id from search_document d where d.words @@ 'zwetschge'::tsquery`,
        );
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      } finally {
        await store.admin.query('rollback');
      }
    };
    expect(await plan('throughline_router')).toContain('search_document_words');
    expect(await plan('throughline_app')).not.toContain('search_document_words');
  });

  it('refuses to write for another organisation', async () => {
    const insert = withTenant(store.pool, rivermark.scope, (tx) =>
      tx.query(`insert into client_group (msp_id, id, name) values ($1, $2, 'x')`, [northgate.mspId, randomUUID()]),
    );
    await expect(insert).rejects.toMatchObject({ code: '42501' });
    const changed = await withTenant(store.pool, rivermark.scope, (tx) =>
      tx.query(`update session set title = 'mine' where id = $1`, [sessionId]),
    );
    expect(changed.rowCount).toBe(0);
    const entry = withTenant(store.pool, rivermark.scope, (tx) =>
      appendEntry(tx, northgate.mspId, sessionId, message('forged')),
    );
    await expect(entry).rejects.toThrow('wrong organisation');
  });

  it('refuses a row that points at another organisation’s row', async () => {
    const insert = withTenant(store.pool, rivermark.scope, (tx) =>
      tx.query(`insert into endpoint (msp_id, id, client_id, name) values ($1, $2, $3, 'x')`, [
        rivermark.mspId,
        randomUUID(),
        client(0).id,
      ]),
    );
    await expect(insert).rejects.toMatchObject({ code: '23503' });
  });

  it('does not tell by an error whether another organisation has the same name', async () => {
    await withTenant(store.pool, rivermark.scope, (tx) =>
      tx.query(
        `insert into app_user (msp_id, id, email, name, role) values ($1, $2, 'theo@northgate.example', 'x', 'admin')`,
        [rivermark.mspId, randomUUID()],
      ),
    );
    await withTenant(store.pool, northgate.scope, (tx) =>
      tx.query(
        `insert into app_user (msp_id, id, email, name, role) values ($1, $2, 'theo@northgate.example', 'Theo', 'technician')`,
        [northgate.mspId, randomUUID()],
      ),
    );
  });

  it('leaves no organisation on a connection for its next borrower, after COMMIT as after ROLLBACK', async () => {
    const lone = (await import('./pool.ts')).createPool(store.appUrl, {
      name: 'lone',
      max: 1,
      onError: () => undefined,
    });
    try {
      const seen = async () => (await lone.query('select count(*)::int as n, current_msp() as msp from session')).rows;
      await withTenant(lone, northgate.scope, (tx) => tx.query('select 1'));
      expect(await seen()).toEqual([{ n: 0, msp: null }]);
      const failing = withTenant(lone, northgate.scope, () => Promise.reject(new Error('no')));
      await expect(failing).rejects.toThrow('no');
      expect(await seen()).toEqual([{ n: 0, msp: null }]);
    } finally {
      await lone.end();
    }
  });

  it('takes nothing but UUIDs into its settings', async () => {
    const scope = { mspId: `${northgate.mspId}'; set role postgres; --`, clients: '*' as const };
    await expect(withTenant(store.pool, scope, () => Promise.resolve())).rejects.toThrow('UUID');
    const listed = { mspId: northgate.mspId, clients: ['*'] };
    await expect(withTenant(store.pool, listed, () => Promise.resolve())).rejects.toThrow('UUID');
  });
});

describe('F132 grants within an organisation', () => {
  const harborOnly = () => ({ mspId: northgate.mspId, clients: [client(0).id] });
  let cedarSession: string;
  beforeAll(async () => {
    cedarSession = await createSession(store, northgate, 1);
    await withTenant(store.pool, northgate.scope, async (tx) => {
      for (const [id, n] of [
        [sessionId, 0],
        [cedarSession, 1],
      ] as const)
        await tx.query(
          `insert into search_document (msp_id, id, client_id, session_id, endpoint_id, technician_ids, kind, at, body, words)
           values ($1, $2, $3, $4, $5, '{}', 'message', now(), 'will', to_tsvector('simple', 'will'))`,
          [northgate.mspId, `doc-${n}`, client(n).id, id, client(n).endpointId],
        );
    });
  });

  it.each(['client', 'endpoint', 'session', 'search_document'])(
    'hide another client’s rows of %s, whatever the query forgot',
    async (table) => {
      const column = table === 'client' ? 'id' : 'client_id';
      const see = async (scope: { mspId: string; clients: '*' | string[] }) =>
        withTenant(store.pool, scope, async (tx) => {
          const { rows } = await tx.query<{ client: string }>(
            `select distinct ${column} as client from ${table} order by 1`,
          );
          return rows.map((row) => row.client);
        });
      expect(await see({ mspId: northgate.mspId, clients: '*' })).toEqual([client(0).id, client(1).id].sort());
      expect(await see(harborOnly())).toEqual([client(0).id]);
      expect(await see({ mspId: northgate.mspId, clients: [] })).toEqual([]);
    },
  );

  it('hide another client’s entries, output and counts from the stores', async () => {
    await withTenant(store.pool, northgate.scope, (tx) =>
      appendEntry(tx, northgate.mspId, cedarSession, message('the will')),
    );
    await withTenant(store.pool, harborOnly(), async (tx) => {
      expect(await entriesAfter(tx, harborOnly(), cedarSession, 0, 10)).toEqual([]);
      expect(await entriesAfter(tx, harborOnly(), sessionId, 0, 10)).toHaveLength(1);
      expect((await outputRange(tx, harborOnly(), randomUUID(), 1, 0, 10)).length).toBe(0);
      expect(await sessionCount(tx, harborOnly(), {})).toBe(1);
    });
  });
});
