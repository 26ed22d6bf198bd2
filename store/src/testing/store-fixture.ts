import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { EntryKind, NewEntry } from '@throughline/domain/entry';
import pg from 'pg';
import { createTestDatabase } from '../../../infra/src/testing/database.ts';
// For the types of what the global set-up provides.
import type {} from '../../../infra/src/testing/global-setup.ts';
import { firstGroupPolicy } from '../policy-store.ts';
import { createPool } from '../pool.ts';
import { type Scope, type Tx, withTenant } from '../tenant.ts';

/** A migrated database with a pool as the product uses it, and a superuser for what only that one can do. */
export async function openTestStore() {
  const database = await createTestDatabase();
  const pool = createPool(database.appUrl, { name: 'test', max: 12, onError: () => undefined });
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  return {
    ...database,
    pool,
    admin,
    async close() {
      await pool.end();
      await admin.end();
      await database.drop();
    },
  };
}
export type TestStore = Awaited<ReturnType<typeof openTestStore>>;

/** An organisation with one technician, clients with an endpoint each, and a runtime whose key we hold. */
export interface TestMsp {
  mspId: string;
  scope: Scope & { mspId: string };
  userId: string;
  clients: { id: string; name: string; endpointId: string; runtimeId: string }[];
  signs(bytes: Uint8Array): string;
}

export async function createMsp(
  store: TestStore,
  slug: string,
  clientNames = ['Harbor Dental', 'Cedar Law'],
): Promise<TestMsp> {
  const [mspId, userId, groupId] = [randomUUID(), randomUUID(), randomUUID()];
  const scope = { mspId, clients: '*' as const };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const clients = clientNames.map((name) => ({
    id: randomUUID(),
    name,
    endpointId: randomUUID(),
    runtimeId: randomUUID(),
  }));
  await withTenant(store.pool, scope, async (tx) => {
    await tx.query(`insert into msp (id, slug, name, time_zone) values ($1, $2, $2, 'America/Chicago')`, [mspId, slug]);
    await tx.query(
      `insert into app_user (msp_id, id, email, name, role) values ($1, $2, 'jun@northgate.example', 'Jun Park', 'technician')`,
      [mspId, userId],
    );
    await tx.query(`insert into client_group (msp_id, id, name) values ($1, $2, 'All')`, [mspId, groupId]);
    await firstGroupPolicy(tx, mspId, groupId);
    for (const client of clients) {
      await tx.query('insert into client (msp_id, id, group_id, name) values ($1, $2, $3, $4)', [
        mspId,
        client.id,
        groupId,
        client.name,
      ]);
      await tx.query('insert into endpoint (msp_id, id, client_id, name, runtime_id) values ($1, $2, $3, $4, $5)', [
        mspId,
        client.endpointId,
        client.id,
        `${client.name.slice(0, 4).toUpperCase()}-WS-01`,
        client.runtimeId,
      ]);
      await tx.query(
        `insert into runtime (msp_id, id, endpoint_id, label, public_key) values ($1, $2, $3, 'runtime', $4)`,
        [mspId, client.runtimeId, client.endpointId, publicKey.export({ type: 'spki', format: 'der' })],
      );
    }
  });
  return { mspId, scope, userId, clients, signs: (bytes) => sign(null, bytes, privateKey).toString('base64') };
}

export async function createSession(store: TestStore, msp: TestMsp, client = 0): Promise<string> {
  const id = randomUUID();
  const { id: clientId, endpointId } = msp.clients[client] as TestMsp['clients'][number];
  await withTenant(store.pool, msp.scope, async (tx) => {
    await tx.query(
      `insert into session (msp_id, id, number, client_id, endpoint_id, title, request, requester, channel, status, waiting_on, priority, assignee_id, opened_at)
       values ($1, $2, (select coalesce(max(number), 1900) + 1 from session where msp_id = $1), $3, $4, 'Certificate warning', '', 'Olivia Hart', 'phone',
         'active', 'technician', 'normal', $5, now())`,
      [msp.mspId, id, clientId, endpointId, msp.userId],
    );
  });
  return id;
}

export async function createCommand(tx: Tx, msp: TestMsp, sessionId: string, script = 'seq 1 3'): Promise<string> {
  const id = randomUUID();
  await tx.query(
    `insert into command (msp_id, id, session_id, entry_seq, spec, action_hash, reason, origin, risk, risk_why, state, proposed_by, proposed_at)
     values ($1, $2, $3, 1, $4, '', '', 'browser', 'read_only', '', 'running', $5, now())`,
    [
      msp.mspId,
      id,
      sessionId,
      { shell: 'bash', script, cwd: null, runAs: { kind: 'runtime' }, timeoutMs: 60_000 },
      msp.userId,
    ],
  );
  return id;
}

export function newEntry<K extends EntryKind>(
  kind: K,
  payload: NewEntry<K>['payload'],
  key: string = randomUUID(),
): NewEntry {
  return {
    kind,
    key,
    actor: { kind: 'system' },
    origin: 'workflow',
    at: new Date().toISOString(),
    payload,
  } as NewEntry;
}

export const message = (text: string, key?: string): NewEntry => newEntry('message', { text, onEntry: null }, key);
