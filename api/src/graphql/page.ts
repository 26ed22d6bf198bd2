import { DomainError } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';

export const MAX_PAGE = 100;

const USUAL_PAGE = 50;

/** What a page counts in a query's complexity: its rows, at least one. A size out of bounds is refused later, in words. */
export const pageCost = (first: unknown): number =>
  Math.min(Math.max(typeof first === 'number' ? first : USUAL_PAGE, 1), MAX_PAGE);

/** The page size asked for, 50 unless told, at most 100; 0 for the counts alone. */
export function pageSize(first: number | null | undefined): number {
  if (first == null) return USUAL_PAGE;
  if (first < 0 || first > MAX_PAGE) throw new DomainError('INVALID_INPUT', `first must be between 0 and ${MAX_PAGE}.`);
  return first;
}

/** A Relay connection out of one row more than the page holds. */
export function toConnection<Row>(
  rows: readonly Row[],
  size: number,
  hadAfter: boolean,
  cursorOf: (row: Row) => string,
) {
  const edges = rows.slice(0, size).map((node) => ({ node, cursor: encodeCursor(cursorOf(node)) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > size,
      hasPreviousPage: hadAfter,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

const encodeCursor = (text: string): string => Buffer.from(text).toString('base64url');
const decodeCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

export function numberCursor(after: string | null | undefined): number | null {
  if (after == null) return null;
  const value = Number(decodeCursor(after));
  if (!Number.isSafeInteger(value))
    throw new DomainError('INVALID_INPUT', 'This cursor is not one of ours. Start again without it.');
  return value;
}

/** A cursor of an instant and an id, where rows are in that order. */
export function placeCursor(after: string | null | undefined): { at: Date; id: string } | null {
  if (after == null) return null;
  const [at = '', id = ''] = decodeCursor(after).split(' ');
  const date = new Date(at);
  if (Number.isNaN(date.getTime()) || !isUuid(id))
    throw new DomainError('INVALID_INPUT', 'This cursor is not one of ours. Start again without it.');
  return { at: date, id };
}

export const textCursor = (after: string | null | undefined): string | null =>
  after == null ? null : decodeCursor(after);
