import type { OutputStream } from '../../graphql/generated/operations.ts';
import { serverFetch } from '../../lib/connection.ts';

/** A stretch of stored output, straight from the record. */
export interface OutputSlice {
  bytes: Uint8Array;
  offset: number;
  total: number;
}

export const outputUrl = (commandId: string, stream: OutputStream): string =>
  `/api/commands/${encodeURIComponent(commandId)}/output/${stream}`;

/** Reads `length` bytes from `offset`. Throws with words to show when the server refuses or is away. */
export async function readOutput(
  commandId: string,
  stream: OutputStream,
  offset: number,
  length: number,
): Promise<OutputSlice> {
  const response = await serverFetch(`${outputUrl(commandId, stream)}?offset=${offset}&length=${length}`);
  if (!response.ok)
    throw new Error(`The output could not be read (HTTP ${response.status}). It is kept on the record; try again.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const number = (name: string, otherwise: number) => Number(response.headers.get(name) ?? otherwise);
  return { bytes, offset: number('x-offset', offset), total: number('x-total-bytes', offset + bytes.length) };
}

const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** Where `needle` stands in `hay`, letters A to Z in either case, or -1. */
export function indexOfBytes(hay: Uint8Array, needle: Uint8Array, from = 0): number {
  const first = lower(needle[0] ?? -1);
  outer: for (let i = from; i <= hay.length - needle.length; i++) {
    if (lower(hay[i] ?? 0) !== first) continue;
    for (let j = 1; j < needle.length; j++) if (lower(hay[i + j] ?? 0) !== lower(needle[j] ?? 0)) continue outer;
    return i;
  }
  return -1;
}

const SCAN = 1024 * 1024;

/** The byte offset of the next place of a text at or after `from`, wrapping to the start; -1 when it is nowhere. */
export async function findInOutput(
  commandId: string,
  stream: OutputStream,
  text: string,
  from: number,
  total: number,
): Promise<number> {
  const needle = new TextEncoder().encode(text);
  if (needle.length === 0) return -1;
  const scan = async (start: number, end: number): Promise<number> => {
    for (let at = start; at < end; at += SCAN) {
      const { bytes } = await readOutput(commandId, stream, at, SCAN + needle.length - 1);
      const found = indexOfBytes(bytes, needle);
      if (found !== -1) return at + found;
    }
    return -1;
  };
  const ahead = await scan(from, total);
  return ahead === -1 && from > 0 ? scan(0, Math.min(total, from + needle.length)) : ahead;
}
