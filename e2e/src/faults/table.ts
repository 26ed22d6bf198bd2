import { type Row, wordFor } from './row.ts';

const HEAD = ['test', 'N', 'bytes lost', 'bytes twice', 'ran twice', 'other figures', '', 's'];

/** The table for people. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    String(row.n),
    String(row.bytesLost),
    String(row.bytesDuplicated),
    String(row.ranTwice),
    figuresOf(row),
    wordFor(row, 'pass'),
    row.seconds.toFixed(1),
  ]);
  const all = [HEAD, ...cells];
  const widths = HEAD.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const isNumber = (column: number) => [1, 2, 3, 4, 7].includes(column);
  return all
    .map((line) =>
      line
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One line of JSON for programs. */
export const lineOf = (row: Row, facts: Record<string, unknown>): string =>
  JSON.stringify({ ...facts, ...row, passed: row.failures.length === 0 && row.skipped === null });

const figuresOf = (row: Row): string =>
  row.skipped ??
  Object.entries(row.figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** The middle and the largest of some milliseconds, as figures. */
export function spread(name: string, values: readonly number[]): Record<string, string> {
  if (values.length === 0) return {};
  const sorted = [...values].sort((a, b) => a - b);
  const p50 = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return { [name]: `p50 ${Math.round(p50)} max ${Math.round(sorted.at(-1) ?? 0)} ms` };
}
