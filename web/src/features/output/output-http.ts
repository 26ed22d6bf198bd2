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

/** How much is read at once; where a reader begins, it begins with the first of these. */
export const BLOCK = 64 * 1024;

/** Used by the page that opens next, or not at all. */
const FRESH_MS = 5_000;
const ahead = new Map<string, { at: number; first: Promise<Stretch> }>();

/** Reads the beginning of a stream before its page is there. What fails is asked again by who reads it. */
export function readAhead(commandId: string, stream: OutputStream): void {
  const first = rangeReader(commandId, stream)(0, BLOCK);
  first.catch(() => undefined);
  ahead.set(outputUrl(commandId, stream), { at: Date.now(), first });
}

function takeAhead(url: string, from: number, to: number): Promise<Stretch> | null {
  const early = ahead.get(url);
  if (early === undefined || from !== 0 || to !== BLOCK) return null;
  ahead.delete(url);
  return Date.now() - early.at < FRESH_MS ? early.first : null;
}

/** Reads a stream by HTTP Range. Throws with words to show when the server refuses or is away. */
export const rangeReader =
  (commandId: string, stream: OutputStream): ReadRange =>
  async (from, to, signal) => {
    if (to <= from) return { bytes: new Uint8Array(), total: to };
    const url = outputUrl(commandId, stream);
    const early = await takeAhead(url, from, to)?.catch(() => null);
    if (early != null) return early;
    const response = await serverFetch(url, {
      headers: { range: `bytes=${from}-${to - 1}` },
      ...(signal && { signal }),
    });
    const total = Number(response.headers.get('x-total-bytes') ?? from);
    if (response.status === 416) return { bytes: new Uint8Array(), total };
    if (response.status !== 206)
      throw new Error(`The output could not be read (HTTP ${response.status}). It is kept on the record; try again.`);
    return { bytes: new Uint8Array(await response.arrayBuffer()), total };
  };
