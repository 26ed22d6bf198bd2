import pg, { type Pool } from 'pg';
import { Line, type Tx } from './line.ts';

/** Whose data a transaction may touch: one organisation, and within it all clients ('*') or the listed ones. */
export interface Scope {
  mspId: string;
  clients: '*' | readonly string[];
}

export type { Tx };

/** What a transaction tells on a channel once it is committed: sent with the commit itself, not in a round trip each. */
interface News {
  channel: string;
  payload: string;
  first: boolean;
}
/** What a transaction owes until its commit. */
interface Owed {
  news: News[];
  /** Sent, and their answers not waited for. */
  writes: Promise<unknown>[];
}
const owedBy = new WeakMap<Tx, Owed>();

/**
 * Tells everybody who listens on the channel, when (and only if) the transaction commits. `first`: heard before what the same transaction
 * tells without it; otherwise in the order in which it was told.
 */
export async function tell(tx: Tx, channel: string, payload: string, first = false): Promise<void> {
  const owed = owedBy.get(tx);
  // A connection that somebody else opened has its own commit.
  if (owed === undefined) await tx.query('select pg_notify($1, $2)', [channel, payload]);
  else owed.news.push({ channel, payload, first });
}

/**
 * A write whose answer nobody reads: sent at once and in its turn, as all statements of a connection are, and waited for only with the
 * commit. If it fails so does the transaction, with its error. (In the database, that is: the values must be such as can be sent.)
 */
export async function write(tx: Tx, text: string, values: unknown[]): Promise<void> {
  const sent = tx.query(text, values);
  const owed = owedBy.get(tx);
  if (owed === undefined) await sent;
  else owed.writes.push(sent);
}

const UUID = /^[0-9a-f-]{36}$/;

/**
 * Runs `fn` in one transaction with row-level security set for the scope. `set local`, so that nothing leaks to the next
 * borrower of the connection, and PgBouncer in transaction mode works. Rolls back and rethrows when `fn` throws.
 */
export async function withTenant<T>(pool: Pool, scope: Scope, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return transaction(pool, bound(scope), fn);
}

/**
 * The same for whoever only reads (the database refuses writes): done as soon as `fn` is, and the transaction ends behind its back. A commit
 * that nobody waits for is a round trip less on the way of every request.
 */
export async function readTenant<T>(pool: Pool, scope: Scope, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const setUp = bound(scope);
  const client = await pool.connect();
  const line = new Line(client);
  const begun = line.send(`begin read only; ${setUp}`);
  try {
    const result = await fn(line.tx);
    await begun;
    return result;
  } catch (error) {
    throw line.causeOf(error);
  } finally {
    line.close();
    line.send('commit').then(
      () => client.release(line.spoilt),
      (lost: Error) => client.release(lost),
    );
  }
}

function bound(scope: Scope): string {
  const ids = scope.clients === '*' ? [scope.mspId] : [scope.mspId, ...scope.clients];
  // Checked by hand because they go into the statement as text: one round trip instead of three.
  if (!ids.every((id) => UUID.test(id))) throw new TypeError('withTenant takes UUIDs');
  const clients = scope.clients === '*' ? '*' : scope.clients.join(',');
  return `set local role throughline_app; set local app.msp_id = '${scope.mspId}'; set local app.clients = '${clients}'`;
}

/** A transaction with no organisation: sees no tenant row at all, and may only call the route_* look-ups. */
export async function withoutTenant<T>(pool: Pool, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return transaction(pool, 'set local role throughline_app', fn);
}

/** The pool's connections send each statement at once (see `createPool`), so nothing waits here for an answer that the next statement does not need. */
async function transaction<T>(pool: Pool, setUp: string, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const line = new Line(client);
  const owed: Owed = { news: [], writes: [] };
  let broken: Error | undefined;
  // On its way together with the first statement. Where it fails the connection or the transaction does, and with it all that follows.
  const begun = line.send(`begin; ${setUp}`);
  try {
    owedBy.set(line.tx, owed);
    const result = await fn(line.tx);
    line.close();
    const committed = line.send(`${notifications(owed.news)}commit`);
    // Looked at first: behind a statement that failed, a commit is answered like one that worked, and rolls back.
    await begun;
    for (const written of owed.writes) await written;
    const ended = [await committed].flat().at(-1)?.command;
    if (ended !== 'COMMIT') throw new Error('A statement of the transaction had failed, so it was rolled back');
    return result;
  } catch (error) {
    line.close();
    await client.query('rollback').catch((lost: Error) => {
      broken = lost; // The connection died under us: hand it back as broken, and tell of the first error.
    });
    throw line.causeOf(error);
  } finally {
    client.release(broken ?? line.spoilt);
  }
}

/** Postgres itself drops what is told twice in one transaction. */
function notifications(news: readonly News[]): string {
  const ordered = [...news.filter(({ first }) => first), ...news.filter(({ first }) => !first)];
  return ordered
    .map(({ channel, payload }) => `select pg_notify(${pg.escapeLiteral(channel)}, ${pg.escapeLiteral(payload)}); `)
    .join('');
}
