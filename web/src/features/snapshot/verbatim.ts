import type { Text } from './document.ts';

/** What stands before a quoted question in the copy's words (domain/src/snapshot-document.ts). */
const LEAD = 'They read:\n';

/** A text, and what of it quotes word for word what somebody was asked; with every piece in its order. */
export function splitVerbatim(text: Text): Text[] {
  const n = text.findIndex((piece) => typeof piece === 'string' && piece.includes(LEAD));
  const piece = text[n];
  if (typeof piece !== 'string') return [text];
  const at = piece.indexOf(LEAD) + LEAD.length;
  const quoted = [piece.slice(at), ...text.slice(n + 1)].filter((each) => each !== '');
  return [[...text.slice(0, n), piece.slice(0, at - 1)], quoted];
}
