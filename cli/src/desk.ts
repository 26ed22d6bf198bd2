import { allMsps } from '@throughline/store/checkpoint-store';
import { createPool } from '@throughline/store/pool';
import { sessionById, sessionByNumber } from '@throughline/store/session-store';
import { type Scope, type Tx, withTenant } from '@throughline/store/tenant';
import type { Env } from './env.ts';
import { databaseUrl } from './local-database.ts';
import { Problem } from './problem.ts';

/** One organisation's data, as the operator of the machine sees it: all of its clients. */
export interface Desk {
  scope: Scope & { mspId: string };
  slug: string;
  transaction<T>(fn: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Opens the database for one organisation (`--org SLUG`; needless where there is only one) or, with '*', for each in turn. */
export async function atDesks<T>(env: Env, org: string | undefined, work: (desk: Desk) => Promise<T>): Promise<T[]> {
  // An idle connection that breaks here shows in the next query; there is no log to tell it to.
  const pool = createPool(databaseUrl(env), { name: 'throughline cli', max: 2, onError: () => undefined });
  try {
    const msps = await allMsps(pool).catch((cause: unknown) => {
      throw unreachable(cause);
    });
    const chosen = org === '*' ? msps : msps.filter((msp) => org === undefined || msp.slug === org);
    if (msps.length === 0)
      throw new Problem('There is no organisation yet. Open the set-up link that "npm start" prints first.');
    if (chosen.length === 0)
      throw new Problem(`There is no organisation "${org}". There is: ${msps.map((msp) => msp.slug).join(', ')}.`);
    if (org === undefined && chosen.length > 1)
      throw new Problem(
        `There are several organisations. Say which: --org ${msps.map((msp) => msp.slug).join(' | ')}.`,
      );
    const results: T[] = [];
    for (const { id, slug } of chosen) {
      const scope = { mspId: id, clients: '*' as const };
      results.push(await work({ scope, slug, transaction: (fn) => withTenant(pool, scope, fn) }));
    }
    return results;
  } finally {
    await pool.end();
  }
}

export async function atDesk<T>(env: Env, org: string | undefined, work: (desk: Desk) => Promise<T>): Promise<T> {
  return (await atDesks(env, org, work))[0] as T;
}

/** A session by its number or id. */
export async function sessionIdOf(tx: Tx, scope: Scope, named: string): Promise<string> {
  const isNumber = /^\d{1,9}$/.test(named);
  if (!isNumber && !/^[0-9a-f-]{36}$/.test(named))
    throw new Problem(
      `"${named}" is neither a session's number nor its id. Take the number from the session's title, as in --session 1902.`,
    );
  const session = isNumber ? await sessionByNumber(tx, scope, Number(named)) : await sessionById(tx, scope, named);
  if (session === null) throw new Problem(`There is no session ${named}.`);
  return session.id;
}

function unreachable(cause: unknown): Problem {
  const { code, message } = cause as { code?: string; message: string };
  if (code === '42883')
    return new Problem(
      'The database is of an older version. Start Throughline once with "npm start": that brings it up to date.',
      1,
      { cause },
    );
  return new Problem(
    `The database does not answer (${message || code}). Check that it runs, and DATABASE_URL if you set it.`,
    1,
    { cause },
  );
}
