import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../infra/src/testing/database.ts';
// For the types of what the global set-up provides.
import type {} from '../../infra/src/testing/global-setup.ts';
import { audit, auditPage } from './audit-store.ts';
import { clients, createClient, createGroup } from './client-store.ts';
import { createPool } from './pool.ts';
import { createSetupLink, ensureSetupLink, peekSetup, takeFirstSetup, takeSetupLink } from './setup.ts';
import { candidatesFor, createSignIn, endSignIn, resolveSignIn } from './sign-in-store.ts';
import { type Tx, withTenant } from './tenant.ts';
import { assignable, createUser, grantsOf, users } from './user-store.ts';

let database: TestDatabase;
let pool: pg.Pool;
let mspId: string;
let adminId: string;

const first = {
  mspName: 'Nørthgate IT',
  timeZone: 'Europe/Oslo',
  name: 'Dana',
  email: 'Dana@Northgate.example',
  passwordHash: 'h',
};
const tokenOf = (link: { url: string } | null) => link!.url.split('/setup/')[1]!;
const inMsp = <T>(fn: (tx: Tx) => Promise<T>) => withTenant(pool, { mspId, clients: '*' }, fn);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.appUrl, { name: 'test', max: 5, onError: () => {} });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

describe('the first link', () => {
  it('F136 makes the first admin once: earlier links stop working, the second taker is told so', async () => {
    const old = tokenOf(await ensureSetupLink(pool, 'http://localhost:4600/'));
    const link = await ensureSetupLink(pool, 'http://localhost:4600/');
    expect(link!.url).toMatch(/^http:\/\/localhost:4600\/setup\/[\w-]{43}$/);
    const token = tokenOf(link);
    expect(await peekSetup(pool, token)).toEqual({ kind: 'first_admin' });
    await expect(takeFirstSetup(pool, old, first)).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const both = await Promise.allSettled([takeFirstSetup(pool, token, first), takeFirstSetup(pool, token, first)]);
    expect(both.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = both.find((result) => result.status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ code: 'TOKEN_USED' });
    const won = both.find((result) => result.status === 'fulfilled') as PromiseFulfilledResult<{
      mspId: string;
      userId: string;
    }>;
    ({ mspId, userId: adminId } = won.value);

    const { rows } = await inMsp((tx) => tx.query('select slug, name from msp where id = $1', [mspId]));
    expect(rows).toEqual([{ slug: 'n-rthgate-it', name: 'Nørthgate IT' }]);
    expect(await inMsp((tx) => users(tx, mspId))).toMatchObject([
      { email: 'dana@northgate.example', role: 'admin', open_sessions: 0 },
    ]);
    expect(await ensureSetupLink(pool, 'http://localhost:4600')).toBeNull();
    await expect(peekSetup(pool, token)).rejects.toMatchObject({ code: 'TOKEN_USED' });
  });

  it('F136 keeps no token in the database, only hashes', async () => {
    const token = await createSignIn(pool, mspId, adminId);
    const { rows } = await inMsp((tx) =>
      tx.query('select s::text as s from sign_in s union all select f::text from first_setup f'),
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe('people', () => {
  it('F136 gives a person a link that sets the password once, ends old sign-ins, and is replaced by a newer one', async () => {
    const jun = await inMsp((tx) =>
      createUser(tx, mspId, { name: 'Jun', email: 'jun@northgate.example', role: 'technician', clientIds: null }),
    );
    const older = await inMsp((tx) => createSetupLink(tx, mspId, jun.id));
    const link = await inMsp((tx) => createSetupLink(tx, mspId, jun.id));
    await expect(peekSetup(pool, older)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(await peekSetup(pool, link)).toEqual({
      kind: 'user',
      name: 'Jun',
      email: 'jun@northgate.example',
      mspName: 'Nørthgate IT',
    });
    const before = await createSignIn(pool, mspId, jun.id);
    expect(await takeSetupLink(pool, link, 'hash-of-jun')).toEqual({ mspId, userId: jun.id });
    expect(await resolveSignIn(pool, before)).toBeNull();
    await expect(takeSetupLink(pool, link, 'other')).rejects.toMatchObject({ code: 'TOKEN_USED' });
    expect(await candidatesFor(pool, ' JUN@northgate.example')).toEqual([
      { mspId, userId: jun.id, passwordHash: 'hash-of-jun' },
    ]);
    expect(await candidatesFor(pool, 'nobody@northgate.example')).toEqual([]);
  });

  it('refuses an e-mail address twice and a client that is not there', async () => {
    const again = { name: 'Jun 2', email: 'JUN@northgate.example', role: 'senior', clientIds: null } as const;
    await expect(inMsp((tx) => createUser(tx, mspId, again))).rejects.toMatchObject({ code: 'CONFLICT' });
    const lost = { ...again, email: 'lost@northgate.example', clientIds: [randomUUID()] };
    await expect(inMsp((tx) => createUser(tx, mspId, lost))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await candidatesFor(pool, 'lost@northgate.example')).toEqual([]);
  });

  it('shows a person with grants their clients only, and lists who can take sessions', async () => {
    const group = await inMsp((tx) => createGroup(tx, mspId, 'Dental'));
    await expect(inMsp((tx) => createGroup(tx, mspId, 'Dental'))).rejects.toMatchObject({ code: 'CONFLICT' });
    const harbor = await inMsp((tx) =>
      createClient(tx, mspId, { name: 'Harbor Dental', groupId: group.id, externalId: 'C-17' }),
    );
    await inMsp((tx) => createClient(tx, mspId, { name: 'Lakeside', groupId: group.id }));
    const theo = await inMsp((tx) =>
      createUser(tx, mspId, { name: 'Theo', email: 'theo@northgate.example', role: 'senior', clientIds: [harbor.id] }),
    );
    expect(await inMsp((tx) => grantsOf(tx, mspId, theo.id))).toEqual([harbor.id]);
    expect(await inMsp((tx) => grantsOf(tx, mspId, adminId))).toBe('*');
    expect(group).toMatchObject({ policy_version: 1, policy: { riskFloor: 'read_only', change: 'ask' } });

    const scope = { mspId, clients: [harbor.id] };
    const seen = await withTenant(pool, scope, (tx) => clients(tx, scope));
    expect(seen.map((client) => client.name)).toEqual(['Harbor Dental']);
    await expect(
      withTenant(pool, scope, (tx) => createClient(tx, mspId, { name: 'Mine', groupId: group.id })),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await inMsp((tx) => clients(tx, { mspId, clients: '*' }))).map((client) => client.name)).toEqual([
      'Harbor Dental',
      'Lakeside',
    ]);
    expect((await inMsp((tx) => assignable(tx, mspId))).map((user) => user.name)).toEqual(['Jun', 'Theo']);
  });
});

describe('sign-ins', () => {
  it('F136 ends at sign-out, at its time and when the person is deactivated', async () => {
    const [out, over, gone] = [
      await createSignIn(pool, mspId, adminId),
      await createSignIn(pool, mspId, adminId),
      await createSignIn(pool, mspId, adminId),
    ];
    expect(await resolveSignIn(pool, gone)).toMatchObject({
      mspId,
      user: { id: adminId, role: 'admin' },
      clients: '*',
    });
    await endSignIn(pool, out);
    expect(await resolveSignIn(pool, out)).toBeNull();
    expect(await resolveSignIn(pool, 'no-such-token')).toBeNull();

    await inMsp((tx) =>
      tx.query(
        `update sign_in set expires_at = now() where msp_id = $1 and token_hash = sha256(convert_to($2, 'UTF8'))`,
        [mspId, over],
      ),
    );
    expect(await resolveSignIn(pool, over)).toBeNull();
    expect(await resolveSignIn(pool, gone)).not.toBeNull();

    await inMsp((tx) =>
      tx.query('update app_user set deactivated_at = now() where msp_id = $1 and id = $2', [mspId, adminId]),
    );
    expect(await resolveSignIn(pool, gone)).toBeNull();
    expect(await candidatesFor(pool, first.email)).toEqual([]);
  });
});

describe('the audit log', () => {
  it('pages newest first and cannot be changed by the product', async () => {
    for (const n of [1, 2, 3]) await inMsp((tx) => audit(tx, mspId, 'Dana', 'test', `t${n}`, { n }));
    const page = await inMsp((tx) => auditPage(tx, mspId, null, 2));
    expect(page.map((row) => row.target)).toEqual(['t3', 't2']);
    const next = await inMsp((tx) => auditPage(tx, mspId, page[1]!.id, 2));
    expect(next).toMatchObject([{ target: 't1', details: { n: 1 } }]);
    await expect(inMsp((tx) => tx.query('delete from audit_event'))).rejects.toThrow(/permission denied/);
  });
});
