import { randomUUID } from 'node:crypto';
import type { Tx } from './tenant.ts';

/** Keeps words of people (or a JSON of them) under an id, so that the workflow's history holds the id only. */
export async function keepText(tx: Tx, mspId: string, body: string, id: string = randomUUID()): Promise<string> {
  await tx.query('insert into session_text (msp_id, id, body) values ($1, $2, $3) on conflict do nothing', [
    mspId,
    id,
    body,
  ]);
  return id;
}

export async function textById(tx: Tx, mspId: string, id: string | null): Promise<string> {
  if (id === null) return '';
  const { rows } = await tx.query<{ body: string }>('select body from session_text where msp_id = $1 and id = $2', [
    mspId,
    id,
  ]);
  return rows[0]?.body ?? '';
}
