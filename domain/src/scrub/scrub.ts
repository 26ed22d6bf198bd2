import { CleanText, OPAQUE } from './clean-text.ts';
import { type KnownName, namesIn } from './known-names.ts';
import { occurrences } from './occurrences.ts';
import { RULES } from './rules.ts';
import { type Found, keyOf, settle } from './found.ts';
import { MARK_KINDS, type MarkKind } from './mark-kind.ts';

export { MARK_KINDS, type KnownName, type MarkKind };

/** A reviewer's edit, by value: it holds wherever that value stands in the copy. The last edit of a value counts. */
export interface ScrubEdit {
  do: 'hide' | 'show';
  value: string;
}

/** A piece of a text: as it is, or a mark in place of something. `client-1` is shown as `[client-1]`. */
export type Piece = string | { mark: string };

export interface Hidden {
  /** `client-1`: numbered per kind in the order of first appearance. */
  mark: string;
  kind: MarkKind;
  /** As it stood where it came first; {@link WHOLE_TEXT} for a text that could not be searched. */
  value: string;
  /** In how many places the mark stands. */
  places: number;
}

export interface Scrubbed {
  /** One list of pieces for each text given, in their order. */
  texts: Piece[][];
  hidden: Hidden[];
}

/** Version of the rules; grows with each change of what they find. */
export const SCRUB_RULES = 1;

/** Stands for the value of a text that is hidden whole because a rule failed on it. */
export const WHOLE_TEXT = '(a whole text that could not be searched)';

/**
 * Puts marks in place of what identifies a client, a person or a computer, and of secrets. The same value, whatever its case, has the same
 * mark in all texts. A text on which a rule fails is hidden whole. What was found in one text is looked for in all. `show` brings back
 * what a rule or a known name hides, but never a secret.
 */
export function scrub(texts: readonly string[], known: readonly KnownName[], edits: readonly ScrubEdit[]): Scrubbed {
  const last = new Map(edits.map(({ do: action, value }) => [keyOf(value), { action, value }]));
  const shown = (found: { value: string; kind: MarkKind }): boolean =>
    found.kind !== 'secret' && last.get(keyOf(found.value))?.action === 'show';
  const hide = [...last.values()].filter(({ action }) => action === 'hide').map(({ value }) => value);

  const names = namesIn(known);
  const looks = texts.map((text) => {
    const clean = new CleanText(text);
    try {
      return { clean, found: [...names(clean.text), ...RULES.flatMap((rule) => [...rule(clean.text)])] };
    } catch {
      return { clean, found: null };
    }
  });

  const all = looks.flatMap(({ found }) => found ?? []).filter((found) => !shown(found));
  const values = all.flatMap(({ value, kind, also = [] }) => [{ value, kind }, ...also]).filter((of) => !shown(of));
  const again = occurrences(
    values.filter(({ value }) => !value.includes(OPAQUE)),
    hide,
  );
  const kinds = kindsOf([...known.map((name) => ({ ...name })), ...values]);

  const marks = new Marks();
  const scrubbed = looks.map(({ clean, found }): Piece[] => {
    if (found === null) return [{ mark: marks.of('redacted', WHOLE_TEXT) }];
    const spans = settle(
      clean.text,
      [...found, ...again(clean.text)].filter((of) => !shown(of)),
    );
    return piecesOf(
      clean,
      spans.filter((of) => !shown(of)),
      (of) => marks.of(kinds.get(keyOf(of.value)) ?? of.kind, of.value),
    );
  });
  return { texts: scrubbed, hidden: marks.hidden };
}

/** One kind for each value: a secret is one everywhere, else the first that said so counts, and known names come first. */
function kindsOf(values: readonly { value: string; kind: MarkKind }[]): Map<string, MarkKind> {
  const kinds = new Map<string, MarkKind>();
  for (const { value, kind } of values) {
    const key = keyOf(value);
    if (kind === 'secret' || !kinds.has(key)) kinds.set(key, kind);
  }
  return kinds;
}

function piecesOf(clean: CleanText, spans: readonly Found[], markOf: (span: Found) => string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const span of spans) {
    const start = clean.startInSource(span.start);
    if (start > at) pieces.push(clean.source.slice(at, start));
    pieces.push({ mark: markOf(span) });
    at = clean.endInSource(span.end);
  }
  if (at < clean.source.length) pieces.push(clean.source.slice(at));
  return pieces;
}

class Marks {
  readonly hidden: Hidden[] = [];
  private readonly byKey = new Map<string, Hidden>();
  private readonly counts = new Map<MarkKind, number>();

  of(kind: MarkKind, value: string): string {
    const key = keyOf(value);
    let hidden = this.byKey.get(key);
    if (hidden === undefined) {
      const number = (this.counts.get(kind) ?? 0) + 1;
      this.counts.set(kind, number);
      hidden = { mark: `${kind}-${number}`, kind, value, places: 0 };
      this.byKey.set(key, hidden);
      this.hidden.push(hidden);
    }
    hidden.places += 1;
    return hidden.mark;
  }
}
