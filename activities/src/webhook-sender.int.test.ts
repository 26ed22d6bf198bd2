import { randomBytes, randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookFormat } from '@throughline/domain/webhook-body';
import { blockList } from '@throughline/store/outbound-address';
import { outboundMessages, sendAgain } from '@throughline/store/outbound-message-store';
import {
  type WebhookPlaces,
  announce,
  changeOutboundWebhook,
  createOutboundWebhook,
  enableOutboundWebhook,
  outboundWebhooks,
  pauseOutboundWebhook,
  queueTest,
  retireOutboundWebhook,
} from '@throughline/store/outbound-store';
import { createSeal } from '@throughline/store/seal';
import { withTenant } from '@throughline/store/tenant';
import { type TestMsp, type TestStore, createMsp, openTestStore } from '@throughline/store/testing/store-fixture';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { drainWebhookMessages } from './webhook-sender.ts';

/** Another service, whose moods a test sets. It checks each signature with the scheme's own library. */
let mood: 'up' | 'down' | 'gone' | 'redirects' | 'takes it and drops the answer' = 'up';
let heard: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
let receiver: Server;
let store: TestStore;
let msp: TestMsp;
let other: TestMsp;
const seal = createSeal(randomBytes(32));
const lines: string[] = [];
interface Told {
  data: { title: string };
}
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
const HERE = blockList('127.0.0.0/8 ::1/128');

beforeAll(async () => {
  store = await openTestStore();
  [msp, other] = [await createMsp(store, 'northgate'), await createMsp(store, 'rivermark')];
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      heard.push({ path: request.url ?? '', headers: request.headers, body });
      if (mood === 'takes it and drops the answer') return void request.socket.destroy();
      if (mood === 'redirects') return void response.writeHead(307, { location: 'http://169.254.169.254/' }).end();
      response.writeHead({ up: 204, down: 503, gone: 410 }[mood]).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  receiver?.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await store?.close();
});
beforeEach(async () => {
  mood = 'up';
  heard = [];
  await store.admin.query('update outbound_webhook set retired_at = now()');
});

const inTenant = <T>(run: Parameters<typeof withTenant<T>>[2], of = msp) => withTenant(store.pool, of.scope, run);
const port = () => (receiver.address() as AddressInfo).port;
const hook = (
  path = '/hook/secret-path',
  format: WebhookFormat = 'standard',
  url = `http://127.0.0.1:${port()}${path}`,
  places: WebhookPlaces | null = null,
) =>
  inTenant((tx) =>
    createOutboundWebhook(tx, msp.mspId, seal, {
      name: 'Chat',
      url,
      format,
      kinds: ['assigned', 'sla'],
      places,
      by: msp.userId,
    }),
  );
const say = (over: Partial<Parameters<typeof announce>[2]> = {}, of = msp) =>
  inTenant(
    (tx) =>
      announce(tx, of.mspId, {
        key: randomUUID(),
        clientId: of.clients[0]!.id,
        kind: 'assigned',
        title: 'Session 7 went to Jun',
        link: '/s/7',
        ...over,
      }),
    of,
  );
const drain = (networks = HERE) =>
  drainWebhookMessages({ pool: store.pool, seal, publicUrl: 'https://desk.example', networks, log });
const due = () => store.admin.query(`update outbound_message set next_try_at = now() where state = 'failing'`);
const state = async () => (await inTenant((tx) => outboundWebhooks(tx, msp.mspId)))[0]!;

it('F137 an event reaches a webhook once, signed so that the scheme’s own library takes it', async () => {
  const { secret } = await hook();
  const key = randomUUID();
  await say({ key });
  await say({ key });
  await say({ kind: 'review' }); // Not asked for.
  await say({}, other); // Another organisation's.
  await Promise.all([drain(), drain()]);
  await drain();
  expect(heard).toHaveLength(1);
  const { headers, body, path } = heard[0]!;
  expect(path).toBe('/hook/secret-path');
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
    type: 'notification.assigned',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    data: { kind: 'assigned', title: 'Session 7 went to Jun', url: 'https://desk.example/s/7' },
  });
  expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow();
  expect(await state()).toMatchObject({ last_ok: true, last_words: 'Delivered, answered 204.', waiting: 0 });
});

it('F137 while the receiver is down the waits grow; a message heard twice has one webhook-id and a signature that holds', async () => {
  const { secret } = await hook();
  await say();
  const waits: number[] = [];
  for (mood of ['down', 'redirects', 'takes it and drops the answer'] as const) {
    await due();
    await drain();
    const { rows } = await store.admin.query<{ w: number }>(
      `select extract(epoch from next_try_at - now())::float as w from outbound_message where state = 'failing'`,
    );
    waits.push(rows[0]!.w);
  }
  expect(waits[1]).toBeGreaterThan(waits[0]! * 1.5);
  expect(waits[2]).toBeGreaterThan(waits[1]! * 1.5);
  expect(await state()).toMatchObject({ last_ok: false, waiting: 1, disabled_at: null });
  mood = 'up';
  await drain(); // Not yet its time.
  expect(heard).toHaveLength(3);
  await due();
  await drain();
  await drain();
  expect(heard).toHaveLength(4);
  expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  for (const { body, headers } of heard) new Webhook(secret).verify(body, headers as Record<string, string>);
});

it('F137 what never gets through is given up, the webhook switched off and the admin told; switched on again it works', async () => {
  const admin = randomUUID();
  await store.admin.query(
    `insert into app_user (msp_id, id, email, name, role) values ($1, $2, 'ada@northgate.example', 'Ada', 'admin')`,
    [msp.mspId, admin],
  );
  const { id } = await hook();
  await say();
  mood = 'down';
  for (let i = 0; i < 12; i++) {
    expect((await state()).disabled_at).toBeNull();
    await due();
    await drain();
  }
  expect(await state()).toMatchObject({ disabled_at: expect.any(Date), waiting: 0 });
  const told = await store.admin.query<{ text: string; link: string }>(
    'select text, link from notification where user_id = $1',
    [admin],
  );
  expect(told.rows).toEqual([
    { text: 'The webhook “Chat” was switched off: nothing got through.', link: '/settings/webhooks' },
  ]);
  const before = heard.length;
  mood = 'up';
  await say();
  expect(await inTenant((tx) => queueTest(tx, msp.mspId, id))).toBe(false);
  await drain();
  expect(heard).toHaveLength(before);
  expect(await inTenant((tx) => enableOutboundWebhook(tx, other.mspId, id), other)).toBe(false);
  expect(await inTenant((tx) => enableOutboundWebhook(tx, msp.mspId, id))).toBe(true);
  expect(await inTenant((tx) => queueTest(tx, msp.mspId, id))).toBe(true);
  await drain();
  expect(heard).toHaveLength(before + 1);
  expect(heard.at(-1)!.body).toContain('This is a test');
});

it('F137 a receiver that says 410 Gone is not asked again', async () => {
  await hook();
  await say();
  await say();
  mood = 'gone';
  await drain();
  expect(await state()).toMatchObject({ disabled_at: expect.any(Date), waiting: 0 });
});

it('F137 what waits for a webhook that is removed is not sent', async () => {
  const { id } = await hook();
  await say();
  expect(await inTenant((tx) => retireOutboundWebhook(tx, msp.mspId, id))).toBe(true);
  await drain();
  expect(heard).toEqual([]);
});

it('F137 one limited to a client or a group hears of nothing of other clients, also of what was queued before', async () => {
  const [harbor, cedar] = msp.clients as [TestMsp['clients'][number], TestMsp['clients'][number]];
  const groupId = randomUUID();
  await inTenant(async (tx) => {
    await tx.query(`insert into client_group (msp_id, id, name) values ($1, $2, 'Law')`, [msp.mspId, groupId]);
    await tx.query('update client set group_id = $3 where msp_id = $1 and id = $2', [msp.mspId, cedar.id, groupId]);
  });
  const all = await hook('/all');
  await hook('/harbor', 'standard', undefined, { groupIds: [], clientIds: [harbor.id] });
  await hook('/law', 'standard', undefined, { groupIds: [groupId], clientIds: [] });
  await hook('/none', 'standard', undefined, { groupIds: [], clientIds: [] });
  await say({ clientId: harbor.id, title: 'Harbor' });
  await say({ clientId: cedar.id, title: 'Cedar' });
  await drain();
  const got = () => heard.map(({ path, body }) => `${path} ${(JSON.parse(body) as Told).data.title}`).sort();
  expect(got()).toEqual(['/all Cedar', '/all Harbor', '/harbor Harbor', '/law Cedar']);

  // Queued while it heard of all: limited before it was sent, it is not sent, and says why.
  heard = [];
  await say({ clientId: cedar.id, title: 'Cedar again' });
  await say({ clientId: harbor.id, title: 'Harbor again' });
  await say({ clientId: harbor.id, kind: 'sla', title: 'Harbor’s clock' });
  await inTenant((tx) =>
    changeOutboundWebhook(tx, msp.mspId, seal, all.id, {
      kinds: ['assigned'],
      places: { groupIds: [], clientIds: [harbor.id] },
    }),
  );
  await drain();
  expect(got()).toEqual(['/all Harbor again', '/harbor Harbor again', '/harbor Harbor’s clock', '/law Cedar again']);
  const kept = await inTenant((tx) => outboundMessages(tx, msp.mspId, all.id, 10));
  const dropped = kept.filter(({ state: how }) => how === 'dropped');
  expect(dropped.map(({ title }) => title).sort()).toEqual(['Cedar again', 'Harbor’s clock']);
  for (const { last_error: why } of dropped) expect(why).toBe('The webhook no longer hears of this.');

  // Nor by asking for it once more.
  heard = [];
  const ofCedar = kept.filter(({ title }) => title.startsWith('Cedar'));
  expect(ofCedar).toHaveLength(2);
  for (const { id } of ofCedar) expect(await inTenant((tx) => sendAgain(tx, msp.mspId, id))).toBe(false);
  await drain();
  expect(heard).toEqual([]);

  // The limit at an end, it hears of all again.
  await inTenant((tx) => changeOutboundWebhook(tx, msp.mspId, seal, all.id, { places: null }));
  await say({ clientId: cedar.id, title: 'Cedar once more' });
  await drain();
  expect(got()).toEqual(['/all Cedar once more', '/law Cedar once more']);
});

it('F137 while it is paused nothing is sent: what waited goes out afterwards, what happened meanwhile does not', async () => {
  const { id } = await hook();
  await say({ title: 'before' });
  expect(await inTenant((tx) => pauseOutboundWebhook(tx, msp.mspId, id, msp.userId))).toBe(true);
  expect(await inTenant((tx) => pauseOutboundWebhook(tx, msp.mspId, id, msp.userId))).toBe(false);
  await say({ title: 'meanwhile' });
  await drain();
  expect(heard).toEqual([]);
  expect(await state()).toMatchObject({ paused_by: msp.userId, waiting: 1 });
  await inTenant((tx) => enableOutboundWebhook(tx, msp.mspId, id));
  await drain();
  expect(heard.map(({ body }) => (JSON.parse(body) as Told).data.title)).toEqual(['before']);
  expect(await state()).toMatchObject({ paused_by: null, disabled_at: null, waiting: 0 });
});

it('F137 a changed address is where the next message goes, and the secret stays', async () => {
  const { id, secret } = await hook('/old');
  mood = 'down';
  await say();
  await drain();
  mood = 'up';
  const url = `http://127.0.0.1:${port()}/new`;
  await inTenant((tx) => changeOutboundWebhook(tx, msp.mspId, seal, id, { name: 'Pager', url }));
  await due();
  await drain();
  expect(heard.map(({ path }) => path)).toEqual(['/old', '/new']);
  new Webhook(secret).verify(heard[1]!.body, heard[1]!.headers as Record<string, string>);
  expect(await state()).toMatchObject({ name: 'Pager', kinds: ['assigned', 'sla'], limited: false });
});

it('F137 what was delivered or given up is sent again on demand, under the same webhook-id; what is on its way is not sent twice', async () => {
  const { id } = await hook();
  await say();
  await drain();
  const [message] = await inTenant((tx) => outboundMessages(tx, msp.mspId, id, 10));
  expect(message).toMatchObject({ state: 'delivered', attempts: 1, delivered_at: expect.any(Date), last_error: null });
  expect(await inTenant((tx) => sendAgain(tx, other.mspId, message!.id), other)).toBe(false);
  expect(await inTenant((tx) => sendAgain(tx, msp.mspId, message!.id))).toBe(true);
  expect(await inTenant((tx) => sendAgain(tx, msp.mspId, message!.id))).toBe(false);
  await drain();
  await drain();
  expect(heard).toHaveLength(2);
  expect(heard[1]!.headers['webhook-id']).toBe(heard[0]!.headers['webhook-id']);
});

it.each([
  ['its digits', () => `http://127.0.0.1:${port()}/`],
  ['a name that leads to it', () => `http://localhost:${port()}/`],
  ['the cloud’s own address', () => 'https://169.254.169.254/latest/meta-data/'],
])('sends nothing into a private network by %s, unless the operator named it', async (_what, url) => {
  await hook('', 'standard', url());
  await say();
  await drain(blockList(''));
  expect(heard).toEqual([]);
  expect(await state()).toMatchObject({ last_ok: false, last_words: expect.stringMatching(/private network/) });
});

it('keeps address and secret sealed, and logs neither, nor the title', async () => {
  const { secret } = await hook();
  await say({ title: 'Session 7: a secret matter' });
  mood = 'down';
  await drain();
  const { rows } = await store.admin.query('select w.*, m.* from outbound_webhook w, outbound_message m');
  const stored = JSON.stringify(
    rows.map((row: Record<string, unknown>) => ({
      ...row,
      url_sealed: String(row.url_sealed),
      secret_sealed: String(row.secret_sealed),
    })),
  );
  expect(stored).not.toContain('secret-path');
  expect(stored).not.toContain(secret.slice(6));
  expect(lines.join('')).not.toMatch(/secret-path|whsec_|secret matter/);
});
