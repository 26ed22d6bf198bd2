import type { Tx } from '../tenant.ts';

export interface SearchWork {
  id: number;
  session_id: string;
  entry_seq: number | null;
  command_id: string | null;
}

export async function queueOutputForSearch(tx: Tx, mspId: string, sessionId: string, commandId: string): Promise<void> {
  await tx.query('insert into search_outbox (msp_id, session_id, command_id) values ($1, $2, $3)', [
    mspId,
    sessionId,
    commandId,
  ]);
}

/** Queues everything of an organisation again, for `reindex`. */
export async function queueAllForSearch(tx: Tx, mspId: string): Promise<number> {
  const entries = await tx.query(
    'insert into search_outbox (msp_id, session_id, entry_seq) select msp_id, session_id, seq from transcript_entry where msp_id = $1',
    [mspId],
  );
  const outputs = await tx.query(
    `insert into search_outbox (msp_id, session_id, command_id)
     select c.msp_id, c.session_id, c.id from command c join output_head o on o.msp_id = c.msp_id and o.command_id = c.id
     where c.msp_id = $1`,
    [mspId],
  );
  return (entries.rowCount ?? 0) + (outputs.rowCount ?? 0);
}

export async function claimSearchWork(
  tx: Tx,
  mspId: string,
  line: 'entries' | 'outputs',
  limit: number,
): Promise<SearchWork[]> {
  const { rows } = await tx.query<SearchWork>(
    `select id, session_id, entry_seq, command_id from search_outbox
     where msp_id = $1 and done_at is null and (command_id is ${line === 'entries' ? 'null' : 'not null'})
     order by id limit $2 for update skip locked`,
    [mspId, limit],
  );
  return rows;
}

export async function searchWorkDone(tx: Tx, mspId: string, ids: readonly number[]): Promise<void> {
  await tx.query('update search_outbox set done_at = now() where msp_id = $1 and id = any($2)', [mspId, ids]);
}

/** How many pieces wait to be indexed. */
export async function searchLag(tx: Tx, mspId: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::int as count from search_outbox where msp_id = $1 and done_at is null',
    [mspId],
  );
  return rows[0]?.count ?? 0;
}
