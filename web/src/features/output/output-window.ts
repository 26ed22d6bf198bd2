import type { Encoding } from '../../lib/encodings.ts';
import type { ByteSource } from './byte-source.ts';
import { sgrAfter } from './row-html.ts';
import { cutRows, MAX_ROW, type Row, rowStart } from './rows.ts';

/** A stretch of rows that was read and cut at once. */
export interface Segment {
  from: number;
  to: number;
  bytes: Uint8Array;
  rows: Row[];
  /** Number of the line its first row belongs to; null when not known. */
  line: number | null;
  /** Colours open at its beginning. */
  sgr: string;
}

export const SEGMENT_BYTES = 64 * 1024;
export const SEGMENT_ROWS = 800;
/** What the page ever holds of an output, however long it is. */
export const MOST_ROWS = 3 * SEGMENT_ROWS;
export const MOST_BYTES = 3 * SEGMENT_BYTES;
const MOST_SEGMENTS = 24;

/**
 * The stretch of an output that is on the page: some segments that lie end to end, of an output of any length. It moves by reading on at one
 * end and letting go at the other. Each method gives the new segments; the caller shows them.
 */
export class OutputWindow {
  segments: readonly Segment[] = [];
  private readonly source: ByteSource;
  private readonly encoding: Encoding;

  constructor(source: ByteSource, encoding: Encoding) {
    this.source = source;
    this.encoding = encoding;
  }

  get from(): number {
    return this.segments[0]?.from ?? 0;
  }
  get to(): number {
    return this.segments.at(-1)?.to ?? 0;
  }

  /** The row that holds a byte, and what follows it. */
  async openAt(offset: number, total: number, signal?: AbortSignal): Promise<readonly Segment[]> {
    const at = Math.min(Math.max(0, offset), Math.max(0, total - 1));
    const start = Math.max(0, at - MAX_ROW) & ~1;
    const bytes = await this.source.read(start, Math.min(total, at + SEGMENT_BYTES), signal);
    const begin = start === 0 && at === 0 ? { at: 0, first: true } : rowStart(bytes, at - start, this.encoding);
    // With nothing before it, the first byte begins a line.
    if (start === 0 && !begin.first) Object.assign(begin, { at: 0, first: true });
    const from = start + begin.at;
    const segment = this.cut(bytes.subarray(begin.at), from, total, begin.first, SEGMENT_ROWS);
    return (this.segments = [{ ...segment, line: from === 0 ? 1 : null }]);
  }

  async openEnd(total: number, signal?: AbortSignal): Promise<readonly Segment[]> {
    const segment = await this.before(total, signal);
    return (this.segments = segment === null ? [] : [segment]);
  }

  /** One more segment behind the last. */
  async forward(total: number, signal?: AbortSignal): Promise<readonly Segment[]> {
    const last = this.segments.at(-1);
    if (last === undefined || last.to >= total) return this.segments;
    const bytes = await this.source.read(last.to, Math.min(total, last.to + SEGMENT_BYTES), signal);
    if (bytes.length === 0 || this.segments.at(-1) !== last) return this.segments;
    const begins = last.rows.at(-1)?.ended ?? true;
    const next = {
      ...this.cut(bytes, last.to, total, begins, SEGMENT_ROWS),
      line: last.line === null ? null : last.line + linesEnded(last.rows),
      sgr: sgrAfter(last.sgr, last.bytes, this.encoding),
    };
    return (this.segments = bounded([...this.segments, next], 'front'));
  }

  /** One more segment before the first. */
  async backward(signal?: AbortSignal): Promise<readonly Segment[]> {
    const first = this.segments[0];
    if (first === undefined || first.from === 0) return this.segments;
    const segment = await this.before(first.from, signal);
    if (segment === null || this.segments[0] !== first) return this.segments;
    if (segment.line === null && first.line !== null) segment.line = first.line - linesEnded(segment.rows);
    return (this.segments = bounded([segment, ...this.segments], 'back'));
  }

  /** Takes in what was written since, while the end is on the page. */
  async follow(total: number, signal?: AbortSignal): Promise<readonly Segment[]> {
    const last = this.segments.at(-1);
    if (last === undefined || total - last.from > MOST_BYTES) return this.openEnd(total, signal);
    if (last.to >= total) return this.segments;
    // The last row may have been cut by the end of that time: the last segment is cut anew.
    const bytes = await this.source.read(last.from, Math.min(total, last.from + SEGMENT_BYTES), signal);
    const begins = last.rows[0]?.first ?? true;
    const again = { ...this.cut(bytes, last.from, total, begins, SEGMENT_ROWS), line: last.line, sgr: last.sgr };
    this.segments = [...this.segments.slice(0, -1), again];
    while (this.to < total) {
      const before = this.to;
      await this.forward(total, signal);
      if (this.to === before) break;
    }
    return this.segments;
  }

  /** Numbers the lines, now that somebody counted those before the first row. */
  number(firstLine: number): readonly Segment[] {
    let line = firstLine;
    return (this.segments = this.segments.map((segment) => {
      const numbered = { ...segment, line };
      line += linesEnded(segment.rows);
      return numbered;
    }));
  }

  private cut(bytes: Uint8Array, from: number, total: number, first: boolean, most: number): Segment {
    const complete = from + bytes.length >= total;
    const rows = cutRows(bytes, from, this.encoding, { first, complete, most });
    const to = rows.at(-1)?.to ?? from;
    return { from, to, bytes: bytes.subarray(0, to - from), rows, line: null, sgr: '' };
  }

  private async before(end: number, signal?: AbortSignal): Promise<Segment | null> {
    const start = Math.max(0, end - SEGMENT_BYTES) & ~1;
    const bytes = await this.source.read(start, end, signal);
    if (bytes.length === 0) return null;
    // The bytes before the first line's end belong to a row that begins further up, unless that is too far away to be one.
    const newline = start === 0 ? { at: 0, first: true } : lineAfter(bytes, this.encoding);
    const rows = cutRows(bytes.subarray(newline.at), start + newline.at, this.encoding, {
      first: newline.first,
      complete: true,
    }).slice(-SEGMENT_ROWS);
    const from = rows[0]?.from ?? end;
    const line = from === 0 ? 1 : null;
    return { from, to: start + bytes.length, bytes: bytes.subarray(from - start), rows, line, sgr: '' };
  }
}

const lineAfter = (bytes: Uint8Array, encoding: Encoding): { at: number; first: boolean } => {
  const [row] = cutRows(bytes, 0, encoding, { most: 1 });
  if (row?.ended) return { at: row.to, first: true };
  return { at: rowStart(bytes, Math.min(bytes.length - 1, 4), encoding).at, first: false };
};

const linesEnded = (rows: readonly Row[]): number => rows.reduce((n, row) => n + (row.ended ? 1 : 0), 0);

/** Lets go of segments at one end until the rest is within bounds. */
function bounded(segments: Segment[], end: 'front' | 'back'): Segment[] {
  const rows = () => segments.reduce((n, segment) => n + segment.rows.length, 0);
  const bytes = () => segments.reduce((n, segment) => n + segment.bytes.length, 0);
  while (segments.length > 1 && (segments.length > MOST_SEGMENTS || rows() > MOST_ROWS || bytes() > MOST_BYTES))
    segments = end === 'front' ? segments.slice(1) : segments.slice(0, -1);
  return segments;
}
