import { type BenchResult, type Measure, meets } from './result.ts';

/** A table for people, then the same as one line of JSON for programs. */
export function printResult(result: BenchResult, facts: Record<string, unknown>): void {
  const rows = result.measures.map((measure) => [
    measure.what,
    numberText(measure.value),
    measure.unit,
    goalText(measure),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([what = '', value = '', unit = '', goal = '']) =>
    `  ${what.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)} ${unit.padEnd(widths[2] ?? 0)}  ${goal}`.trimEnd(),
  );
  const notes = result.notes.map((note) => `  (${note})`);
  const measures = result.measures.map((measure) => ({ ...measure, met: meets(measure) }));
  console.log([`\n${result.name}`, ...lines, ...notes].join('\n'));
  console.log(JSON.stringify({ name: result.name, ...facts, measures, notes: result.notes }));
}

const numberText = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));

function goalText(measure: Measure): string {
  if (measure.goal === undefined) return '';
  return `goal ${measure.least === true ? '≥' : '≤'} ${measure.goal} ${meets(measure) === true ? 'met' : 'MISSED'}`;
}
