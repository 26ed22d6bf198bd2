import type { IncomingHttpHeaders } from 'node:http';

/** Bytes [from, to). */
export interface ByteRange {
  from: number;
  to: number;
}

/**
 * What a request's Range header asks of `total` bytes (RFC 9110, section 14). Null: the whole. Several ranges, other units, and what
 * cannot be read are answered with the whole, as the RFC allows; so is a range of something that If-Range no longer finds the same.
 */
export function byteRange(
  headers: Pick<IncomingHttpHeaders, 'range'> & { 'if-range'?: string | string[] | undefined },
  total: number,
  etag: string | undefined,
): ByteRange | 'unsatisfiable' | null {
  const asked = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(headers.range ?? '');
  if (asked === null) return null;
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return null;
  const [, first = '', last = ''] = asked;
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), total);
    return length === 0 ? 'unsatisfiable' : { from: total - length, to: total };
  }
  if (last !== '' && Number(last) < Number(first)) return null;
  if (Number(first) >= total) return 'unsatisfiable';
  return { from: Number(first), to: last === '' ? total : Math.min(Number(last) + 1, total) };
}
