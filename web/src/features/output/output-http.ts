import type { OutputStream } from '../../graphql/generated/operations.ts';
import { serverFetch } from '../../lib/connection.ts';

/** A stretch of stored output, straight from the record, and how much there is in all. */
export interface Stretch {
  bytes: Uint8Array;
  total: number;
}
/** Reads bytes [from, to); short only where the output ends. */
export type ReadRange = (from: number, to: number, signal?: AbortSignal) => Promise<Stretch>;

export const outputUrl = (commandId: string, stream: OutputStream): string =>
  `/api/commands/${encodeURIComponent(commandId)}/output/${stream}`;

/** Reads a stream by HTTP Range. Throws with words to show when the server refuses or is away. */
export const rangeReader =
  (commandId: string, stream: OutputStream): ReadRange =>
  async (from, to, signal) => {
    if (to <= from) return { bytes: new Uint8Array(), total: to };
    const response = await serverFetch(outputUrl(commandId, stream), {
      headers: { range: `bytes=${from}-${to - 1}` },
      ...(signal && { signal }),
    });
    const total = Number(response.headers.get('x-total-bytes') ?? from);
    if (response.status === 416) return { bytes: new Uint8Array(), total };
    if (response.status !== 206)
      throw new Error(`The output could not be read (HTTP ${response.status}). It is kept on the record; try again.`);
    return { bytes: new Uint8Array(await response.arrayBuffer()), total };
  };
