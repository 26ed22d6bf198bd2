import { keyOf } from '@throughline/domain/scrub/found';
import type { SnapshotWholeFragment } from '../../graphql/generated/operations.ts';

export type Edit = SnapshotWholeFragment['edits'][number];
export interface ListedEdit extends Edit {
  /** The last word on its value: what Undo takes back. */
  stands: boolean;
}

/**
 * A reviewer's edits in the order they were made. An edit holds by its value, so the last one on a value decides, and one that was taken
 * back leaves the word to the one before it.
 */
export function listEdits(edits: readonly Edit[]): ListedEdit[] {
  const made = new Map<string, Edit[]>();
  for (const edit of edits) {
    const key = keyOf(edit.value);
    const before = made.get(key) ?? [];
    made.set(key, edit.action === 'undo' ? before.slice(0, -1) : [...before, edit]);
  }
  return edits.map((edit) => ({ ...edit, stands: made.get(keyOf(edit.value))?.at(-1) === edit }));
}

/** Values that the rules would hide and a person shows all the same. */
export const shownAgain = (edits: readonly Edit[]): string[] =>
  listEdits(edits)
    .filter(({ stands, action }) => stands && action === 'show')
    .map(({ value }) => value);
