import { useEventListener } from '@vueuse/core';
import { shallowRef } from 'vue';
import type { SessionRowFragment } from '../../graphql/generated/operations.ts';
import type { BoardRow } from './use-board.ts';
import { type Selection, rowKey } from './use-selection.ts';

const KIND = 'application/x-throughline-sessions';

/** Rows that are on their way to a person by the pointer: the dragged one, or all that are selected where it is one of them. */
export function useDragToPerson(selection: Selection) {
  const dragged = shallowRef<SessionRowFragment[]>([]);
  function begin(event: DragEvent, row: BoardRow): void {
    const rows = selection.chosen.value.has(rowKey(row)) ? selection.selectedRows.value : [row];
    const sessions = rows.flatMap(({ session }) => (session?.can.assign ? session : []));
    if (sessions.length === 0 || event.dataTransfer === null) return;
    // In the place of what a link in the row would bring with it.
    event.dataTransfer.clearData();
    event.dataTransfer.setData(KIND, sessions.map(({ number }) => number).join());
    event.dataTransfer.effectAllowed = 'move';
    // Chrome ends a drag whose own start changes the page.
    setTimeout(() => (dragged.value = sessions));
  }
  // The row may be gone by then, so it is not the row that is listened to.
  for (const end of ['dragend', 'drop'] as const)
    useEventListener(globalThis.window, end, () => setTimeout(() => (dragged.value = [])));
  return { dragged, begin };
}
