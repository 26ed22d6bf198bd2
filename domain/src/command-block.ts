import type { EntryKind } from './entry.ts';

/** What of an entry says where it stands; a page may not know its kind yet. */
interface Placed {
  seq: number;
  kind: EntryKind | (string & {});
  payload: unknown;
}
interface Refs {
  commandId?: string | null;
  approvalId?: string;
  onEntry?: number | null;
}

/** An attempt to get round the person at the device stands by itself, for everybody to see, and what they take back. */
const ALONE: ReadonlySet<string> = new Set(['dispatch_refused', 'approval_scope_ended']);

/** Which entries stand together with a command, wherever a record is shown: by entry number, the number of its proposal. */
export interface CommandBlocks {
  /** What happened to the command, its approval among it. */
  parts: ReadonlyMap<number, number>;
  /** What people wrote under one of those, or under each other's words there, however much later. */
  replies: ReadonlyMap<number, number>;
}

/** Reads it out of entries in order of their numbers. An entry whose proposal is not among them stands by itself. */
export function commandBlocks(entries: readonly Placed[]): CommandBlocks {
  const parts = new Map<number, number>();
  const replies = new Map<number, number>();
  const ofCommand = new Map<string, number>();
  const ofApproval = new Map<string, number>();
  for (const { seq, kind, payload } of entries) {
    const { commandId, approvalId, onEntry } = payload as Refs;
    if (kind === 'command_proposed' && commandId) ofCommand.set(commandId, seq);
    if (kind === 'message') {
      const root = onEntry == null ? undefined : (parts.get(onEntry) ?? replies.get(onEntry));
      if (root !== undefined) replies.set(seq, root);
      continue;
    }
    const block =
      (commandId ? ofCommand.get(commandId) : undefined) ?? (approvalId ? ofApproval.get(approvalId) : undefined);
    if (block === undefined || ALONE.has(kind)) continue;
    if (kind === 'approval_requested' && approvalId) ofApproval.set(approvalId, block);
    parts.set(seq, block);
  }
  return { parts, replies };
}
