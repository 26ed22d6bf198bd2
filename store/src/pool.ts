import pg from 'pg';

// int8 comes as text by default; ours are counts and offsets below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number`);
  return value;
});

/** A pool for api or worker. `onError` hears of idle connections that died (a restarted Postgres); the pool replaces them. */
export function createPool(
  url: string,
  options: { max?: number; name: string; onError: (error: Error) => void },
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.name,
    connectionTimeoutMillis: 10_000,
    // A statement is sent when it is asked for, not when the one before it was answered. They are answered in their order.
    pipeline: true,
  });
  pool.on('error', options.onError);
  // One that dies while it is lent out fails the query under way, which is enough; unheard, its event would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
