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

interface Ids {
  commandId?: string | null;
  approvalId?: string;
  kind?: string;
}
interface Message {
  onEntry: number | null;
}
const ids = (entry: EntryFieldsFragment): Ids => entry.payload as Ids;

/** What answers nothing: the person is waited for still. */
const WAITS_ON = new Set(['unattended_refused', 'person_contacted', 'approval_link_sent', 'approval_ignored']);

/** Groups entries (in order of `seq`) into the items of the line. */
export function timelineOf(
  entries: readonly EntryFieldsFragment[],
  commands: readonly CommandFieldsFragment[],
): TimelineItem[] {
  const bySeq = new Map(commands.map((c) => [c.entrySeq, c]));
  const items: TimelineItem[] = [];
  const ofCommand = new Map<string, TimelineItem & { type: 'command' }>();
  const ofApproval = new Map<string, TimelineItem>();
  const threadOf = new Map<number, TimelineItem & { type: 'command' }>();

  for (const entry of entries) {
    const { commandId, approvalId } = ids(entry);
    const seq = entry.seq;
    if (entry.kind === 'command_proposed' && commandId) {
      const command = bySeq.get(seq) ?? null;
      const item = { type: 'command' as const, seq, seqs: [seq], entries: [entry], command, thread: [] };
      threadOf.set(seq, item);
      ofCommand.set(commandId, item);
      items.push(item);
      continue;
    }
    const thread = entry.kind === 'message' ? threadOf.get((entry.payload as Message).onEntry ?? 0) : undefined;
    if (thread) {
      if (items.at(-1) !== thread) items.push({ type: 'reply', seq, seqs: [], entry, under: thread.seq });
      thread.seqs.push(seq);
      thread.thread.push(entry);
      threadOf.set(seq, thread);
      continue;
    }
    const group =
      (commandId ? ofCommand.get(commandId) : undefined) ?? (approvalId ? ofApproval.get(approvalId) : undefined);
    if (entry.kind === 'approval_requested' && approvalId) {
      if (group?.type === 'command') ofApproval.set(approvalId, group);
      else {
        const ask = { type: 'ask' as const, seq, seqs: [seq], entry, shownAt: null, nudges: [], open: true };
        ofApproval.set(approvalId, ask);
        items.push(ask);
        continue;
      }
    }
    // An attempt to get round the person at the device stands by itself, for everybody to see, and what they take back.
    const alone = entry.kind === 'dispatch_refused' || entry.kind === 'approval_scope_ended';
    if (group?.type === 'command' && !alone) {
      group.seqs.push(seq);
      group.entries.push(entry);
      threadOf.set(seq, group);
    } else if (group?.type === 'ask' && (entry.kind === 'approval_shown' || entry.kind === 'approval_nudged')) {
      group.seqs.push(seq);
      if (entry.kind === 'approval_shown') group.shownAt = entry.at;
      else group.nudges.push(entry);
    } else {
      // An answer ends the waiting, and is a line of its own: consent is the loudest thing on the page.
      if (group?.type === 'ask' && !WAITS_ON.has(entry.kind)) group.open = false;
      items.push({ type: 'entry', seq, seqs: [seq], entry });
    }
  }
  return items;
}

/** The item that holds an entry. */
export const itemOfSeq = (items: readonly TimelineItem[], seq: number): TimelineItem | null =>
  items.find((item) => item.seqs.includes(seq)) ?? null;
