import type { Found, Named } from '../found.ts';
import type { MarkKind } from '../mark-kind.ts';

/** Finds things of one sort in a clean text. */
export type Rule = (text: string) => Iterable<Found>;

interface Shape {
  /** Global, with indices (`gd`); the group `v` is the value, the whole match where there is none. */
  pattern: RegExp;
  /** Says no to a value that must stay. `before` is what stands before it on its line. */
  keep?: (value: string, before: () => string) => boolean;
  /** What else a value says. */
  also?: (value: string) => Named[];
}

/** A rule that is a regular expression. */
export function shape(kind: MarkKind, { pattern, keep, also }: Shape): Rule {
  return function* (text) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.groups?.v ?? [match.index, match.index + match[0].length];
      const value = text.slice(start, end);
      if (value === '' || keep?.(value, () => lineBefore(text, start)) === true) continue;
      yield { kind, value, start, end, also: also?.(value) };
    }
  };
}

/** The value of a field that has a name: `Host Name . . . : X`, `ComputerName=X`, `"hostname": "X"`. */
export const field = (kind: MarkKind, names: string, value: string, more: Omit<Shape, 'pattern'> = {}): Rule =>
  shape(kind, {
    ...more,
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}_])(?:${names})"?[ \\t]{0,40}(?:\\. ?){0,40}[ \\t]{0,20}[:=][ \\t]{0,40}"?(?<v>${value})`,
      'gidu',
    ),
  });

/** As much of the line before a place as a rule has to look at. */
function lineBefore(text: string, at: number): string {
  const near = text.slice(Math.max(0, at - 40), at);
  return near.slice(near.lastIndexOf('\n') + 1);
}
