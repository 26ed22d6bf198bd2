import { computed, shallowRef } from 'vue';
import { type LocationQueryRaw, useRoute, useRouter } from 'vue-router';
import type { BoardFilter, Priority, SlaState } from '../../graphql/generated/operations.ts';
import { type Given, idIn, oneIn, someIn, textIn } from '../../lib/address.ts';

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
const keysOf = <T extends string>(pairs: readonly (readonly [T, string])[]): T[] => pairs.map(([key]) => key);
/** What each field may hold; several values with points between. */
const FIELDS = {
  group: (given) => idIn(given, 'ClientGroup'),
  device: (given) => oneIn(given, ['online', 'offline']),
  pending: (given) => oneIn(given, ['1']),
  technician: (given) => idIn(given, 'User'),
  priority: (given) => someIn(given, keysOf(PRIORITIES)).join('.'),
  sla: (given) => someIn(given, keysOf(SLA_STATES)).join('.'),
  q: (given) => textIn(given).trim(),
  view: (given) => oneIn(given, VIEWS),
  hide: (given) => someIn(given, keysOf(COLUMNS)).join('.'),
} satisfies Record<string, (given: Given) => string>;
type Field = keyof typeof FIELDS;
/** One spelling of what an address or a saved view says. */
const spelled = (givenOf: (field: Field) => Given): string =>
  new URLSearchParams(
    (Object.keys(FIELDS) as Field[]).flatMap((name) => {
      const value = FIELDS[name](givenOf(name));
      return value ? [[name, value]] : [];
    }),
  ).toString();

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
  const given = (field: Field) => (ahead.value ?? route.query)[field] as Given;
  const text = (field: Field): string => FIELDS[field](given(field));
  const priorities = () => someIn(given('priority'), keysOf(PRIORITIES));
  const slaStates = () => someIn(given('sla'), keysOf(SLA_STATES));
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
  const view = computed<BoardView>(() => oneIn(given('view'), VIEWS) || 'live');
  /** Columns that are left out, by the end of their class. */
  const hidden = computed(() => someIn(given('hide'), keysOf(COLUMNS)));
  const toggleColumn = (key: Column) =>
    set(
      'hide',
      (hidden.value.includes(key) ? hidden.value.filter((k) => k !== key) : [...hidden.value, key]).join('.'),
    );
  /** What a saved view keeps, in the spelling of the address. */
  const query = computed(() => spelled(given));
  /** Whether a saved view is what the board shows now. */
  function isNow(kept: string): boolean {
    const view = new URLSearchParams(kept);
    return spelled((name) => view.get(name)) === query.value;
  }
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
    isNow,
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
