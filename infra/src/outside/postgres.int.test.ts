import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { migrate } from '@throughline/store/migrate';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { freePort, portAnswers } from '../embedded/ports.ts';
import { postgresAccount } from '../embedded/postgres-account.ts';
import { startPostgres, type RunningPostgres } from '../embedded/postgres.ts';
import { supervise } from '../process.ts';
import { testFolder } from '../testing/services.ts';
import { waitFor } from '../testing/wait-for.ts';
import '../testing/provided.ts';
import { requirePostgres } from './postgres.ts';

let server: RunningPostgres;
beforeAll(async () => {
  server = await startPostgres({ dataDir: join(testFolder(), 'postgres'), durable: false });
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  for (const statement of [
    "create role desk login createrole password 'pass@word'",
    'create database "the desk" owner desk',
    "create role reader login password 'x'",
  ])
    await client.query(statement);
  await client.end();
});
afterAll(() => server?.stop());

function urlOf(user: string, password: string, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
}

it('takes a login that is no superuser, as managed Postgres has it, and can migrate with it', async () => {
  const url = urlOf('desk', 'pass@word', 'the desk');
  expect(await requirePostgres(url)).toMatch(/^18\./);
  const { applied } = await migrate({ adminUrl: url, appPassword: 'for-tests-only' });
  expect(applied.length).toBeGreaterThan(0);
});

it.each([
  ['a wrong password', ['desk', 'hunter2', 'the desk'], 'does not accept the password of "desk"', 'user and password'],
  ['a missing database', ['desk', 'pass@word', 'nowhere'], 'has no database "nowhere"', 'create it, or name another'],
  [
    'a login without rights',
    ['reader', 'x', 'the desk'],
    'the login "reader" may not create roles',
    'create role desk',
  ],
] as const)('names %s, and what to do, without telling the password', async (_, [user, password, name], why, todo) => {
  const failed = await requirePostgres(urlOf(user, password, name)).catch((error: Error) => error.message);
  expect(failed).toMatch(/^Database: [^\n]+\n {2}What to do: [^\n]+$/);
  expect(failed).toContain(`127.0.0.1:${server.port}`);
  expect(failed).toContain(why);
  expect(failed).toContain(todo);
  expect(failed).not.toContain('hunter2');
});

it.each([
  ['answers in another language', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'does not let us in: '],
  ['never answers', null, 'does not answer (no answer in 5 s)'],
])('says in seconds that what listens there %s', async (_, words, why) => {
  const listening = await new Promise<Server>((resolve) => {
    const made = createServer((socket) => {
      socket.on('error', () => {});
      if (words) socket.end(words);
    });
    made.listen(0, '127.0.0.1', () => resolve(made));
  });
  const { port } = listening.address() as { port: number };
  try {
    const failed = await requirePostgres(`postgres://desk:x@127.0.0.1:${port}/desk`).catch(
      (error: Error) => error.message,
    );
    expect(failed).toContain(`Database: 127.0.0.1:${port} ${why}`);
    expect(failed).toMatch(/\n {2}What to do: (check|correct) DATABASE_URL/);
  } finally {
    listening.close();
  }
});

/** Debian's, where it is installed: npm has none so old. */
const old = '/usr/lib/postgresql/15/bin';
it.runIf(existsSync(join(old, 'initdb')))('refuses a Postgres older than 16', async () => {
  const folder = join(testFolder(), 'old');
  const account = postgresAccount();
  mkdirSync(folder);
  if (account) chownSync(folder, account.uid, account.gid);
  const as = { cwd: '/', uid: account?.uid, gid: account?.gid };
  spawnSync(join(old, 'initdb'), ['-D', folder, '-U', 'postgres', '-A', 'trust', '--no-sync'], as);
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const running = supervise({
    name: 'old postgres',
    command: join(old, 'postgres'),
    args: ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])],
    ...as,
    stopSignal: 'SIGINT',
    output: { onLine: () => {} },
  });
  try {
    await waitFor('the old Postgres to listen', () => portAnswers(port), 20_000);
    await expect(requirePostgres(`postgres://postgres:x@127.0.0.1:${port}/postgres`)).rejects.toThrow(
      /runs Postgres 15\.\d+.*, and Throughline needs 16 or newer\n {2}What to do: upgrade it, or set DATABASE_URL/,
    );
  } finally {
    await running.stop();
  }
});

it('takes the Postgres that other tests use as it is', async () => {
  expect(await requirePostgres(inject('adminUrl'))).toMatch(/^18\./);
});
