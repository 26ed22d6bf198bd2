import { computed, type Ref, ref } from 'vue';
import type { SessionRowFragment } from '../../graphql/generated/operations.ts';
import type { BoardGroup, BoardRow } from './use-board.ts';

/** An endpoint with two open sessions has two rows: the session tells them apart. */
export const rowKey = (row: BoardRow): string => row.session?.id ?? row.endpoint.id;

/** Which row the keys act on, which rows are selected, and which groups are folded. */
export function useSelection(groups: Ref<BoardGroup[]>) {
  const cursor = ref<string | null>(null);
  const chosen = ref(new Set<string>());
  const folded = ref(new Set<string>());

  const rows = computed(() => groups.value.filter((g) => !folded.value.has(g.client.id)).flatMap((g) => g.rows));
  const cursorRow = computed(() => rows.value.find((r) => rowKey(r) === cursor.value) ?? null);
  const selectedRows = computed(() => groups.value.flatMap((g) => g.rows).filter((r) => chosen.value.has(rowKey(r))));
  const selected = computed(() => selectedRows.value.flatMap((r) => r.session ?? []));
  /** What a key or a button acts on: the selection, or else the row under the cursor. */
  const targetRows = computed<BoardRow[]>(() => {
    if (selectedRows.value.length > 0) return selectedRows.value;
    return cursorRow.value ? [cursorRow.value] : [];
  });
  const targets = computed<SessionRowFragment[]>(() => targetRows.value.flatMap((r) => r.session ?? []));
  /** Every row in sight that has a session: what "select all" takes. */
  const withSession = computed(() => rows.value.filter((r) => r.session).map(rowKey));
  const allSelected = computed(
    () => withSession.value.length > 0 && withSession.value.every((key) => chosen.value.has(key)),
  );
  function toggleAll(): void {
    chosen.value = allSelected.value ? new Set() : new Set([...chosen.value, ...withSession.value]);
  }

  function move(step: 1 | -1, withSessionOnly = false): void {
    const all = rows.value;
    let at = all.findIndex((r) => rowKey(r) === cursor.value);
    at = at === -1 ? 0 : at + step;
    while (withSessionOnly && all[at]?.session === null) at += step;
    const next = all[withSessionOnly ? at : Math.min(all.length - 1, Math.max(0, at))];
    if (next) cursor.value = rowKey(next);
  }
  function toggle(key: string, on?: boolean): void {
    const next = new Set(chosen.value);
    if (on ?? !next.has(key)) next.add(key);
    else next.delete(key);
    chosen.value = next;
  }
  function fold(clientId: string): void {
    const next = new Set(folded.value);
    if (!next.delete(clientId)) next.add(clientId);
    folded.value = next;
  }
  return {
    cursor,
    cursorRow,
    chosen,
    folded,
    selected,
    selectedRows,
    targets,
    targetRows,
    withSession,
    allSelected,
    toggleAll,
    move,
    toggle,
    fold,
    point: (endpointId: string) => (cursor.value = endpointId),
    clear: () => (chosen.value = new Set()),
  };
}
export type Selection = ReturnType<typeof useSelection>;
