import type { ComputedRef, InjectionKey } from 'vue';
import type { EntryFieldsFragment } from '../../graphql/generated/operations.ts';

/** Messages that people wrote to an entry, and where a new one goes. */
export interface EntryNotes {
  bySeq: ComputedRef<ReadonlyMap<number, readonly EntryFieldsFragment[]>>;
  add(entry: EntryFieldsFragment): void;
}
/** Given by the session's page to whatever shows an entry. */
export const entryNotesKey: InjectionKey<EntryNotes> = Symbol('entry notes');

export function notesBySeq(entries: readonly EntryFieldsFragment[]): Map<number, EntryFieldsFragment[]> {
  const notes = new Map<number, EntryFieldsFragment[]>();
  for (const entry of entries) {
    if (entry.kind !== 'message') continue;
    const { onEntry } = entry.payload as { onEntry: number | null };
    if (onEntry !== null) notes.set(onEntry, [...(notes.get(onEntry) ?? []), entry]);
  }
  return notes;
}
