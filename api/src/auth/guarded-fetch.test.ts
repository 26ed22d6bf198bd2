import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { blockList } from '@throughline/store/outbound-address';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { guardedFetch } from './guarded-fetch.ts';

let server: Server;
let port: number;
let heard: string[] = [];
beforeAll(async () => {
  server = createServer((req, res) => {
    let body = '';
    req.on('data', (part: Buffer) => (body += part.toString()));
    req.on('end', () => {
      heard.push(`${req.method} ${req.url} ${req.headers['content-type'] ?? '-'} ${body}`);
      if (req.url === '/silent') return;
      if (req.url === '/away') return void res.writeHead(302, { location: '/there' }).end();
      if (req.url === '/long') return void res.end('x'.repeat(2_000_000));
      res.setHeader('content-type', 'application/json').end('{"ok":true}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => (heard = []));

const none = blockList('');
const here = blockList('127.0.0.0/8');
const get = { body: undefined, headers: {}, method: 'GET', redirect: 'manual' } as const;

it.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433'])(
  'F136 a provider at %s is not asked, by digits or by name',
  async (host) => {
    const refused = guardedFetch(none)(`http://${host}:${port}/`, get);
    await expect(refused).rejects.toMatchObject({ why: 'provider_silent', reason: 'PRIVATE_ADDRESS' });
    expect(heard).toEqual([]);
  },
);

it('F136 one in a network that the operator named is asked, and answers', async () => {
  const body = new URLSearchParams({ code: 'a b', grant_type: 'authorization_code' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
  const answer = await guardedFetch(here)(`http://127.0.0.1:${port}/token`, { ...get, method: 'POST', body, headers });
  expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([
    200,
    'application/json',
    { ok: true },
  ]);
  expect(heard).toEqual([
    'POST /token application/x-www-form-urlencoded;charset=UTF-8 code=a+b&grant_type=authorization_code',
  ]);
});

it('F136 follows no redirect, and reads no endless answer', async () => {
  expect((await guardedFetch(here)(`http://127.0.0.1:${port}/away`, get)).status).toBe(302);
  expect(heard).toEqual(['GET /away - ']);
  await expect(guardedFetch(here)(`http://127.0.0.1:${port}/long`, get)).rejects.toMatchObject({
    cause: { message: 'The provider says more than it should.' },
  });
});

it('F136 gives up on one that says nothing, by the word of whoever asks', async () => {
  const refused = guardedFetch(here)(`http://127.0.0.1:${port}/silent`, { ...get, signal: AbortSignal.timeout(50) });
  await expect(refused).rejects.toMatchObject({ name: 'TimeoutError' });
});
