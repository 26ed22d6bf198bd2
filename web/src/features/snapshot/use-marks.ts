import { useEventListener } from '@vueuse/core';
import { type ComputedRef, computed, nextTick, provide, ref, shallowReactive, type ShallowRef, watch } from 'vue';
import type { SnapshotWholeFragment } from '../../graphql/generated/operations.ts';
import type { SnapshotDocument } from './document.ts';
import { shownAgain } from './edits.ts';
import { placesOf } from './places.ts';
import { reviewingKey } from './reviewing.ts';

/**
 * Stepping through the marks of a copy. A mark counts as looked at once one of its places was pointed at: the same thing is hidden in all
 * of them. That holds over an edit, which numbers marks anew, so it is kept by what is hidden there.
 */
export function useMarks(
  snapshot: ShallowRef<SnapshotWholeFragment | null>,
  copy: ComputedRef<SnapshotDocument | null>,
  root: Readonly<ShallowRef<HTMLElement | null>>,
) {
  const current = ref<number | null>(null);
  const lifted = ref(false);
  const seen = shallowReactive(new Set<string>());
  const marks = computed(() => new Map((snapshot.value?.review?.marks ?? []).map((each) => [each.mark, each])));
  const found = computed(() => (copy.value ? placesOf(copy.value) : { places: [], first: new Map() }));
  const places = computed(() => found.value.places);
  /** Of secrets only the numbers are known here: where one comes or goes, all of them are looked at again. */
  const secrets = computed(() =>
    [...marks.value.values()].flatMap(({ kind, places: of }) => (kind === 'secret' ? [of] : [])).join(' '),
  );
  const keyOf = (mark: string) => {
    const known = marks.value.get(mark);
    if (known?.kind === 'secret') return `secret ${mark} of ${secrets.value}`;
    return `value ${known?.value?.toLowerCase() ?? mark}`;
  };
  const isNew = ({ mark }: { mark: string }) => !seen.has(keyOf(mark));
  const things = computed(() => [...new Set(places.value.map(({ mark }) => mark))]);
  const left = computed(() => things.value.filter((mark) => isNew({ mark })).length);
  const at = computed(() => (current.value === null ? null : (places.value[current.value] ?? null)));

  /** Where stepping goes on from while nothing is pointed at. */
  let last: number | null = null;
  function point(place: number): void {
    const target = places.value[place];
    if (!target) return;
    current.value = last = place;
    seen.add(keyOf(target.mark));
  }
  /** To the next or the one before, of any kind or of one; around at the ends. */
  async function step(by: 1 | -1, kind: string | null = null): Promise<void> {
    const count = places.value.length;
    let place = current.value ?? last ?? (by === 1 ? -1 : count);
    for (let tries = 0; tries < count; tries++) {
      place = (place + by + count) % count;
      const { mark = '' } = places.value[place] ?? {};
      if (kind === null || marks.value.get(mark)?.kind === kind) return show(place);
    }
  }
  /** To the next mark that was not looked at yet. */
  async function stepNew(): Promise<void> {
    const after = (current.value ?? last ?? -1) + 1;
    const next = places.value.findIndex((place, n) => n >= after && isNew(place));
    const place = next >= 0 ? next : places.value.findIndex(isNew);
    if (place >= 0) await show(place);
  }
  async function show(place: number): Promise<void> {
    point(place);
    await nextTick();
    const element = root.value?.querySelector<HTMLElement>(`[data-place="${place}"]`);
    element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  // After an edit another mark may stand at this number; what comes next is that one.
  watch(copy, () => {
    if (current.value !== null) last = Math.min(current.value, places.value.length) - 1;
    current.value = null;
  });

  const lift = (event: KeyboardEvent) => {
    if (event.key !== 'Alt') return;
    event.preventDefault();
    lifted.value = event.type === 'keydown';
  };
  useEventListener(globalThis.window, 'keydown', lift);
  useEventListener(globalThis.window, 'keyup', lift);
  useEventListener(globalThis.window, 'blur', () => (lifted.value = false));

  provide(reviewingKey, {
    first: (text) => found.value.first.get(text) ?? 0,
    marks,
    current,
    lifted,
    shown: computed(() => shownAgain(snapshot.value?.edits ?? [])),
    point,
  });
  return { places, things, marks, current, at, left, step, stepNew, lifted };
}
export type Marks = ReturnType<typeof useMarks>;
