import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, portAnswers } from './embedded/ports.ts';
import { startPostgres, type RunningPostgres } from './embedded/postgres.ts';
import { findTemporalBinary } from './embedded/temporal-binary.ts';
import { startTemporal, type RunningTemporal } from './embedded/temporal.ts';
import { npmStart, processesOf, stopRuns } from './testing/npm-start.ts';
import { testFolder } from './testing/services.ts';

/** Whole starts, on a machine that may be busy. */
const PATIENCE = 180_000;

afterEach(stopRuns, 60_000);

describe('npm start with servers of yours', () => {
  let postgres: RunningPostgres;
  let temporal: RunningTemporal;
  beforeAll(async () => {
    const folder = testFolder();
    [postgres, temporal] = await Promise.all([
      startPostgres({ dataDir: join(folder, 'postgres'), database: 'desk elsewhere', durable: false }),
      startTemporal({
        binary: await findTemporalBinary(),
        namespace: 'default',
        logFile: join(folder, 'temporal.log'),
      }),
    ]);
  });
  afterAll(() => Promise.all([postgres.stop(), temporal.stop()]));

  it(
    'uses both, makes its namespace, keeps the data for the next start, leaves them running, and refuses data of a newer version',
    async () => {
      const dataDir = testFolder();
      const env = { DATABASE_URL: postgres.adminUrl, TEMPORAL_ADDRESS: temporal.address };
      const first = await npmStart(dataDir, env);
      await first.ready();
      expect(first.output()).toContain('made the namespace "throughline"');
      expect(first.output()).toMatch(/postgres +\d+ migrations applied/);
      expect(partsOf(dataDir)).toEqual(['api', 'signer', 'worker']);
      expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
      expect(await retentionDays(temporal.address)).toBe(90);
      expect(await first.interrupt()).toBe(0);
      expect(processesOf(dataDir)).toEqual([]);
      expect(await tables(postgres.adminUrl)).toBeGreaterThan(10);
      expect(await portAnswers(Number(temporal.address.split(':')[1]))).toBe(true);

      // Search is the one server that may be away: sessions do not need it.
      const away = `http://127.0.0.1:${await freePort()}`;
      const second = await npmStart(dataDir, { ...env, MEILI_URL: away });
      await second.ready();
      expect(second.output()).toContain('it has the namespace "throughline"');
      expect(second.output()).not.toContain('migrations applied');
      expect(second.output()).toContain(`${away} does not answer (connection refused): starting without it`);
      expect(second.output()).toMatch(
        /Search +Meilisearch at \S+, which does not answer .*: search waits, sessions do/,
      );
      expect(await second.interrupt()).toBe(0);
      expect(await tables(postgres.adminUrl)).toBeGreaterThan(10);

      await ask(postgres.adminUrl, "insert into schema_migration (name) values ('9999_of_tomorrow.sql')");
      const older = await npmStart(dataDir, env);
      expect(await older.ended).toBe(1);
      expect(older.output()).toMatch(
        /^Database: The database was migrated by a newer Throughline \(9999_of_tomorrow\.sql\).*\n {2}What to do: start that newer version/m,
      );
    },
    PATIENCE,
  );

  it(
    'says which server does not answer, and what to do, before it starts anything',
    async () => {
      const nobody = `127.0.0.1:${await freePort()}`;
      const dataDir = testFolder();
      const runs = await Promise.all([
        npmStart(dataDir, { DATABASE_URL: postgres.adminUrl, TEMPORAL_ADDRESS: nobody }),
        npmStart(testFolder(), { DATABASE_URL: `postgres://desk:hunter2@${nobody}/desk` }),
      ]);
      expect(await Promise.all(runs.map((run) => run.ended))).toEqual([1, 1]);
      const [noTemporal, noDatabase] = runs.map((run) => run.output());
      expect(noTemporal).toMatch(failure(`Temporal: ${nobody} does not answer (connection refused)`));
      expect(noTemporal).toContain('What to do: check TEMPORAL_ADDRESS, and that the server runs;');
      expect(partsOf(dataDir)).toEqual([]);
      expect(noDatabase).toMatch(failure(`Database: ${nobody} does not answer (connection refused)`));
      expect(noDatabase).toContain('What to do: check DATABASE_URL, and that Postgres runs there');
      expect(noDatabase).not.toContain('hunter2');
    },
    PATIENCE,
  );
});

describe('npm start', () => {
  it('says who holds its port, and how to take another', { timeout: PATIENCE }, async () => {
    const squatter = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
    });
    const { port } = squatter.address() as { port: number };
    try {
      const run = await npmStart(testFolder(), { PORT: String(port) });
      expect(await run.ended).toBe(1);
      const who = process.platform === 'linux' ? `\\S+ \\(process ${process.pid}\\)` : 'another program';
      expect(run.output()).toMatch(
        new RegExp(
          `^Port: ${port} is taken by ${who}\\n  What to do: stop that program, or .*: PORT=8080 npm start$`,
          'm',
        ),
      );
    } finally {
      squatter.close();
    }
  });
});

/** The failure as the one thing on its lines: not a stack trace, not among others. */
function failure(words: string): RegExp {
  return new RegExp(`^${words.replace(/[.()]/g, '\\$&')}\\n  What to do: [^\\n]+\\n\\s*$`, 'm');
}

/** What it has started for itself. */
function partsOf(dataDir: string): string[] {
  const { parts } = JSON.parse(readFileSync(join(dataDir, 'processes.json'), 'utf8')) as { parts: { name: string }[] };
  return parts.map((part) => part.name).sort();
}

async function tables(url: string): Promise<number> {
  return (await ask(url, "select 1 from pg_tables where schemaname = 'public'")).length;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function retentionDays(address: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'throughline' });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
  } finally {
    await connection.close();
  }
}
