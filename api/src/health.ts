import type { Pool } from 'pg';
import { liveWorkers } from '@throughline/store/heartbeat-store';
import { migrationFiles } from '@throughline/store/migrate';
import { TASK_QUEUE } from '@throughline/workflows/messages';
import type { Deps } from './deps.ts';

export interface HealthPart {
  name: string;
  ok: boolean;
  detail: string;
}

export const VERSION = '0.1.0';

/** Asks every part that work depends on, at the moment of asking. Not a constant: a dead worker makes this fail. */
export async function checkHealth(deps: Pick<Deps, 'pool' | 'sessions' | 'search'>) {
  const parts = await Promise.all([
    part('postgres', () => checkPostgres(deps.pool)),
    part('record guards', () => checkGuards(deps.pool)),
    part('temporal', () => deps.sessions.describe()),
    part('worker', () => checkWorker(deps.pool)),
    part('search', async () => {
      if (!(await deps.search.healthy()))
        throw new Error(`${deps.search.name} does not answer; sessions go on, search waits`);
      return deps.search.name === 'postgres'
        ? 'Postgres full-text search (no search server configured)'
        : 'Meilisearch';
    }),
  ]);
  // A search server that is away never disturbs a session, so it does not make this api unready.
  const ok = parts.every((each) => each.ok || each.name === 'search');
  return { ok, parts, searchBackend: deps.search.name, version: VERSION };
}

async function part(name: string, check: () => Promise<string>): Promise<HealthPart> {
  try {
    return { name, ok: true, detail: await check() };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message };
  }
}

async function checkPostgres(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('select name from schema_migration');
  const missing = (await migrationFiles()).filter((file) => !rows.some((row) => row.name === file));
  if (missing.length > 0) throw new Error(`migrations not applied: ${missing.join(', ')}`);
  return `${rows.length} migrations applied`;
}

/** Temporal lists a killed worker for minutes; its own heartbeat tells within seconds. */
async function checkWorker(pool: Pool): Promise<string> {
  const workers = await liveWorkers(pool, TASK_QUEUE);
  if (workers === 0) throw new Error('no worker was heard of in the last seconds: start the worker process');
  return workers === 1 ? 'one worker runs' : `${workers} workers run`;
}

async function checkGuards(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ guard: string; stands: boolean }>('select guard, stands from record_guards()');
  const fallen = rows.filter((row) => !row.stands).map((row) => row.guard);
  if (fallen.length > 0) throw new Error(`the record's guards do not stand: ${fallen.join(', ')}`);
  return `${rows.length} guards stand`;
}
