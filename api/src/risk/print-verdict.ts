import type { Risk } from '@throughline/domain/command';
import type { Assessment, Reason } from '@throughline/domain/risk/verdict';

const NAMES: Readonly<Record<Risk, string>> = {
  read_only: 'Read-only',
  change: 'Change',
  destructive: 'Destructive',
};
const COLOURS: Readonly<Record<Risk, string>> = { read_only: '32', change: '33', destructive: '31' };

/** The verdict for a person: its class, then every reason with the part of the script it is about underlined. */
export function printVerdict(script: string, { risk, why, reasons }: Assessment, colour: boolean): string {
  const paint = (of: Risk, text: string): string => (colour ? `\x1b[${COLOURS[of]}m${text}\x1b[0m` : text);
  const head = `${paint(risk, NAMES[risk])}: ${why}`;
  if (risk === 'read_only') return `${head}\n`;
  const parts = reasons.map((reason) => {
    const { line, mark, row } = place(script, reason);
    return `${row}:${mark.length - mark.trimStart().length + 1}  ${reason.words}\n  ${line}\n  ${paint(reason.risk, mark)}`;
  });
  return `${[head, ...parts].join('\n\n')}\n`;
}

/** The line a reason begins on, and a line of `^` under its part. What the terminal would obey is shown as a dot. */
function place(script: string, { start, end }: Reason): { row: number; line: string; mark: string } {
  const from = script.lastIndexOf('\n', start - 1) + 1;
  const newline = script.indexOf('\n', start);
  const to = newline === -1 ? script.length : newline;
  const line = script.slice(from, to).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·');
  const mark = `${' '.repeat(start - from)}${'^'.repeat(Math.max(1, Math.min(end, to) - start))}`;
  return { row: script.slice(0, start).split('\n').length, line, mark };
}
