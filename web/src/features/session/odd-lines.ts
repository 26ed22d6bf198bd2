import { type Mark, suspiciousCharacters } from '@throughline/domain/suspicious-characters';
import { ODDITY_WORDS } from '../../ui/oddity-words.ts';

/** A part of a command around what hides in it, with the number of its line. */
export interface OddLine {
  number: number;
  text: string;
}

/** What hides in a command being written: one sentence, and the lines where it stands. */
export interface Oddities {
  words: string;
  lines: OddLine[];
  /** Lines that are not among them. */
  more: number;
}

const MOST_LINES = 4;
const MOST_POINTS = 3;
/** Text shown on either side of what is marked, in UTF-16 units. */
const AROUND = 50;

/** Null where every character is what it looks like. */
export function odditiesIn(script: string): Oddities | null {
  const marks = suspiciousCharacters(script);
  if (marks.length === 0) return null;
  const lines: OddLine[] = [];
  let more = 0;
  let [number, start] = [1, 0];
  for (const line of script.split('\n')) {
    const end = start + line.length;
    const here = marks.filter((mark) => mark.start >= start && mark.start < end);
    if (here.length > 0 && lines.length < MOST_LINES) lines.push({ number, text: around(line, start, here) });
    else if (here.length > 0) more += 1;
    number += 1;
    start = end + 1;
  }
  return { words: sentence(marks), lines, more };
}

function around(line: string, lineStart: number, marks: readonly Mark[]): string {
  const first = marks[0]!.start - lineStart;
  const from = Math.max(0, first - AROUND);
  const to = Math.min(
    line.length,
    Math.max(first + AROUND, Math.min(marks.at(-1)!.end - lineStart, first + 4 * AROUND)) + AROUND,
  );
  return `${from > 0 ? '…' : ''}${line.slice(from, to)}${to < line.length ? '…' : ''}`;
}

function sentence(marks: readonly Mark[]): string {
  const kinds = new Map(marks.map(({ codePoint, oddity }) => [codePoint, ODDITY_WORDS[oddity]]));
  const named = [...kinds].slice(0, MOST_POINTS).map(([point, words]) => `${point} ${words}`);
  const rest = kinds.size > MOST_POINTS ? `, and ${kinds.size - MOST_POINTS} more` : '';
  const [count, is] = marks.length === 1 ? ['1 character is', 'It is'] : [`${marks.length} characters are`, 'They are'];
  return `${count} not what you see: ${named.join(', ')}${rest}. ${is} marked below, and wherever the command is shown.`;
}
