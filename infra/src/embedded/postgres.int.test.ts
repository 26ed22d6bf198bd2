import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identify } from '../process-identity.ts';
import { testFolder } from '../testing/services.ts';
import { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.ts';

const asRoot = process.getuid?.() === 0;
let dataDir: string;
const running: RunningPostgres[] = [];
beforeEach(() => {
  dataDir = join(testFolder(), 'postgres');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(options: Partial<PostgresOptions> = {}): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, ...options });
  running.push(server);
  return server;
}

async function ask(server: RunningPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

it('starts, whoever we are, as a user that is not root, and keeps its data for the second start', async () => {
  const first = await start({ database: 'throughline' });
  expect(String(await ask(first, 'show server_version'))).toMatch(/^18\./);
  await ask(first, "create table kept as select 'still here' as words");
  const status = readFileSync(`/proc/${first.pid}/status`, 'utf8');
  expect(Number(/^Uid:\t(\d+)/m.exec(status)?.[1])).not.toBe(0);
  await first.stop();
  expect(identify(first.pid)).toBeNull();

  const second = await start({ database: 'throughline' });
  expect(await ask(second, 'select words from kept')).toEqual(['still here']);
});

it('has every committed row after kill -9 of the whole server', async () => {
  const first = await start();
  await ask(first, 'create table kept (n int)');
  await ask(first, 'insert into kept values (1), (2)');
  process.kill(first.pid, 'SIGKILL');
  const second = await start();
  expect(await ask(second, 'select n from kept order by n')).toEqual([1, 2]);
});

it('starts again by itself, on the same port, when it is to be kept up', async () => {
  const ends: string[] = [];
  const server = await start({ restart: true, onUnexpectedEnd: (end) => ends.push(end) });
  process.kill(server.pid, 'SIGKILL');
  await expect
    .poll(() => ask(server, 'select 1').catch((error: unknown) => error), { timeout: 20_000, interval: 100 })
    .toEqual([1]);
  expect(ends).toEqual(['ended by SIGKILL']);
});

it('is not stopped by a pid file whose number now belongs to somebody else', async () => {
  await (await start()).stop();
  writeFileSync(join(dataDir, 'cluster/postmaster.pid'), `${process.pid}\n`);
  expect(await ask(await start(), 'select 1')).toEqual([1]);
});

it('asks for its password and keeps that to itself', async () => {
  const server = await start({ durable: false });
  const url = new URL(server.adminUrl);
  url.password = 'guess';
  const client = new pg.Client({ connectionString: url.toString() });
  await expect(client.connect()).rejects.toThrow(/password authentication failed/);
  expect(statSync(join(dataDir, 'secrets/superuser-password')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dataDir, 'secrets')).mode & 0o777).toBe(0o700);
});

it('says that its port is taken, and what to do', async () => {
  const squatter = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
  const { port } = squatter.address() as { port: number };
  try {
    await expect(start({ durable: false, port })).rejects.toThrow(
      new RegExp(`^Postgres: port ${port} is taken by another program\n  What to do: `),
    );
  } finally {
    squatter.close();
  }
});

it('refuses data that a newer Postgres has written, untouched', async () => {
  mkdirSync(join(dataDir, 'cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster/PG_VERSION'), '99\n');
  await expect(start()).rejects.toThrow(/written by Postgres 99.*What to do: start the newer Throughline/s);
  expect(readFileSync(join(dataDir, 'cluster/PG_VERSION'), 'utf8')).toBe('99\n');
});

it.runIf(asRoot)('puts its data elsewhere, and notes where, below a folder closed to all but root', async () => {
  const closed = testFolder();
  chmodSync(closed, 0o700);
  dataDir = join(closed, 'postgres');
  const first = await start({ durable: false });
  await ask(first, 'create table kept as select 5 as n');
  const elsewhere = readFileSync(join(dataDir, 'LOCATION'), 'utf8').trim();
  try {
    expect(existsSync(join(elsewhere, 'cluster/PG_VERSION'))).toBe(true);
    await first.stop();
    expect(await ask(await start({ durable: false }), 'select n from kept')).toEqual([5]);
  } finally {
    await Promise.all(running.splice(0).map((server) => server.stop()));
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

it.runIf(asRoot)('does not start empty when the folder of its data was closed since', async () => {
  const outer = testFolder();
  dataDir = join(outer, 'postgres');
  await (await start({ durable: false })).stop();
  chmodSync(outer, 0o700);
  await expect(start({ durable: false })).rejects.toThrow(/cannot any more.*What to do: open the folders above it/s);
});
