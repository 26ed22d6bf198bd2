import pg from 'pg';
import type { Product } from './product.ts';

/** As a superuser who means harm: switches the guards off, changes one byte of a stored payload, switches them on again. Returns the entry. */
export async function changeOneOutputByte(product: Product, sessionId: string): Promise<number> {
  const client = new pg.Client({ connectionString: await product.databaseUrl() });
  await client.connect();
  try {
    const { rows } = await client.query<{ seq: number }>(
      `select seq from transcript_entry where session_id = $1 and kind = 'command_proposed' order by seq limit 1`,
      [sessionId],
    );
    const seq = rows[0]?.seq;
    if (seq === undefined) throw new Error('the session has no command to tamper with');
    await client.query('alter table transcript_payload disable trigger all');
    await client.query(
      'update transcript_payload set payload = set_byte(payload, 20, get_byte(payload, 20) # 1) where session_id = $1 and seq = $2',
      [sessionId, seq],
    );
    await client.query('alter table transcript_payload enable trigger all');
    return seq;
  } finally {
    await client.end();
  }
}

/** Every client group lets a question wait for so long. */
export async function setApprovalTimeout(product: Product, timeoutMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: await product.databaseUrl() });
  await client.connect();
  try {
    await client.query(
      `insert into policy_version (msp_id, level, group_id, version, document)
       select distinct on (group_id) msp_id, level, group_id, version + 1, jsonb_set(document, '{approvalTimeoutMs}', $1::jsonb)
       from policy_version where level = 'client_group' order by group_id, version desc`,
      [String(timeoutMs)],
    );
  } finally {
    await client.end();
  }
}
