import { useEventListener, useResizeObserver } from '@vueuse/core';
import { computed, nextTick, type Ref, ref, watch } from 'vue';
import { useRoute } from 'vue-router';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { textIn } from '../../lib/address.ts';
import type { Place } from './place.ts';
import { itemOfSeq, type TimelineItem } from './timeline.ts';

interface Sources {
  items: Ref<TimelineItem[]>;
  commands: Ref<CommandFieldsFragment[]>;
  complete: Ref<boolean>;
  /** What is over is read from its beginning; everything else opens at its end. */
  fromTop?: Ref<boolean>;
}
const NEAR_END = 80;
/** Outputs above a place are read late and push it down; for this long it is held in view, unless the person scrolls. */
const HOLD_MS = 3000;

/**
 * Where the record is scrolled to: the entry or command a link names, else the end. Somebody reading at the end stays
 * at the end while entries come; somebody reading further up is not moved, and told that there is more.
 */
export function useScrollPlace(scroller: Ref<HTMLElement | null>, { items, commands, complete, fromTop }: Sources) {
  const route = useRoute();
  const lit = ref<number | null>(null);
  const newBelow = ref(false);
  let atEnd = true;
  let placed = false;
  let lastTop = 0;
  let held: { element: HTMLElement; until: number } | null = null;

  const place = computed<Place | null>(() => {
    const { cmd, stream, offset, q } = route.query;
    if (typeof cmd !== 'string') return null;
    return {
      commandId: cmd,
      stream: stream === 'stdout' || stream === 'stderr' ? stream : null,
      offset: typeof offset === 'string' && /^\d{1,15}$/.test(offset) ? Number(offset) : 0,
      words: textIn(q, 500),
    };
  });
  const wantedSeq = computed(() => {
    const hash = /^#e(\d+)$/.exec(route.hash)?.[1];
    if (hash) return Number(hash);
    return place.value ? (commands.value.find((c) => c.id === place.value?.commandId)?.entrySeq ?? null) : null;
  });

  function show(seq: number): boolean {
    const item = itemOfSeq(items.value, seq);
    // A message of a thread stands within its command's item.
    const exact = item && document.getElementById(`e${seq}`);
    const element = exact ?? (item && document.getElementById(`e${item.seq}`));
    if (!item || !element) return false;
    atEnd = false;
    held = { element, until: Date.now() + HOLD_MS };
    hold();
    const marked = exact ? seq : item.seq;
    lit.value = marked;
    setTimeout(() => lit.value === marked && (lit.value = null), 4000);
    return true;
  }
  const hold = () =>
    held?.element.scrollIntoView({
      block: held.element.offsetHeight > (scroller.value?.clientHeight ?? 0) ? 'start' : 'center',
    });
  function toEnd(): void {
    const el = scroller.value;
    if (el) el.scrollTop = el.scrollHeight;
    atEnd = true;
    newBelow.value = false;
  }
  function start(): void {
    if (fromTop?.value) atEnd = false;
    else toEnd();
  }
  const letGo = () => (held = null);
  useEventListener(scroller, ['wheel', 'pointerdown', 'keydown', 'touchmove'], letGo, { passive: true });
  useEventListener(scroller, 'scroll', () => {
    const el = scroller.value;
    if (!el) return;
    // Growing content moves the end away without anybody scrolling: only going up leaves the end.
    if (el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END) atEnd = true;
    else if (el.scrollTop < lastTop - 2) atEnd = false;
    lastTop = el.scrollTop;
    if (atEnd) newBelow.value = false;
  });
  useResizeObserver(
    computed(() => (items.value.length > 0 ? (scroller.value?.querySelector<HTMLElement>('.thru') ?? null) : null)),
    () => {
      if (held && Date.now() < held.until) hold();
      else if (atEnd) toEnd();
    },
  );
  watch(
    [complete, () => items.value.length],
    async ([all], before) => {
      await nextTick();
      if (placed && before[1] !== items.value.length) {
        if (atEnd) toEnd();
        else newBelow.value = true;
      } else if (!placed) {
        if (wantedSeq.value === null) start();
        else if (!show(wantedSeq.value)) return;
        placed = all;
      }
    },
    { flush: 'post' },
  );
  watch(wantedSeq, (seq) => seq !== null && placed && void nextTick(() => show(seq)));
  watch(
    () => route.params['number'],
    () => (placed = false),
  );

  return { lit, place, newBelow, toEnd };
}
