import type { PromptLine } from '@throughline/domain/prompt/prompt-text';

/** A piece of a line: text, or a character that hides or misleads, shown by its code point. */
export interface Piece {
  text: string;
  odd: string | null;
  /** A name, with the stop behind it, that is not broken at its hyphens. */
  whole?: true;
}

/** The line in pieces, so that what cannot be seen is seen. `whole`: a name to keep in one piece. */
export function linePieces({ text, marks = [] }: Pick<PromptLine, 'text' | 'marks'>, whole = ''): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, codePoint } of marks) {
    pieces.push(...plain(text.slice(at, start), whole));
    pieces.push({ text: text.slice(start, end), odd: codePoint });
    at = end;
  }
  pieces.push(...plain(text.slice(at), whole));
  return pieces;
}

function plain(text: string, whole: string): Piece[] {
  const start = whole === '' ? -1 : text.indexOf(whole);
  if (start === -1) return text === '' ? [] : [{ text, odd: null }];
  const stop = /^[.,;:]*/.exec(text.slice(start + whole.length))?.[0] ?? '';
  const end = start + whole.length + stop.length;
  return [
    ...plain(text.slice(0, start), ''),
    { text: text.slice(start, end), odd: null, whole: true },
    ...plain(text.slice(end), ''),
  ];
}
