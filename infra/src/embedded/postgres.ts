import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { diskFull, hasNoSpace, saysDiskIsFull } from '../disk.ts';
import { PartFailure } from '../part-failure.ts';
import { identify, stopStranger } from '../process-identity.ts';
import { supervise, type Supervised } from '../process.ts';
import { freePort, portIsFree } from './ports.ts';
import { postgresAccount } from './postgres-account.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { prepareCluster } from './postgres-cluster.ts';

/** How to start the embedded Postgres. */
export interface PostgresOptions {
  /** Kept between starts. Created when missing. */
  dataDir: string;
  /** Default: any free port. */
  port?: number;
  /** False turns off every wait for the disk: for tests only. Default true. */
  durable?: boolean;
  /** Database the returned address names; created when missing. Default `postgres`. */
  database?: string;
  /** Start it again when it dies, on the same port. Default false. */
  restart?: boolean;
  onUnexpectedEnd?: (end: string, againInMs: number | null) => void;
  onStart?: (pid: number) => void;
}

/** A running Postgres, reachable from this machine only. */
export interface RunningPostgres {
  /** postgres:// address of the superuser. A secret. */
  adminUrl: string;
  port: number;
  pid: number;
  /** Where its data lies: not always in `dataDir`. */
  folder: string;
  /** What it wrote into its log since this start. */
  said(): string;
  /** Fast shutdown; everything committed is on disk afterwards. */
  stop(): Promise<void>;
}

/** Starts Postgres 18 from npm's binaries and waits until it answers. Works as root too, as another user. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const durable = options.durable ?? true;
  const account = postgresAccount();
  const binaries = postgresBinaries(account);
  const cluster = await prepareCluster(options.dataDir, binaries, account, durable);
  await stopLeftover(cluster.folder);
  const log = join(options.dataDir, 'postgres.log');
  rotate(log);
  if (options.port !== undefined && !(await portIsFree(options.port))) throw portTaken(options.port);

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const before = existsSync(log) ? statSync(log).size : 0;
    const server = supervise({
      name: 'postgres',
      command: binaries.postgres,
      args: ['-D', cluster.folder, ...settings(port, durable)],
      env: { LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
      uid: account?.uid,
      gid: account?.gid,
      stopSignal: 'SIGINT', // fast shutdown: SIGTERM would wait for every client to leave
      stopTimeoutMs: 30_000,
      output: { file: log },
      onUnexpectedEnd: options.onUnexpectedEnd,
      onStart: options.onStart,
    });
    const url = `postgres://postgres:${cluster.superuserPassword}@127.0.0.1:${port}`;
    const said = (): string => (existsSync(log) ? readFileSync(log).subarray(before).toString() : '');
    const outcome = await answers(server, `${url}/postgres`);
    if (outcome === 'ready') {
      if (options.restart) server.keepUp();
      const database = options.database ?? 'postgres';
      try {
        if (database !== 'postgres') await ensureDatabase(`${url}/postgres`, database);
      } catch (error) {
        await server.stop();
        throw saysDiskIsFull(error) || saysDiskIsFull(said()) ? diskFull('Postgres', cluster.folder, error) : error;
      }
      const adminUrl = `${url}/${database}`;
      return { adminUrl, port, pid: server.pid() ?? -1, folder: cluster.folder, said, stop: () => server.stop() };
    }
    await server.stop();
    if (attempt < 8 && mayPass(said(), options.port)) {
      await new Promise((resolve) => setTimeout(resolve, 250 * attempt));
      continue;
    }
    throw await failure(outcome, said(), port, log, cluster.folder);
  }
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // one door is enough, and its folder would be one more thing to place
    max_connections: 200,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] ',
    password_encryption: 'scram-sha-256',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Waits until a query is answered, or until the server gives up. */
async function answers(server: Supervised, url: string): Promise<'ready' | string> {
  const state: { end: string | null } = { end: null };
  void server.ended.then((end) => (state.end = end));
  const deadline = Date.now() + 60_000; // crash recovery of a busy database takes its time
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {}); // an error of the connection also rejects the call below
    try {
      await client.connect();
      await client.query('select 1');
      // A stranger on the same port cannot know our password, so this is our server.
      return 'ready';
    } catch (error) {
      if (state.end !== null) return state.end;
      const code = (error as { code?: string }).code;
      if (code === '28P01') return 'does not accept our password';
      if (Date.now() > deadline) return 'did not answer within 60 seconds';
    } finally {
      await client.end();
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/**
 * After a `kill -9` a server of ours may still run, or its pid file may name a process that is now somebody else's.
 * Postgres itself deals with a file whose process is gone; these two cases it cannot tell apart.
 */
async function stopLeftover(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identify(pid) : null;
  if (!identity) return;
  if (commandLine(pid).includes(cluster)) await stopStranger(identity, 'SIGINT', 15_000);
  else rmSync(file, { force: true });
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Trouble that goes away: a free port lost to another process, or a killed server's children still ending. */
function mayPass(said: string, fixedPort: number | undefined): boolean {
  if (/pre-existing shared memory block/.test(said)) return true;
  // A server killed a moment ago: dead, but its parent has not taken note yet, so its number still exists.
  if (/lock file "postmaster\.pid" already exists/.test(said)) return true;
  return fixedPort === undefined && /Address already in use/.test(said);
}

async function failure(outcome: string, said: string, port: number, log: string, folder: string): Promise<PartFailure> {
  if (/Address already in use/.test(said) || !(await portIsFree(port))) {
    return portTaken(port);
  }
  // On a full disk the log may be empty, too.
  if (saysDiskIsFull(said) || hasNoSpace(folder)) return diskFull('Postgres', folder);
  const tail = said
    .trim()
    .split('\n')
    .slice(-8)
    .map((line) => `    ${line}`)
    .join('\n');
  return new PartFailure('Postgres', `${outcome}${tail.trim() ? `:\n${tail}` : ''}`, `read ${log}`);
}

function portTaken(port: number): PartFailure {
  return new PartFailure(
    'Postgres',
    `port ${port} is taken by another program`,
    'stop that program, or choose another',
  );
}

function rotate(log: string): void {
  if (existsSync(log) && statSync(log).size > 20 * 1024 * 1024) renameSync(log, `${log}.1`);
}
