import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { BoardFilter } from '../../graphql/generated/operations.ts';

export const VIEWS = ['live', 'pending', 'completed', 'people'] as const;
export type BoardView = (typeof VIEWS)[number];
type Field = 'group' | 'device' | 'pending' | 'technician' | 'q' | 'view';

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

  const filter = computed<BoardFilter>(() => ({
    ...(text('group') && { groupId: text('group') }),
    ...(text('device') && { online: text('device') === 'online' }),
    ...(text('pending') && { pendingOnly: true }),
    ...(text('technician') && { assigneeId: text('technician') }),
    ...(text('q') && { search: text('q') }),
  }));
  const view = computed<BoardView>(() => VIEWS.find((v) => v === text('view')) ?? 'live');
  const clear = () => void router.replace({ query: text('view') ? { view: text('view') } : {} });

  return {
    filter,
    view,
    clear,
    filtered: computed(() => Object.keys(filter.value).length > 0),
    group: field('group'),
    device: field('device'),
    pending: field('pending'),
    technician: field('technician'),
    search: field('q'),
  };
}
