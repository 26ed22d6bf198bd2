import type { PromptLine } from '@throughline/domain/prompt/prompt-text';

/** A piece of a line: text, or a character that hides or misleads, shown by its code point. */
export interface Piece {
  text: string;
  odd: string | null;
}

/** The line in pieces, so that what cannot be seen is seen. */
export function linePieces({ text, marks = [] }: Pick<PromptLine, 'text' | 'marks'>): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, codePoint } of marks) {
    if (start > at) pieces.push({ text: text.slice(at, start), odd: null });
    pieces.push({ text: text.slice(start, end), odd: codePoint });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), odd: null });
  return pieces;
}
