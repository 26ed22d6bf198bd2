import type { OutputStream } from '../../graphql/generated/operations.ts';

/** A stretch of an excerpt; marked ones matched. */
export interface ExcerptPart {
  text: string;
  marked: boolean;
}

/** Splits an excerpt at the server's marks (U+E000 to U+E001). Both are private-use characters that no output uses for meaning. */
export const excerptParts = (excerpt: string): ExcerptPart[] =>
  excerpt
    .split(/(\u{e000}[^\u{e001}]*\u{e001}?)/u)
    .filter(Boolean)
    .map((text) => ({ text: text.replace(/[\u{e000}\u{e001}]/gu, ''), marked: text.startsWith('\u{e000}') }));

interface HitPlace {
  entrySeq: number | null;
  stream: OutputStream | null;
  offset: number | null;
  excerpt: string;
  command: { id: string } | null;
  session: { number: number };
}

/** Where a hit is: the session, the entry, and for output the byte offset and the word as it stands there. */
export function hitLink(hit: HitPlace, query: string) {
  const path = `/s/${hit.session.number}`;
  const hash = hit.entrySeq === null ? '' : `#e${hit.entrySeq}`;
  if (!hit.command || !hit.stream) return { path, hash };
  const word = excerptParts(hit.excerpt).find((p) => p.marked)?.text ?? query;
  return { path, query: { cmd: hit.command.id, stream: hit.stream, offset: String(hit.offset ?? 0), q: word } };
}

/** The kind of a hit as people say it. */
export const kindWords = (kind: string, stream: OutputStream | null): string => stream ?? kind.replaceAll('_', ' ');
