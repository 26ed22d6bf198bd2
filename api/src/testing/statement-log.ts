import pg from 'pg';

export interface Statement {
  sql: string;
  values: unknown[];
}

type Query = (this: pg.Client, ...args: unknown[]) => unknown;

/** What `work` reads from the database through `pg` in this process, pumps that run beside it included: its selects, each once. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const heard = new Map<string, Statement>();
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const original = prototype.query;
  prototype.query = function (...args) {
    const [asked] = args;
    const { text: sql, values } =
      typeof asked === 'object' ? (asked as pg.QueryConfig) : { text: asked, values: args[1] };
    if (typeof sql === 'string' && /^\s*(select|with)\b/i.test(sql)) {
      const statement = { sql, values: Array.isArray(values) ? (values as unknown[]) : [] };
      heard.set(JSON.stringify(statement), statement);
    }
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return [...heard.values()];
}
