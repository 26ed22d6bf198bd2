import type { ReportRowFieldsFragment } from '../../graphql/generated/operations.ts';

const HEAD = [
  ...['by', 'name', 'sessions', 'response met', 'response breached', 'response open', 'response median minutes'],
  ...['completion met', 'completion breached', 'completion open', 'completion median minutes'],
];
/** Quoted, and never a formula: a spreadsheet runs what begins like one. */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

/** The report as RFC 4180 lines. */
export function reportCsv(
  sections: { by: string; rows: readonly { name: string; row: ReportRowFieldsFragment }[] }[],
): string {
  const lines = sections.flatMap(({ by, rows }) =>
    rows.map(({ name, row }) => [
      ...[by, name, row.sessions],
      ...[row.response, row.resolution].flatMap((f) => [f.met, f.breached, f.open, f.medianMinutes]),
    ]),
  );
  return [HEAD, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}
