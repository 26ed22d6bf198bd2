import type { SnapshotWholeFragment } from '../../graphql/generated/operations.ts';

export type Edit = SnapshotWholeFragment['edits'][number];
export interface ListedEdit extends Edit {
  /** The last word on its value: what Undo would turn. */
  stands: boolean;
}

/** A reviewer's edits in the order they were made. An edit holds by its value, so the last one on a value decides. */
export function listEdits(edits: readonly Edit[]): ListedEdit[] {
  const last = new Map(edits.map((edit) => [edit.value.toLowerCase(), edit]));
  return edits.map((edit) => ({ ...edit, stands: last.get(edit.value.toLowerCase()) === edit }));
}

/** Values that the rules would hide and a person shows all the same. */
export const shownAgain = (edits: readonly Edit[]): string[] =>
  listEdits(edits)
    .filter(({ stands, action }) => stands && action === 'show')
    .map(({ value }) => value);
