import { commandBlocks } from './command-block.ts';
import type { TranscriptEntry } from './entry.ts';
import type { PlainEntry } from './snapshot.ts';

/** Puts messages that were written under a command behind it, as the session's page does, however much later they came. */
export function threaded(lines: readonly PlainEntry[], entries: readonly TranscriptEntry[]): PlainEntry[] {
  const { parts, replies } = commandBlocks(entries);
  const under = new Map<number, PlainEntry[]>();
  const stay: PlainEntry[] = [];
  for (const line of lines) {
    const root = line.command === undefined ? replies.get(line.seq) : undefined;
    if (root === undefined) stay.push(line);
    else under.set(root, [...(under.get(root) ?? []), { ...line, label: 'Reply', reply: true }]);
  }
  // A command is told where it began, which need not be where it was proposed.
  return stay.flatMap((line) => {
    const root = line.command === undefined ? undefined : parts.get(line.seq);
    return [line, ...((root !== undefined && under.get(root)) || [])];
  });
}
