import type { Found, Named } from '../found.ts';
import type { MarkKind } from '../mark-kind.ts';

/** Finds things of one sort in a clean text. */
export type Rule = (text: string) => Iterable<Found>;

interface Shape {
  /** Global, with indices (`gd`); the group `v`, or `w` or `x`, is the value, the whole match where there is none. */
  pattern: RegExp;
  /** Says of a value that it must stay. `before` is what stands before it on its line, up to 60 characters. */
  stays?: (value: string, before: () => string) => boolean;
  /** What else a value says. */
  also?: (value: string) => Named[];
}

/** A rule that is a regular expression. */
export function shape(kind: MarkKind, { pattern, stays, also }: Shape): Rule {
  return function* (text) {
    for (const match of text.matchAll(pattern)) {
      const groups = match.indices?.groups;
      const [start, end] = groups?.v ?? groups?.w ?? groups?.x ?? [match.index, match.index + match[0].length];
      const value = text.slice(start, end);
      if (stays?.(value, () => lineBefore(text, start)) === true) continue;
      yield { kind, value, start, end, also: also?.(value) };
    }
  };
}

export function lineBefore(text: string, at: number): string {
  const near = text.slice(Math.max(0, at - 60), at);
  return near.slice(near.lastIndexOf('\n') + 1);
}
