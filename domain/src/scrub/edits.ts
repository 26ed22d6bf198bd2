import { keyOf } from './found.ts';

/**
 * A reviewer's edit, by value: it holds wherever that value stands in the copy. The last `hide` or `show` of a value counts; `undo` takes
 * the latest of them back, so that the one before it counts again, or none.
 */
export interface ScrubEdit {
  do: 'hide' | 'show' | 'undo';
  value: string;
}

/** What counts for each value, by its key. */
export function standingEdits(edits: readonly ScrubEdit[]): Map<string, ScrubEdit> {
  const stacks = new Map<string, ScrubEdit[]>();
  for (const edit of edits) {
    const key = keyOf(edit.value);
    const stack = stacks.get(key) ?? [];
    if (edit.do === 'undo') stack.pop();
    else stack.push(edit);
    stacks.set(key, stack);
  }
  return new Map([...stacks].flatMap(([key, stack]) => (stack.length === 0 ? [] : [[key, stack.at(-1)!] as const])));
}
