import { type Hidden, type KnownName, type ScrubEdit, scrub } from './scrub/scrub.ts';
import type { PlainDocument, SnapshotDocument, SnapshotText } from './snapshot.ts';

export interface ScrubbedDocument {
  document: SnapshotDocument;
  hidden: Hidden[];
  /** In how many places something is hidden. */
  places: number;
}

/** The copy as an outsider may see it: all of its texts scrubbed at once, so that the same thing has the same mark everywhere. */
export function scrubbedDocument(
  plain: PlainDocument,
  known: readonly KnownName[],
  edits: readonly ScrubEdit[],
): ScrubbedDocument {
  const scrubbed = scrub(textsOf(plain), known, edits);
  let next = 0;
  const document = withTexts(plain, () => {
    const pieces = scrubbed.texts[next++];
    // Fail closed: what the scrubber did not answer for is not shown.
    if (pieces === undefined) throw new RangeError('The scrubber left a text out');
    return pieces;
  });
  const { hidden } = scrubbed;
  return { document, hidden, places: hidden.reduce((sum, { places }) => sum + places, 0) };
}

/** Whether a value stands anywhere in the copy, under a mark or not: what does not, cannot be hidden. */
export const standsIn = (plain: PlainDocument, value: string): boolean =>
  scrub(textsOf(plain), [], [{ do: 'hide', value }], []).hidden.length > 0;

function textsOf(plain: PlainDocument): string[] {
  const texts: string[] = [];
  withTexts(plain, (text) => {
    texts.push(text);
    return [];
  });
  return texts;
}

/** The document with each of its texts turned into pieces, always in the same order. */
function withTexts(plain: PlainDocument, pieces: (text: string) => SnapshotText): SnapshotDocument {
  return {
    ...plain,
    title: pieces(plain.title),
    client: pieces(plain.client),
    host: pieces(plain.host),
    entries: plain.entries.map(({ command, ...entry }) => ({
      ...entry,
      words: pieces(entry.words),
      ...(command && {
        command: {
          ...command,
          script: pieces(command.script),
          context: pieces(command.context),
          stdout: pieces(command.stdout),
          stderr: pieces(command.stderr),
        },
      }),
    })),
  };
}
