import { createHmac, randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import express from 'express';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '@throughline/domain/errors';
import { auditPage } from '@throughline/store/audit-store';
import { createClient, createGroup } from '@throughline/store/client-store';
import { createPool } from '@throughline/store/pool';
import { connections, createConnection, resolveTriage, triageItems } from '@throughline/store/psa-store';
import { createSeal } from '@throughline/store/seal';
import { ensureSetupLink, takeFirstSetup } from '@throughline/store/setup';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { createTestDatabase, type TestDatabase } from '../../../infra/src/testing/database.ts';
import { type OpenSession, drainWebhooks } from './intake.ts';
import { zTicket } from './ticket.ts';
import { webhookRoute } from './webhook-route.ts';

const SECRET = 'a secret of the halo connection';
const seal = createSeal(randomBytes(32));
const lines: string[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
let database: TestDatabase;
let pool: pg.Pool;
let server: Server;
let base: string;
let mspId: string;
let clientId: string;
let endpointId: string;

const inMsp = <T>(fn: (tx: Tx) => Promise<T>) => withTenant(pool, { mspId, clients: '*' }, fn);
const sign = (body: string) => `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
const ticket = (id: number | string, more: object = {}) => ({
  id,
  summary: 'Outlook keeps asking for password',
  details: 'Since this morning',
  client_id: 'C-17',
  client_name: 'Harbor Dental',
  user_name: 'Olivia Hart',
  device: 'HARB-WS-07',
  priority: 'High',
  respondbydate: '2026-01-01T00:00:00Z',
  ...more,
});
const created = (of: object) => JSON.stringify({ event: 'ticket.created', ticket: of });
const send = (body: string, headers: Record<string, string> = {}, slug = 'northgate-halo') =>
  fetch(`${base}/webhooks/psa/${slug}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-signature': sign(body), ...headers },
    body,
  });
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;
const deliveries = async () =>
  (
    await inMsp((tx) =>
      tx.query('select state, detail, session_id, dedupe_key from webhook_delivery order by received_at'),
    )
  ).rows;
const opened = (byTicket = new Map<string, string>()) =>
  vi.fn<OpenSession>(async ({ ticket }) => {
    const sessionId = byTicket.get(ticket.id) ?? randomUUID();
    byTicket.set(ticket.id, sessionId);
    return { sessionId };
  });
const drain = (openSession: OpenSession) => drainWebhooks({ pool, log, openSession });

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.appUrl, { name: 'test', max: 8, onError: () => {} });
  const token = (await ensureSetupLink(pool, 'http://x'))!.url.split('/setup/')[1]!;
  const first = {
    mspName: 'Northgate',
    timeZone: 'UTC',
    name: 'Dana',
    email: 'dana@northgate.example',
    passwordHash: 'x',
  };
  ({ mspId } = await takeFirstSetup(pool, token, first));
  await inMsp(async (tx) => {
    const group = await createGroup(tx, mspId, 'Dental');
    clientId = (await createClient(tx, mspId, { name: 'Harbor Dental', groupId: group.id, externalId: 'C-17' })).id;
    await createClient(tx, mspId, { name: 'Lakeside', groupId: group.id });
    endpointId = randomUUID();
    const endpoint = 'insert into endpoint (msp_id, id, client_id, name) values ($1, $2, $3, $4)';
    await tx.query(endpoint, [mspId, endpointId, clientId, 'HARB-WS-07']);
    const input = { name: 'Halo', slug: 'northgate-halo', scheme: 'hmac-sha256', secret: SECRET };
    await createConnection(tx, mspId, seal, input);
  });
  const app = express();
  app.use(webhookRoute({ pool, seal, log, mostAtOnce: 1 }));
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query('truncate webhook_delivery, triage_item');
  await admin.end();
});

describe('POST /webhooks/psa/:connectionId', () => {
  it('F127 answers 202 once the delivery is kept, and says when it was there before', async () => {
    const body = created(ticket(48213));
    const first = await send(body, { 'x-delivery-id': 'd-0001' });
    expect(first.status).toBe(202);
    const { deliveryId, duplicate } = (await first.json()) as { deliveryId: string; duplicate: boolean };
    expect(duplicate).toBe(false);
    const again = await send(body, { 'x-delivery-id': 'd-0001' });
    expect([again.status, await again.json()]).toEqual([202, { deliveryId, duplicate: true }]);
    expect(await deliveries()).toMatchObject([{ state: 'received', dedupe_key: 'id:d-0001' }]);
  });

  it('F127 refuses what it must with a status, words, a log line and an audit row, and keeps nothing of it', async () => {
    const body = created(ticket(1));
    const old = String(Math.floor(Date.now() / 1000) - 301);
    const replay = {
      'x-timestamp': old,
      'x-signature': `sha256=${createHmac('sha256', SECRET).update(`${old}.${body}`).digest('hex')}`,
    };
    const table: [number, string, Response][] = [
      [401, 'UNAUTHENTICATED', await send(body, { 'x-signature': 'sha256=00' })],
      [401, 'UNAUTHENTICATED', await send(body, { 'x-signature': sign(`${body} `) })],
      [401, 'UNAUTHENTICATED', await send(body, replay)],
      [401, 'UNAUTHENTICATED', await send(body.slice(0, 40), { 'x-signature': sign(body) })],
      [400, 'INVALID_INPUT', await send(body.slice(0, 40))],
      [400, 'INVALID_INPUT', await send('[1]')],
      [400, 'INVALID_INPUT', await send('')],
      [413, 'TOO_LARGE', await send('x'.repeat(300_000))],
      [415, 'INVALID_INPUT', await send(body, { 'content-type': 'text/plain' })],
      [415, 'INVALID_INPUT', await send(body, { 'content-encoding': 'gzip' })],
      [404, 'NOT_FOUND', await send(body, {}, 'no-such-connection')],
      [404, 'NOT_FOUND', await send(body, {}, 'Odd%20%00slug')],
    ];
    for (const [status, code, response] of table) {
      expect(response.status).toBe(status);
      const error = await errorOf(response);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/^[A-Z].{10,}\.$/);
    }
    expect(await deliveries()).toEqual([]);
    const rows = await inMsp((tx) => auditPage(tx, mspId, null, 100));
    const refused = rows.filter((row) => row.action === 'webhook.refused').map((row) => row.details?.['status']);
    expect(refused.reverse()).toEqual([401, 401, 401, 401, 400, 400, 400, 413, 415, 415]);
    expect(lines.filter((line) => line.includes('a webhook was refused'))).toHaveLength(table.length);
    for (const secret of [SECRET, sign(body), 'Olivia'])
      expect(lines.join('') + JSON.stringify(rows)).not.toContain(secret);
  });

  it('F127 answers 429, never 5xx, while the database is too busy, and takes the delivery afterwards', async () => {
    const admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    // Blocks writing, not reading.
    await admin.query('begin; lock table webhook_delivery in share row exclusive mode');
    const stuck = send(created(ticket(2)), { 'x-delivery-id': 'stuck' });
    await vi.waitFor(async () => {
      const { rows } = await admin.query(
        `select 1 from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and not l.granted`,
      );
      expect(rows.length).toBeGreaterThan(0);
    });
    const busy = await send(created(ticket(3)), { 'x-delivery-id': 'second' });
    expect([busy.status, busy.headers.get('retry-after'), (await errorOf(busy)).code]).toEqual([
      429,
      '30',
      'RATE_LIMITED',
    ]);
    await admin.query('rollback');
    await admin.end();
    expect((await stuck).status).toBe(202);
    expect((await send(created(ticket(3)), { 'x-delivery-id': 'second' })).status).toBe(202);
  });

  it('F127 answers 429 with a time to come back when the database is gone', async () => {
    const dead = createPool('postgres://nobody@127.0.0.1:1/none', { name: 'dead', max: 1, onError: () => {} });
    const app = express();
    app.use(webhookRoute({ pool: dead, seal, log }));
    const other = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const response = await fetch(
      `http://127.0.0.1:${(other.address() as AddressInfo).port}/webhooks/psa/northgate-halo`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      },
    );
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30']);
    await new Promise((resolve) => other.close(resolve));
    await dead.end();
  });

  it('F127 keeps nothing of a delivery that breaks off half way', async () => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    const seen = lines.length;
    socket.write(
      'POST /webhooks/psa/northgate-halo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"event":',
    );
    await vi.waitFor(async () =>
      expect(await new Promise((resolve) => server.getConnections((_e, n) => resolve(n)))).toBeGreaterThan(0),
    );
    socket.end();
    await vi.waitFor(() => expect(lines.slice(seen).join('')).toContain('a webhook was refused'));
    socket.destroy();
    expect(await deliveries()).toEqual([]);
  });
});

describe('the intake', () => {
  it('F127 opens one session for a ticket, however often and at once it is worked off', async () => {
    const openSession = opened();
    await send(created(ticket(48213)), { 'x-delivery-id': 'd-1' });
    await Promise.all([drain(openSession), drain(openSession), drain(openSession)]);
    expect(openSession).toHaveBeenCalledTimes(1);
    expect(openSession.mock.calls[0]![0]).toMatchObject({
      mspId,
      connectionSlug: 'northgate-halo',
      clientId,
      endpointId,
      ticket: { id: '48213', requester: 'Olivia Hart', priority: 'urgent', details: 'Since this morning' },
    });
    await send(created(ticket('48213')), { 'x-delivery-id': 'd-2' });
    await drain(openSession);
    const rows = await deliveries();
    expect(rows).toMatchObject([{ state: 'done' }, { state: 'done' }]);
    expect(rows[0]?.session_id).toBe(rows[1]?.session_id);
    expect(await inMsp((tx) => connections(tx, mspId))).toMatchObject([
      { last_error: null, last_delivery_at: expect.any(Date) },
    ]);
  });

  it('F127 matches by client id or name and by device name, whatever the case', async () => {
    const openSession = opened();
    await send(created(ticket(1, { client_id: 'c-17', client_name: null, device: 'harb-ws-07' })));
    await send(created(ticket(2, { client_id: 'unknown', client_name: 'HARBOR dental' })));
    await drain(openSession);
    expect(openSession.mock.calls.map(([input]) => input.endpointId)).toEqual([endpointId, endpointId]);
  });

  it('F128 puts an unmatched ticket on the triage list once, with a reason a person understands', async () => {
    const openSession = opened();
    await send(created(ticket(48214, { device: 'NOPE' })), { 'x-delivery-id': 'a' });
    await send(created(ticket(48214, { device: 'NOPE-2' })), { 'x-delivery-id': 'b' });
    await send(created(ticket(48215, { client_id: null, client_name: 'Nobody' })));
    await send(created(ticket(48216, { client_id: null, client_name: null })));
    await send(created(ticket(48217, { device: null })));
    await send(created(ticket(48218, { client_id: null, client_name: 'Lakeside' })));
    await drain(openSession);
    expect(openSession).not.toHaveBeenCalled();
    const items = await inMsp((tx) => triageItems(tx, mspId));
    expect(items.map((item) => [item.ticket_id, item.why])).toEqual([
      ['48214', 'Harbor Dental has no enrolled device called “NOPE-2”.'],
      ['48215', 'No client here is called “Nobody”.'],
      ['48216', 'The ticket names no client.'],
      ['48217', 'The ticket names no device of Harbor Dental.'],
      ['48218', 'Lakeside has no enrolled device called “HARB-WS-07”.'],
    ]);
    // What is kept can be opened by hand later.
    expect(zTicket.parse(items[0]!.ticket)).toMatchObject({ id: '48214', priority: 'urgent', device: 'NOPE-2' });

    const sessionId = randomUUID();
    await inMsp((tx) => resolveTriage(tx, mspId, items[0]!.id, sessionId));
    await expect(inMsp((tx) => resolveTriage(tx, mspId, items[0]!.id, randomUUID()))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await send(created(ticket(48214, { device: 'NOPE' })), { 'x-delivery-id': 'c' });
    await send(created(ticket(48217)), { 'x-delivery-id': 'now with a device' });
    await drain(openSession);
    expect((await inMsp((tx) => triageItems(tx, mspId))).map((item) => item.ticket_id)).toEqual([
      '48215',
      '48216',
      '48218',
    ]);
    expect((await deliveries()).filter((row) => row.dedupe_key === 'id:c')).toMatchObject([
      { state: 'done', session_id: sessionId },
    ]);
  });

  it('F127 ignores other events and fails what is no ticket, with the reason beside the connection', async () => {
    const openSession = opened();
    await send(JSON.stringify({ event: 'ticket.updated', ticket: ticket(48213) }));
    await send(JSON.stringify({ hello: 1 }));
    await send(created({ id: 5 }));
    await drain(openSession);
    expect(openSession).not.toHaveBeenCalled();
    expect((await deliveries()).map((row) => row.state)).toEqual(['ignored', 'failed', 'failed']);
    const [connection] = await inMsp((tx) => connections(tx, mspId));
    expect(connection!.last_error).toMatch(/The ticket could not be read\. summary:/);
  });

  it('F127 lets no poisoned delivery hold up another, waits longer each time, and hands it to a person in the end', async () => {
    const openSession = opened();
    const works = vi.fn<OpenSession>(async (input) => {
      if (input.ticket.id === '666') throw new Error('boom');
      return openSession(input);
    });
    await send(created(ticket(666)), { 'x-delivery-id': 'poison' });
    await send(created(ticket(7, { summary: 'odd \u0000 \ud800 text' })), { 'x-delivery-id': 'odd' });
    await drain(works);
    expect(await deliveries()).toMatchObject([
      { state: 'received', detail: expect.stringMatching(/^Try 1 of 10: /) },
      { state: 'done' },
    ]);
    await drain(works);
    expect(works).toHaveBeenCalledTimes(2); // its turn has not come yet

    for (let turn = 0; turn < 12; turn += 1) {
      await inMsp((tx) =>
        tx.query(`update webhook_delivery set received_at = now() - interval '1 day' where dedupe_key = 'id:poison'`),
      );
      await drain(works);
    }
    expect(works).toHaveBeenCalledTimes(11);
    const [poison] = (await deliveries()).filter((row) => row.dedupe_key === 'id:poison');
    expect(poison).toMatchObject({ state: 'failed', detail: expect.stringMatching(/^Given up after 10 tries/) });
    expect(await inMsp((tx) => triageItems(tx, mspId))).toMatchObject([{ ticket_id: '666' }]);
  });

  it('F128 hands a refusal that will not change to a person at once', async () => {
    await send(created(ticket(9)));
    await drain(async () => {
      throw new DomainError('NOT_FOUND', 'Endpoint not found, or you have no access to it.');
    });
    expect(await deliveries()).toMatchObject([{ state: 'triage' }]);
    expect(await inMsp((tx) => triageItems(tx, mspId))).toMatchObject([
      { ticket_id: '9', why: 'Endpoint not found, or you have no access to it.' },
    ]);
  });
});
