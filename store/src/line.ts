import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { prepared } from './prepared.ts';

/** A transaction bound to a scope. The only way to tenant data: nothing else in the product calls pool.query on it. */
export interface Tx {
  query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>>;
}

/** SQLSTATEs of what is asked for behind a statement that failed: it only tells that one had. The second where it was to be prepared. */
const BEHIND_A_FAILURE = new Set(['25P02', '26000']);
/** Of a prepared statement that this connection no longer has, or that means something else by now: another connection is well. */
const SPOILS = new Set(['26000', '0A000']);

/** A connection for the time of one transaction: statements go out as they are asked for, several of one turn in one write. */
export class Line {
  readonly tx: Tx;
  /** Not to be lent out again, and why. */
  spoilt: Error | undefined;
  private readonly client: PoolClient;
  private closed = false;
  private first: Error | undefined;

  constructor(client: PoolClient) {
    this.client = client;
    this.tx = {
      query: (text: string, values?: unknown[]) => {
        if (this.closed) throw new Error('This transaction is over: a statement came too late for it');
        return this.send(prepared(text, values));
      },
    };
  }

  /** Its failure counts as heard, so that it may be waited for later. */
  send(statement: string | QueryConfig): Promise<QueryResult> {
    // A write costs more than the small statement in it.
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
    const answer = this.client.query(statement);
    // They are answered in their order, so the first that failed is why.
    answer.catch((error: Error & { code?: string }) => {
      this.first ??= error;
      if (error.code !== undefined && SPOILS.has(error.code)) this.spoilt ??= error;
    });
    return answer;
  }

  /** From now on nothing more belongs to the transaction. */
  close(): void {
    this.closed = true;
  }

  /** The error that a caller should hear of. */
  causeOf(error: unknown): unknown {
    const code = (error as { code?: unknown }).code;
    return typeof code === 'string' && BEHIND_A_FAILURE.has(code) ? (this.first ?? error) : error;
  }
}
