import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { BoardFilter } from '../../graphql/generated/operations.ts';

export const VIEWS = ['live', 'pending', 'completed', 'people'] as const;
export type BoardView = (typeof VIEWS)[number];
export const COLUMNS = [
  ['st', 'Status'],
  ['tech', 'Technician'],
  ['wait', 'Waiting on'],
  ['sla', 'Clocks'],
] as const;
export type Column = (typeof COLUMNS)[number][0];
const FIELDS = ['group', 'device', 'pending', 'technician', 'q', 'view', 'hide'] as const;
type Field = 'group' | 'device' | 'pending' | 'technician' | 'q' | 'view' | 'hide';

/** The board's filter. It lives in the address, so a reload or a shared link shows the same rows. */
export function useBoardFilter() {
  const route = useRoute();
  const router = useRouter();
  const text = (field: Field): string => {
    const value = route.query[field];
    return typeof value === 'string' ? value : '';
  };
  const set = (field: Field, value: string): void => {
    const query = { ...route.query };
    if (value) query[field] = value;
    else delete query[field];
    void router.replace({ query });
  };
  const field = (name: Field) => computed({ get: () => text(name), set: (value: string) => set(name, value) });

  const filter = computed<BoardFilter>((before) => {
    const now: BoardFilter = {
      ...(text('group') && { groupId: text('group') }),
      ...(text('device') && { online: text('device') === 'online' }),
      ...(text('pending') && { pendingOnly: true }),
      ...(text('technician') && { assigneeId: text('technician') }),
      ...(text('q') && { search: text('q') }),
    };
    // The address changes for other things too, and the board is read whole for a new filter.
    return before && JSON.stringify(before) === JSON.stringify(now) ? before : now;
  });
  const view = computed<BoardView>(() => VIEWS.find((v) => v === text('view')) ?? 'live');
  /** Columns that are left out, by the end of their class. */
  const hidden = computed(() => COLUMNS.map(([key]) => key).filter((key) => text('hide').split('.').includes(key)));
  const toggleColumn = (key: Column) =>
    set(
      'hide',
      (hidden.value.includes(key) ? hidden.value.filter((k) => k !== key) : [...hidden.value, key]).join('.'),
    );
  /** What a saved view keeps, in the spelling of the address. */
  const query = computed(() => {
    const kept = FIELDS.flatMap((name) => (text(name) ? [[name, text(name)] as [string, string]] : []));
    return new URLSearchParams(kept).toString();
  });
  const take = (kept: string) => void router.replace({ query: Object.fromEntries(new URLSearchParams(kept)) });
  const clear = () => void router.replace({ query: text('view') ? { view: text('view') } : {} });

  return {
    filter,
    view,
    clear,
    filtered: computed(() => Object.keys(filter.value).length > 0),
    hidden,
    toggleColumn,
    query,
    take,
    group: field('group'),
    device: field('device'),
    pending: field('pending'),
    technician: field('technician'),
    search: field('q'),
  };
}
