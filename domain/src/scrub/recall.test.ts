import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scrub } from './scrub.ts';

interface Row {
  id: string;
  text: string;
  negative?: boolean;
  held?: boolean;
  entities: { label: string; value: string }[] | null;
}

const rowsOf = (file: string): Row[] =>
  readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

/** What is left of a text where marks stand: no value can reach over one. */
const leftOf = (text: string): string =>
  scrub([text], [], [])
    .texts[0]!.map((piece) => (typeof piece === 'string' ? piece : '\n\ue000\n'))
    .join('');

/** A value is gone when it stands nowhere as words of its own. */
function isGone(value: string, left: string): boolean {
  const source = value.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return !new RegExp(`(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`, 'u').test(left);
}

/** Labelled values of some rows, and which of them are still there. */
function recallOf(rows: readonly Row[]): { all: number; missed: string[] } {
  const values = rows.flatMap((row) => {
    const left = leftOf(row.text);
    return (row.entities ?? []).map(({ label, value }) => ({
      gone: isGone(value, left),
      name: `${row.id} ${label} ${value}`,
    }));
  });
  return { all: values.length, missed: values.filter(({ gone }) => !gone).map(({ name }) => name) };
}

const changed = (rows: readonly Row[]): string[] =>
  rows.filter(({ negative, text }) => negative === true && leftOf(text) !== text).map(({ id }) => id);

describe('what the rules find, without knowing any name', { timeout: 60_000 }, () => {
  const outputs = rowsOf('outputs.jsonl');
  const labelled = rowsOf('labelled.jsonl');
  const windows = rowsOf('windows.jsonl');

  it('F110 hides every Windows and MSP shape and leaves what must survive', () => {
    expect(recallOf(windows)).toEqual({ all: 53, missed: [] });
    // Eight groups of six digits after `Password:` are hidden though no recovery password has them: the row says that it may.
    expect(changed(windows)).toEqual(['win-040']);
  });

  it.each([
    ['the rules were tuned on', false],
    ['was held out', true],
  ])('F110 hides at least 95 of 100 labelled values in the command output that %s', (_, held) => {
    const { all, missed } = recallOf(outputs.filter((row) => row.held === held));
    expect(all).toBeGreaterThan(250);
    expect(missed.length / all, missed.join('\n')).toBeLessThanOrEqual(0.05);
  });

  it('F110 hides most labelled values of other libraries’ tests, and all but one of what they say must stay', () => {
    const { all, missed } = recallOf(labelled);
    expect(all).toBeGreaterThan(150);
    expect(missed.length / all, missed.join('\n')).toBeLessThanOrEqual(0.1);
    // Digits of a wrong IBAN that could be those of a card.
    expect(changed(labelled)).toEqual(['pii-0179']);
  });
});
