import type { TranscriptEntry } from './entry.ts';
import type { PlainEntry } from './snapshot.ts';

/** Puts messages that were written under a command behind it, as the session's page does, however much later they came. */
export function threaded(lines: readonly PlainEntry[], entries: readonly TranscriptEntry[]): PlainEntry[] {
  const roots = commandsUnder(entries);
  const under = new Map<string, PlainEntry[]>();
  const stay: PlainEntry[] = [];
  for (const line of lines) {
    const root = line.command === undefined ? roots.replies.get(line.seq) : undefined;
    if (root === undefined) stay.push(line);
    else under.set(root, [...(under.get(root) ?? []), { ...line, label: 'Reply', reply: true }]);
  }
  return stay.flatMap((line) => {
    const command = line.command === undefined ? undefined : roots.commands.get(line.seq);
    return [line, ...((command !== undefined && under.get(command)) || [])];
  });
}

/** By number: the command of each of its entries, and of each message in its thread. */
function commandsUnder(entries: readonly TranscriptEntry[]) {
  const commands = new Map<number, string>();
  const replies = new Map<number, string>();
  const proposed = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'command_proposed') proposed.add(entry.payload.commandId);
    if ('commandId' in entry.payload && entry.payload.commandId !== null && proposed.has(entry.payload.commandId))
      commands.set(entry.seq, entry.payload.commandId);
    if (entry.kind !== 'message' || entry.payload.onEntry === null) continue;
    const root = commands.get(entry.payload.onEntry) ?? replies.get(entry.payload.onEntry);
    if (root !== undefined) replies.set(entry.seq, root);
  }
  return { commands, replies };
}
