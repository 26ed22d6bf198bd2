import type { SnapshotDocument, Text } from './document.ts';

/** One spot of the copy where a mark stands for something: which mark, and its how manieth place this is, from 0. */
export interface Place {
  mark: string;
  nth: number;
}

/** Every text of a copy in the order in which it is read. The page renders them in this order too. */
export function textsOf(copy: SnapshotDocument): Text[] {
  return [
    ...[copy.title, copy.client, copy.host],
    ...copy.entries.flatMap(({ words, command }) =>
      command ? [words, command.context, command.script, command.stdout, command.stderr] : [words],
    ),
  ];
}

/** All places in that order, and which of them is the first of each text. */
export function placesOf(copy: SnapshotDocument): { places: Place[]; first: Map<Text, number> } {
  const places: Place[] = [];
  const first = new Map<Text, number>();
  const counts = new Map<string, number>();
  for (const text of textsOf(copy)) {
    first.set(text, places.length);
    for (const piece of text) {
      if (typeof piece === 'string') continue;
      const nth = counts.get(piece.mark) ?? 0;
      counts.set(piece.mark, nth + 1);
      places.push({ mark: piece.mark, nth });
    }
  }
  return { places, first };
}
