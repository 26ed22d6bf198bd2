import { randomBytes } from 'node:crypto';
import { MAX_FRAME_BYTES, type OutputFrame } from '@throughline/domain/output-frame';
import { appendOutput } from '@throughline/store/output-store';
import { createPool } from '@throughline/store/pool';
import { withTenant } from '@throughline/store/tenant';
import { completed, propose } from './command.ts';
import type { House } from './house.ts';

/** As many frames in a transaction as the gateway puts there. */
const FRAMES_AT_ONCE = 16;

/**
 * The rows of `streams` commands of `bytes` each into the product's own database, while it rests: no endpoint, no gateway, no
 * wire. What is left is what the database itself needs. Returns milliseconds.
 */
export async function databaseAlone(house: House, sessionId: string, streams: number, bytes: number): Promise<number> {
  const ids = await Promise.all(Array.from({ length: streams }, () => propose(house.senior, sessionId, 'true')));
  for (const id of ids) await completed(house.senior, id);
  const pool = createPool(await house.product.databaseUrl(), {
    name: 'bench',
    max: streams,
    onError: (error) => void process.stderr.write(`${error.message}\n`),
  });
  try {
    const began = performance.now();
    await Promise.all(ids.map((id) => fill(pool, localId(id), localId(sessionId), bytes)));
    return performance.now() - began;
  } finally {
    await pool.end();
  }
}

async function fill(pool: ReturnType<typeof createPool>, commandId: string, sessionId: string, total: number) {
  const { rows } = await pool.query<{ msp_id: string }>('select msp_id from command where id = $1', [commandId]);
  const mspId = rows[0]?.msp_id ?? '';
  const bytes = randomBytes(MAX_FRAME_BYTES);
  for (let seq = 0; seq * bytes.length < total;) {
    const frames: OutputFrame[] = Array.from({ length: FRAMES_AT_ONCE }, () => {
      seq += 1;
      return { seq, stream: 1, offset: (seq - 1) * bytes.length, at: Date.now(), bytes };
    });
    const { status } = await withTenant(pool, { mspId, clients: '*' }, (tx) =>
      appendOutput(tx, mspId, sessionId, commandId, frames),
    );
    if (status !== 'ok') throw new Error(`the database answered ${status}`);
  }
}

const localId = (globalId: string): string => Buffer.from(globalId, 'base64').toString('utf8').split(':')[1] ?? '';
