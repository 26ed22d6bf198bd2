import { defaultRangeExtractor, useVirtualizer } from '@tanstack/vue-virtual';
import { useEventListener, useResizeObserver } from '@vueuse/core';
import { type ComponentPublicInstance, type Ref, computed, nextTick, onMounted, ref, shallowRef, watch } from 'vue';

export interface Line {
  key: string;
  /** How high it probably is, in px; measured once it is on the page. */
  size: number;
}
/** A line to render by its index, or the room of lines that are not. */
export type Piece = { index: number } | { gap: number };

/** Up to here every line is rendered: find in page and printing then see all of it, and it is fast enough. */
const ALL = 200;
/** Beyond either edge: what the compositor scrolls into before the page has put more in, at 130 rows a second for a sixth of one. */
const OVERSCAN = 24;
/** What heads that stay may cover of the scrolled part, in px. */
const HEADS = 56;
/** Before the page knows its own height. */
const FIRST = 60;

/**
 * Which lines of a long table are on the page: those in sight and a few around, the one that has the focus, and what `with` names for
 * them (their group's head, the cursor's row). Gaps keep the others' room. What is being read stays where it is when lines above come
 * or go. `measure` is the ref of every line, which carries its index as `data-index`.
 */
export function useVirtualRows(
  table: Ref<HTMLElement | null>,
  lines: Ref<readonly Line[]>,
  withThem: Ref<(indices: readonly number[]) => readonly number[]> = ref(() => []),
) {
  const scroller = shallowRef<HTMLElement | null>(null);
  const margin = ref(0);
  const focused = ref<string | null>(null);
  const long = computed(() => lines.value.length > ALL);
  const focusedIndex = computed(() =>
    focused.value === null ? -1 : lines.value.findIndex((l) => l.key === focused.value),
  );

  const virtualizer = useVirtualizer(
    computed(() => {
      const [all, kept, more] = [lines.value, focusedIndex.value, withThem.value];
      return {
        count: all.length,
        enabled: long.value,
        getScrollElement: () => scroller.value,
        estimateSize: (index: number) => all[index]?.size ?? 0,
        getItemKey: (index: number) => all[index]?.key ?? index,
        overscan: OVERSCAN,
        scrollMargin: margin.value,
        rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
          const shown = [...defaultRangeExtractor(range), ...(kept < 0 ? [] : [kept])];
          return [...new Set([...shown, ...more(shown)])].sort((a, b) => a - b);
        },
      };
    }),
  );
  const pieces = computed<Piece[]>(() => {
    if (!long.value) return lines.value.map((_line, index) => ({ index }));
    const shown = virtualizer.value.getVirtualItems();
    if (shown.length === 0) return lines.value.slice(0, FIRST).map((_line, index) => ({ index }));
    const out: Piece[] = [];
    let at = margin.value;
    for (const { index, start, end } of shown) {
      if (start - at > 0.5) out.push({ gap: start - at });
      out.push({ index });
      at = end;
    }
    const rest = virtualizer.value.getTotalSize() + margin.value - at;
    if (rest > 0.5) out.push({ gap: rest });
    return out;
  });

  function measure(line: Element | ComponentPublicInstance | null): void {
    if (!long.value || line === null) return;
    const element = line instanceof Element ? line : (line.$el as unknown);
    if (element instanceof HTMLElement) virtualizer.value.measureElement(element);
  }

  /** Who scrolls, and how far down in it the table begins, depend on the window's width and on what stands above. */
  function place(): void {
    if (!long.value || table.value === null) return;
    scroller.value = scrollingParent(table.value);
    if (scroller.value === null) return;
    const [box, around] = [table.value.getBoundingClientRect(), scroller.value.getBoundingClientRect()];
    margin.value = Math.max(0, Math.round(box.top - around.top + scroller.value.scrollTop));
    // What the virtualizer and `hold` do; the browser's own way of it knows nothing of rows that are not there.
    scroller.value.style.overflowAnchor = 'none';
  }

  const topOf = (row: Element) => row.getBoundingClientRect().top;
  const onPage = () => [...(table.value?.querySelectorAll<HTMLElement>('[data-index]') ?? [])];

  /** What is read, by key, with its place on the screen. Nothing while the list stands at its beginning: news belong there. */
  function linesInSight(of: readonly Line[]): { key: string; top: number }[] {
    if (scroller.value === null || scroller.value.scrollTop === 0) return [];
    const { top, bottom } = scroller.value.getBoundingClientRect();
    return onPage()
      .map((row) => ({ key: of[Number(row.dataset.index)]?.key ?? '', top: topOf(row) }))
      .filter((line) => line.top > top + HEADS && line.top < bottom);
  }

  /** Scrolls by what the first of them that is still there was moved by. */
  function hold(read: readonly { key: string; top: number }[]): void {
    const rows = new Map(onPage().map((row) => [lines.value[Number(row.dataset.index)]?.key, row]));
    const still = read.find(({ key }) => rows.has(key));
    const row = rows.get(still?.key);
    if (still !== undefined && row !== undefined && scroller.value !== null)
      scroller.value.scrollTop += topOf(row) - still.top;
  }
  onMounted(place);
  watch(lines, (_now, before) => {
    const read = long.value ? linesInSight(before) : [];
    void nextTick(() => {
      place();
      hold(read);
    });
  });
  useResizeObserver(table, place);
  useEventListener('resize', place);

  const keyAt = (target: EventTarget | null) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
    return row === null ? null : (lines.value[Number(row.dataset.index)]?.key ?? null);
  };
  useEventListener(table, 'focusin', (event: FocusEvent) => (focused.value = keyAt(event.target)));
  useEventListener(table, 'focusout', (event: FocusEvent) => (focused.value = keyAt(event.relatedTarget)));

  return { pieces, measure };
}

function scrollingParent(element: HTMLElement): HTMLElement | null {
  for (let at = element.parentElement; at !== null; at = at.parentElement)
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  return null;
}
