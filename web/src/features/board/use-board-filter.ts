import { computed, shallowRef } from 'vue';
import { type LocationQueryRaw, useRoute, useRouter } from 'vue-router';
import type { BoardFilter, Priority, SlaState } from '../../graphql/generated/operations.ts';

export const VIEWS = ['live', 'pending', 'completed', 'people'] as const;
export type BoardView = (typeof VIEWS)[number];
export const COLUMNS = [
  ['st', 'Status'],
  ['tech', 'Technician'],
  ['wait', 'Waiting on'],
  ['sla', 'Clocks'],
] as const;
export type Column = (typeof COLUMNS)[number][0];
export const PRIORITIES = [
  ['urgent', 'Urgent'],
  ['normal', 'Normal'],
] as const satisfies [Priority, string][];
export const SLA_STATES = [
  ['running', 'In time'],
  ['warned', 'Near limit'],
  ['breached', 'Over limit'],
  ['paused', 'Stands still'],
] as const satisfies [SlaState, string][];
const FIELDS = ['group', 'device', 'pending', 'technician', 'priority', 'sla', 'q', 'view', 'hide'] as const;
type Field = (typeof FIELDS)[number];

/** The board's filter. It lives in the address, so a reload or a shared link shows the same rows. */
export function useBoardFilter() {
  const route = useRoute();
  const router = useRouter();
  /** The address on its way: of two quick choices the second builds on the first. */
  const ahead = shallowRef<LocationQueryRaw | null>(null);
  async function go(query: LocationQueryRaw): Promise<void> {
    ahead.value = query;
    await router.replace({ query });
    if (ahead.value === query) ahead.value = null;
  }
  const text = (field: Field): string => {
    const value = (ahead.value ?? route.query)[field];
    return typeof value === 'string' ? value : '';
  };
  /** The values of a field that takes several, without what it does not know. */
  const several = <T extends string>(field: Field, known: readonly (readonly [T, string])[]): T[] => {
    const given = text(field).split('.');
    return known.map(([value]) => value).filter((value) => given.includes(value));
  };
  const priorities = () => several('priority', PRIORITIES);
  const slaStates = () => several('sla', SLA_STATES);
  const set = (field: Field, value: string): void => {
    const query = { ...(ahead.value ?? route.query) };
    if (value) query[field] = value;
    else delete query[field];
    void go(query);
  };
  const field = (name: Field) => computed({ get: () => text(name), set: (value: string) => set(name, value) });

  const filter = computed<BoardFilter>((before) => {
    const now: BoardFilter = {
      ...(text('group') && { groupId: text('group') }),
      ...(text('device') && { online: text('device') === 'online' }),
      ...(text('pending') && { pendingOnly: true }),
      ...(text('technician') && { assigneeId: text('technician') }),
      ...(priorities().length > 0 && { priorities: priorities() }),
      ...(slaStates().length > 0 && { slaStates: slaStates() }),
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
    const valueOf = (name: Field): string => {
      if (name === 'priority') return priorities().join('.');
      return name === 'sla' ? slaStates().join('.') : text(name);
    };
    const kept = FIELDS.flatMap((name) => (valueOf(name) ? [[name, valueOf(name)] as [string, string]] : []));
    return new URLSearchParams(kept).toString();
  });
  const take = (kept: string) => void go(Object.fromEntries(new URLSearchParams(kept)));
  const clear = () => void go(text('view') ? { view: text('view') } : {});

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
    priority: computed({ get: priorities, set: (values: Priority[]) => set('priority', values.join('.')) }),
    sla: computed({ get: slaStates, set: (values: SlaState[]) => set('sla', values.join('.')) }),
    search: field('q'),
  };
}
