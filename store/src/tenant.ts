import pg, { type Pool, type PoolClient } from 'pg';

/** Whose data a transaction may touch: one organisation, and within it all clients ('*') or the listed ones. */
export interface Scope {
  mspId: string;
  clients: '*' | readonly string[];
}

/** A transaction bound to a scope. The only way to tenant data: nothing else in the product calls pool.query on it. */
export type Tx = Pick<PoolClient, 'query'>;

/** What a transaction tells on a channel once it is committed: sent with the commit itself, not in a round trip each. */
interface News {
  channel: string;
  payload: string;
  first: boolean;
}
const newsOf = new WeakMap<Tx, News[]>();

/**
 * Tells everybody who listens on the channel, when (and only if) the transaction commits. `first`: heard before what the same transaction
 * tells without it; otherwise in the order in which it was told.
 */
export async function tell(tx: Tx, channel: string, payload: string, first = false): Promise<void> {
  const news = newsOf.get(tx);
  // A connection that somebody else opened has its own commit.
  if (news === undefined) await tx.query('select pg_notify($1, $2)', [channel, payload]);
  else news.push({ channel, payload, first });
}

const UUID = /^[0-9a-f-]{36}$/;

/**
 * Runs `fn` in one transaction with row-level security set for the scope. `set local`, so that nothing leaks to the next
 * borrower of the connection, and PgBouncer in transaction mode works. Rolls back and rethrows when `fn` throws.
 */
export async function withTenant<T>(pool: Pool, scope: Scope, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const ids = scope.clients === '*' ? [scope.mspId] : [scope.mspId, ...scope.clients];
  // Checked by hand because they go into the statement as text: one round trip instead of three.
  if (!ids.every((id) => UUID.test(id))) throw new TypeError('withTenant takes UUIDs');
  const clients = scope.clients === '*' ? '*' : scope.clients.join(',');
  return transaction(
    pool,
    `set local role throughline_app; set local app.msp_id = '${scope.mspId}'; set local app.clients = '${clients}'`,
    fn,
  );
}

/** A transaction with no organisation: sees no tenant row at all, and may only call the route_* look-ups. */
export async function withoutTenant<T>(pool: Pool, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return transaction(pool, 'set local role throughline_app', fn);
}

async function transaction<T>(pool: Pool, setUp: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin; ${setUp}`);
    newsOf.set(client, []);
    const result = await fn(client);
    await client.query(`${notifications(newsOf.get(client) ?? [])}commit`);
    return result;
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost; // The connection died under us: hand it back as broken, and tell of the first error.
    });
    throw error;
  } finally {
    newsOf.delete(client);
    client.release(broken);
  }
}

/** Postgres itself drops what is told twice in one transaction. */
function notifications(news: readonly News[]): string {
  const ordered = [...news.filter(({ first }) => first), ...news.filter(({ first }) => !first)];
  return ordered
    .map(({ channel, payload }) => `select pg_notify(${pg.escapeLiteral(channel)}, ${pg.escapeLiteral(payload)}); `)
    .join('');
}
