import { CleanText, OPAQUE } from './clean-text.ts';
import { type ScrubEdit, standingEdits } from './edits.ts';
import { isAlsoWord, type KnownName, namesIn } from './known-names.ts';
import { occurrences } from './occurrences.ts';
import { RULES } from './rules.ts';
import type { Rule } from './rules/shape.ts';
import { type Found, keyOf, type Named, settle } from './found.ts';
import { MARK_KINDS, type MarkKind } from './mark-kind.ts';

export { MARK_KINDS, isAlsoWord, type KnownName, type MarkKind, type ScrubEdit };

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
export const SCRUB_RULES = 2;

/** Stands for the value of a text that is hidden whole because a rule failed on it. */
export const WHOLE_TEXT = '(a whole text that could not be searched)';

/**
 * Puts marks in place of what identifies a client, a person or a computer, and of secrets. The same value, whatever its case, has the same
 * mark in all texts. What was found in one text is looked for in all. A text on which a rule fails is hidden whole. `show` brings back what
 * a rule or a known name hides, but never a secret; `undo` takes an edit back.
 */
export function scrub(
  texts: readonly string[],
  known: readonly KnownName[],
  edits: readonly ScrubEdit[],
  rules: readonly Rule[] = RULES,
): Scrubbed {
  const last = standingEdits(edits);
  const shown = ({ kind, value }: Named): boolean => kind !== 'secret' && last.get(keyOf(value))?.do === 'show';
  const hide = [...last.values()].filter((edit) => edit.do === 'hide').map(({ value }) => value);

  const names = namesIn(known);
  const looks = texts.map((text) =>
    orNull(() => {
      const clean = new CleanText(text);
      return { clean, found: [names, ...rules].flatMap((rule) => [...rule(clean.text)]) };
    }),
  );

  const values = looks
    .flatMap((look) => look?.found ?? [])
    .filter((found) => !shown(found) && found.hereOnly === undefined)
    .flatMap(({ value, kind, also = [] }) => [{ value, kind }, ...also])
    .filter((named) => !shown(named) && !named.value.includes(OPAQUE));
  const again = occurrences(values, hide);
  const spans = looks.map((look) =>
    orNull(() => {
      const { clean, found } = look!;
      const candidates = [...found, ...again(clean.text)].filter((span) => !shown(span));
      // Spans that overlap became one, which may be a value that is to be shown: what was hidden by hand within it is not.
      return settle(clean.text, candidates).flatMap((span) =>
        shown(span)
          ? candidates.filter(({ kind, start, end }) => kind === 'redacted' && start >= span.start && end <= span.end)
          : span,
      );
    }),
  );

  const kinds = kindsOf([...known.filter(({ after }) => after === undefined), ...values]);
  const marks = new Marks();
  return {
    texts: looks.map((look, at) => {
      const settled = spans[at];
      if (look === null || settled == null) return [{ mark: marks.of('redacted', WHOLE_TEXT) }];
      return piecesOf(look.clean, settled, ({ kind, value }) => marks.of(kinds.get(keyOf(value)) ?? kind, value));
    }),
    hidden: marks.hidden,
  };
}

/** What cannot be searched is not shown: whatever is thrown ends as a text that is hidden whole. */
function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
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
