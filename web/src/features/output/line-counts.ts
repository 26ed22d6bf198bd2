import { type Encoding, unitOf } from '../../lib/encodings.ts';
import type { ReadRange } from './output-http.ts';
import { nextNewline } from './rows.ts';

/** Longer outputs are not read whole to number their lines: they show byte offsets instead. */
export const COUNT_LIMIT = 32 * 1024 * 1024;
const STEP = 1024 * 1024;

/** Lines that end in [from, to), read in steps. */
export async function linesBetween(
  read: ReadRange,
  from: number,
  to: number,
  encoding: Encoding,
  signal?: AbortSignal,
): Promise<number> {
  let lines = 0;
  for (let at = from; at < to; at += STEP) {
    const { bytes } = await read(at, Math.min(to, at + STEP), signal);
    if (bytes.length === 0) break;
    for (let i = nextNewline(bytes, 0, encoding); i !== -1; i = nextNewline(bytes, i + unitOf(encoding), encoding))
      lines += 1;
  }
  return lines;
}

/** How many lines end before a byte, remembering every place asked for, so that the next question reads only what lies between. */
export class LineCounts {
  private readonly known = new Map<number, number>([[0, 0]]);
  private readonly read: ReadRange;
  private readonly encoding: Encoding;

  constructor(read: ReadRange, encoding: Encoding) {
    this.read = read;
    this.encoding = encoding;
  }

  async before(offset: number, signal?: AbortSignal): Promise<number> {
    const nearest = Math.max(...[...this.known.keys()].filter((at) => at <= offset));
    const lines =
      (this.known.get(nearest) ?? 0) + (await linesBetween(this.read, nearest, offset, this.encoding, signal));
    this.known.set(offset, lines);
    return lines;
  }
}
