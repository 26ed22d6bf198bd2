import { commandBlocks } from '@throughline/domain/command-block';
import type { EntryKind, EntryPayload } from '@throughline/domain/entry';
import type { CommandFieldsFragment, EntryFieldsFragment } from '../../graphql/generated/operations.ts';

/** An entry whose payload is known by its kind. The server has parsed it; kinds newer than this page stay `unknown`. */
export type KnownEntry = {
  [K in EntryKind]: Omit<EntryFieldsFragment, 'kind' | 'payload'> & { kind: K; payload: EntryPayload<K> };
}[EntryKind];

/** What the line shows: most entries stand alone; all entries of one command stand together, at its proposal. */
export type TimelineItem =
  | { type: 'entry'; seq: number; seqs: number[]; entry: EntryFieldsFragment }
  | {
      type: 'ask';
      seq: number;
      seqs: number[];
      entry: EntryFieldsFragment;
      shownAt: string | null;
      nudges: EntryFieldsFragment[];
      open: boolean;
    }
  | {
      type: 'command';
      seq: number;
      seqs: number[];
      entries: EntryFieldsFragment[];
      command: CommandFieldsFragment | null;
      /** What people wrote under it, however much later. */
      thread: EntryFieldsFragment[];
    }
  /** Where in the course of things somebody wrote in a thread further up: its words stand there. */
  | { type: 'reply'; seq: number; seqs: number[]; entry: EntryFieldsFragment; under: number };

const ids = (entry: EntryFieldsFragment) => entry.payload as { approvalId?: string };

/** What answers nothing: the person is waited for still. */
const WAITS_ON = new Set(['unattended_refused', 'person_contacted', 'approval_link_sent', 'approval_ignored']);

/** Groups entries (in order of `seq`) into the items of the line. */
export function timelineOf(
  entries: readonly EntryFieldsFragment[],
  commands: readonly CommandFieldsFragment[],
): TimelineItem[] {
  const bySeq = new Map(commands.map((c) => [c.entrySeq, c]));
  const { parts, replies } = commandBlocks(entries);
  const items: TimelineItem[] = [];
  const blocks = new Map<number, TimelineItem & { type: 'command' }>();
  const asks = new Map<string, TimelineItem & { type: 'ask' }>();

  for (const entry of entries) {
    const { seq } = entry;
    const { approvalId } = ids(entry);
    const part = parts.get(seq);
    if (part === seq) {
      const command = bySeq.get(seq) ?? null;
      const item = { type: 'command' as const, seq, seqs: [seq], entries: [entry], command, thread: [] };
      blocks.set(seq, item);
      items.push(item);
      continue;
    }
    const thread = blocks.get(replies.get(seq) ?? 0);
    if (thread) {
      if (items.at(-1) !== thread) items.push({ type: 'reply', seq, seqs: [], entry, under: thread.seq });
      thread.seqs.push(seq);
      thread.thread.push(entry);
      continue;
    }
    const block = part === undefined ? undefined : blocks.get(part);
    if (block) {
      block.seqs.push(seq);
      block.entries.push(entry);
      continue;
    }
    if (entry.kind === 'approval_requested' && approvalId) {
      const ask = { type: 'ask' as const, seq, seqs: [seq], entry, shownAt: null, nudges: [], open: true };
      asks.set(approvalId, ask);
      items.push(ask);
      continue;
    }
    const ask = approvalId ? asks.get(approvalId) : undefined;
    if (ask && (entry.kind === 'approval_shown' || entry.kind === 'approval_nudged')) {
      ask.seqs.push(seq);
      if (entry.kind === 'approval_shown') ask.shownAt = entry.at;
      else ask.nudges.push(entry);
    } else {
      // An answer ends the waiting, and is a line of its own: consent is the loudest thing on the page.
      if (ask && !WAITS_ON.has(entry.kind)) ask.open = false;
      items.push({ type: 'entry', seq, seqs: [seq], entry });
    }
  }
  return items;
}

/** The item that holds an entry. */
export const itemOfSeq = (items: readonly TimelineItem[], seq: number): TimelineItem | null =>
  items.find((item) => item.seqs.includes(seq)) ?? null;
