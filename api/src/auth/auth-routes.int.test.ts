import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import express from 'express';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditPage } from '@throughline/store/audit-store';
import { blockList } from '@throughline/store/outbound-address';
import { createPool } from '@throughline/store/pool';
import { createSeal } from '@throughline/store/seal';
import { createSetupLink, ensureSetupLink } from '@throughline/store/setup';
import { withTenant } from '@throughline/store/tenant';
import { createUser } from '@throughline/store/user-store';
import { createTestDatabase, type TestDatabase } from '../../../infra/src/testing/database.ts';
import { authRoutes } from './auth-routes.ts';
import { requireOwnHeader } from './csrf.ts';
import { type Viewer, viewerOf } from './viewer.ts';

let database: TestDatabase;
let pool: pg.Pool;
let server: Server;
let base: string;
let firstToken: string;
let admin: Viewer;
const lines: string[] = [];

const own = { 'content-type': 'application/json', 'x-throughline': '1' };
const post = (path: string, body: unknown, headers: Record<string, string> = own) =>
  fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';
const viewer = (cookie: string) => viewerOf(pool, { headers: { cookie } });
const PASSWORD = 'correct horse battery';
const admins = {
  mspName: 'Northgate',
  timeZone: 'Asia/Kolkata',
  name: 'Dana',
  email: 'dana@northgate.example',
  password: PASSWORD,
};

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.appUrl, { name: 'test', max: 5, onError: () => {} });
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const app = express();
  app.use(requireOwnHeader);
  app.use(
    authRoutes({
      pool,
      seal: createSeal(randomBytes(32)),
      publicUrl: 'http://localhost',
      log,
      webhookNetworks: blockList(''),
      secureCookies: false,
    }),
  );
  app.post('/webhooks/psa/x', (_req, res) => void res.json({}));
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  firstToken = (await ensureSetupLink(pool, base))!.url.split('/setup/')[1]!;
});
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await pool?.end();
  await database?.drop();
});

describe('the set-up link', () => {
  it('F136 tells what is missing, then makes the first admin and signs them in', async () => {
    expect(await (await fetch(`${base}/auth/setup/${firstToken}`)).json()).toEqual({ kind: 'first_admin' });
    const short = await post(`/auth/setup/${firstToken}`, {
      ...admins,
      password: 'elevenchars',
      timeZone: 'Mars/Base',
    });
    expect(short.status).toBe(400);
    const { error } = (await short.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toMatch(/at least 12 characters/);
    expect(error.message).toMatch(/time zone/);

    const made = await post(`/auth/setup/${firstToken}`, admins);
    expect(made.status).toBe(200);
    expect(made.headers.get('set-cookie')).toMatch(
      /^throughline_session=[\w-]{43}; Max-Age=43200; Path=\/;.* HttpOnly; SameSite=Lax$/,
    );
    admin = (await viewer(cookieOf(made)))!;
    expect(admin).toMatchObject({ name: 'Dana', role: 'admin', clients: '*' });
  });

  it('F136 answers 410 to a used link and 404 to an unknown one', async () => {
    expect((await fetch(`${base}/auth/setup/${firstToken}`)).status).toBe(410);
    expect((await post(`/auth/setup/${firstToken}`, admins)).status).toBe(410);
    const unknown = await fetch(`${base}/auth/setup/nothing`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('F136 lets an added person choose a password and be signed in as themselves', async () => {
    const token = await withTenant(pool, { mspId: admin.mspId, clients: '*' }, async (tx) => {
      const user = await createUser(tx, admin.mspId, {
        name: 'Jun',
        email: 'jun@northgate.example',
        role: 'technician',
        clientIds: [],
      });
      return createSetupLink(tx, admin.mspId, user.id);
    });
    expect(await (await fetch(`${base}/auth/setup/${token}`)).json()).toEqual({
      kind: 'user',
      name: 'Jun',
      email: 'jun@northgate.example',
      mspName: 'Northgate',
    });
    const done = await post(`/auth/setup/${token}`, { password: 'a password of Jun' });
    expect(await viewer(cookieOf(done))).toMatchObject({ name: 'Jun', role: 'technician', clients: [] });
  });
});

describe('sign-in', () => {
  it('F136 signs in with the right password, signs out, and the cookie is worth nothing after', async () => {
    const response = await post('/auth/sign-in', { email: 'Dana@Northgate.example', password: PASSWORD });
    expect(response.status).toBe(200);
    const cookie = cookieOf(response);
    expect(await viewer(`other=1; ${cookie}`)).toMatchObject({ email: 'dana@northgate.example' });
    const out = await post('/auth/sign-out', {}, { ...own, cookie });
    expect(out.status).toBe(200);
    expect(out.headers.get('set-cookie')).toMatch(/throughline_session=;/);
    expect(await viewer(cookie)).toBeNull();
  });

  it('U37 says the same for a wrong password and an unknown address, and locks after ten failures', async () => {
    const unknown = await post('/auth/sign-in', { email: 'who@northgate.example', password: 'not the password' });
    const wrong = await post('/auth/sign-in', { email: 'jun@northgate.example', password: 'not the password' });
    expect([unknown.status, wrong.status]).toEqual([401, 401]);
    expect(await unknown.text()).toBe(await wrong.text());
    const all = await Promise.all(
      Array.from({ length: 12 }, () =>
        post('/auth/sign-in', { email: 'jun@northgate.example', password: 'not the password' }),
      ),
    );
    expect(all.filter((response) => response.status === 401)).toHaveLength(9);
    const locked = await post('/auth/sign-in', { email: 'JUN@northgate.example', password: 'a password of Jun' });
    expect(locked.status).toBe(429);
    expect(await locked.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    // Somebody else is not locked out with them.
    expect((await post('/auth/sign-in', { email: admins.email, password: PASSWORD })).status).toBe(200);
  });

  it('answers broken JSON and odd types with 400 and words', async () => {
    const broken = await fetch(`${base}/auth/sign-in`, { method: 'POST', headers: own, body: '{"email":' });
    expect([broken.status, ((await broken.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      'INVALID_INPUT',
    ]);
    expect((await post('/auth/sign-in', { email: ['x'], password: 1 })).status).toBe(400);
    expect((await post('/auth/sign-in', { email: 'a\0@b.example', password: PASSWORD })).status).toBe(400);
  });

  it('audits sign-ins, failures and set-up, and writes neither password nor token anywhere', async () => {
    const rows = await withTenant(pool, { mspId: admin.mspId, clients: '*' }, (tx) =>
      auditPage(tx, admin.mspId, null, 100),
    );
    const actions = new Set(rows.map((row) => `${row.actor} ${row.action}`));
    for (const [email, action] of [
      ['dana', 'setup.msp'],
      ['jun', 'setup.password'],
      ['dana', 'sign_in'],
      ['dana', 'sign_out'],
      ['jun', 'sign_in.failed'],
    ])
      expect(actions).toContain(`${email}@northgate.example ${action}`);
    const written = JSON.stringify(rows) + lines.join('');
    expect(lines.join('')).toContain('a sign-in failed');
    for (const secret of [PASSWORD, 'not the password', firstToken, admin.token]) expect(written).not.toContain(secret);
  });
});

describe('requests of other sites', () => {
  it('refuses a POST without our header, whatever its content type, except webhooks', async () => {
    const body = { email: admins.email, password: PASSWORD };
    const foreign: Record<string, string>[] = [
      { 'content-type': 'application/json' },
      { 'content-type': 'text/plain' },
      { 'x-throughline': '0' },
    ];
    for (const headers of foreign) {
      const refused = await post('/auth/sign-in', body, headers);
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({
        error: { code: 'FORBIDDEN', message: expect.stringContaining('x-throughline') },
      });
    }
    expect((await post('/webhooks/psa/x', {}, {})).status).toBe(200);
  });
});
