import { readFile, readdir } from 'node:fs/promises';
import pg from 'pg';

const FOLDER = new URL('../migrations/', import.meta.url);
/** One migrator at a time, whichever process it lives in. */
const LOCK = 7_411_020;

export interface MigrateOptions {
  /** A login that may create roles and owns (or may create in) the database. */
  adminUrl: string;
  /** Given to the `throughline_app` login. Omit it to leave that login as it is. */
  appPassword?: string;
}

/**
 * Brings the database to this version: roles first, then every plain SQL file not yet applied, each in its own transaction.
 * Safe to run from several processes at once. Refuses a database that a newer version has migrated.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const client = new pg.Client({ connectionString: options.adminUrl, application_name: 'throughline migrate' });
  await client.connect().catch((cause: unknown) => {
    throw new Error(
      'Postgres does not answer, so the database cannot be prepared. Check DATABASE_URL and that it runs.',
      { cause },
    );
  });
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await ensureRoles(client, options.appPassword);
    return { applied: await applyFiles(client) };
  } finally {
    await client.end();
  }
}

/** Names of the migrations this version brings, in order. */
export async function migrationFiles(): Promise<string[]> {
  return (await readdir(FOLDER)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
}

async function applyFiles(client: pg.Client): Promise<string[]> {
  await client.query(
    `create table if not exists schema_migration (name text primary key, applied_at timestamptz not null default now())`,
  );
  await client.query('grant select on schema_migration to throughline_app');
  const done = new Set(
    (await client.query<{ name: string }>('select name from schema_migration')).rows.map((row) => row.name),
  );
  const files = await migrationFiles();
  const unknown = [...done].filter((name) => !files.includes(name));
  if (unknown.length > 0)
    throw new Error(
      `The database was migrated by a newer Throughline (${unknown.join(', ')}). Start that version, or restore a backup made before it.`,
    );
  const applied: string[] = [];
  for (const name of files.filter((file) => !done.has(file))) {
    await applyOne(client, name);
    applied.push(name);
  }
  return applied;
}

async function applyOne(client: pg.Client, name: string): Promise<void> {
  const sql = await readFile(new URL(name, FOLDER), 'utf8');
  await client.query('begin');
  try {
    await client.query('set local role throughline_owner');
    await client.query(sql);
    await client.query('reset role');
    await client.query('insert into schema_migration (name) values ($1)', [name]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`Migration ${name} failed and was rolled back: ${(cause as Error).message}`, { cause });
  }
}

/** Roles belong to the whole server, not to one database; several databases may share them. */
async function ensureRoles(client: pg.Client, appPassword: string | undefined): Promise<void> {
  // Databases on one server (tests) may come here at the same time: roles are shared, advisory locks are not, so a clash is retried.
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query('begin');
      for (const [role, attributes] of [
        ['throughline_owner', 'nologin'],
        ['throughline_router', 'nologin'],
        ['throughline_maint', 'nologin'],
        ['throughline_app', 'login nosuperuser nocreatedb nocreaterole'],
      ] as const) {
        const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role]);
        if (rowCount === 0) await client.query(`create role ${role} ${attributes}`);
      }
      if (appPassword !== undefined)
        await client.query(`alter role throughline_app password ${client.escapeLiteral(appPassword)}`);
      await client.query('grant throughline_owner, throughline_router, throughline_app to current_user');
      await client.query('grant usage, create on schema public to throughline_owner');
      await client.query('commit');
      return;
    } catch (error) {
      await client.query('rollback');
      if (attempt >= 20)
        throw new Error('The database roles could not be set up. The login needs CREATEROLE.', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }
}
