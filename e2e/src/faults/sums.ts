import { createHash } from 'node:crypto';
import type { StreamNumber } from '@throughline/domain/output-frame';
import { type Site, localId } from './site.ts';

/** Length and SHA-256 of a stream that is too long to be held in memory twice. */
export interface Sum {
  bytes: number;
  sha256: string;
}

/** Of what the product hands out. */
export async function downloadSum(site: Site, id: string, stream: 'stdout' | 'stderr'): Promise<Sum> {
  const path = `/api/commands/${encodeURIComponent(id)}/output/${stream}?download=1`;
  const answer = await site.senior.http.get(path);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  const sum = summing();
  for await (const part of answer.body ?? []) sum.add(part);
  return sum.result();
}

/** Of what lies in Postgres. */
export async function storedSum(site: Site, id: string, stream: StreamNumber): Promise<Sum> {
  const sum = summing();
  for (let after = 0; ;) {
    const rows = await site.sql<{ seq: number; bytes: Buffer }>(
      'select seq, bytes from output_chunk where command_id = $1 and stream = $2 and seq > $3 order by seq limit 200',
      [localId(id), stream, after],
    );
    for (const row of rows) sum.add(row.bytes);
    const last = rows.at(-1);
    if (last === undefined) return sum.result();
    after = last.seq;
  }
}

/** Of a block written so many times, and a part of it at the end. */
export function repeatedSum(block: Buffer, bytes: number): Sum {
  const sum = summing();
  for (let left = bytes; left > 0; left -= block.length) sum.add(block.subarray(0, Math.min(left, block.length)));
  return sum.result();
}

function summing() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    add(part: Uint8Array): void {
      hash.update(part);
      bytes += part.length;
    },
    result: (): Sum => ({ bytes, sha256: hash.digest('hex') }),
  };
}
