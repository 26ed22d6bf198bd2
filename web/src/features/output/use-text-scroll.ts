import { useEventListener } from '@vueuse/core';
import { nextTick, type Ref, ref, watch } from 'vue';
import type { OutputView } from './use-output-window.ts';

/** This near to an end of what is on the page, more is read. */
const NEAR = 500;
const LINE = 18;

/** Where to stand after the rows have changed. */
type Wish = { offset: number; block: 'start' | 'center' } | 'start' | 'end';

/** Keeps the place while rows come and go at both ends, follows the end while the person stays there, and takes jumps. */
export function useTextScroll(box: Ref<HTMLElement | null>, view: OutputView, atEnd: Ref<boolean>) {
  const shown = ref({ from: 0, to: 0 });
  let wish: Wish | null = null;
  let anchor: { at: string; top: number } | null = null;
  let lastTop = 0;
  let frame = 0;

  const rowsOf = (el: HTMLElement) => el.querySelectorAll<HTMLElement>('.r:not(.gone)');
  const offsetOf = (row: HTMLElement | undefined) => Number(row?.dataset['a'] ?? 0);
  /** Index of the last row for which `before` holds; rows are in order. */
  function lastRow(rows: NodeListOf<HTMLElement>, before: (row: HTMLElement) => boolean): number {
    let [from, to] = [0, rows.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (before(rows[middle]!)) from = middle + 1;
      else to = middle;
    }
    return Math.max(0, from - 1);
  }

  function measure(): void {
    const el = box.value;
    if (!el) return;
    const rows = rowsOf(el);
    if (rows.length === 0) return;
    const top = lastRow(rows, (row) => row.offsetTop <= el.scrollTop);
    const bottom = lastRow(rows, (row) => row.offsetTop < el.scrollTop + el.clientHeight);
    const after = rows[bottom + 1];
    shown.value = { from: offsetOf(rows[top]), to: after ? offsetOf(after) : view.to.value };
  }
  function more(): void {
    const el = box.value;
    if (!el || view.busy.value) return;
    if (el.scrollHeight - el.scrollTop - el.clientHeight < NEAR && view.to.value < view.total.value)
      void (atEnd.value ? view.follow() : view.forward());
    else if (el.scrollTop < NEAR && view.from.value > 0) void view.backward();
  }
  function stand(): void {
    const el = box.value;
    if (!el) return;
    if (wish === 'start') el.scrollTop = 0;
    else if (wish === 'end' || (wish === null && atEnd.value)) el.scrollTop = el.scrollHeight;
    else if (wish !== null) {
      const { offset, block } = wish;
      const rows = rowsOf(el);
      const row = rows[lastRow(rows, (r) => offsetOf(r) <= offset)];
      if (row) el.scrollTop = row.offsetTop - (block === 'center' ? (el.clientHeight - LINE) / 2 : 0);
    } else if (anchor !== null) {
      const row = el.querySelector<HTMLElement>(`.r[data-a="${anchor.at}"]`);
      if (row) el.scrollTop = row.offsetTop - anchor.top;
    }
    lastTop = el.scrollTop;
  }

  watch(
    view.segments,
    () => {
      const el = box.value;
      const rows = el && rowsOf(el);
      const row = rows?.[el ? lastRow(rows, (r) => r.offsetTop <= el.scrollTop) : 0];
      anchor = el && row ? { at: row.dataset['a'] ?? '', top: row.offsetTop - el.scrollTop } : null;
    },
    { flush: 'pre' },
  );
  watch(
    view.segments,
    () => {
      stand();
      measure();
      // When this move is over, perhaps another is needed until the box is full.
      void view.settled().then(() => nextTick(more));
    },
    { flush: 'post' },
  );
  watch(view.total, () => atEnd.value && void view.follow());
  watch(view.busy, (busy) => !busy && atEnd.value && view.to.value < view.total.value && void view.follow());

  useEventListener(box, 'scroll', () => {
    const el = box.value;
    if (!el) return;
    const near = el.scrollHeight - el.scrollTop - el.clientHeight < 24;
    if (near && view.to.value >= view.total.value) atEnd.value = true;
    else if (el.scrollTop < lastTop - 2) atEnd.value = false;
    lastTop = el.scrollTop;
    frame ||= requestAnimationFrame(() => ((frame = 0), measure(), more()));
  });
  // Rows that fill no box (one progress bar of many megabytes) cannot be scrolled: the wheel still goes on.
  useEventListener(
    box,
    'wheel',
    ({ deltaY }: WheelEvent) => {
      const el = box.value;
      if (!el || el.scrollHeight > el.clientHeight + 1) return;
      if (deltaY > 0) void view.forward();
      else void view.backward();
    },
    { passive: true },
  );

  async function jump(to: Wish, open: () => Promise<void>): Promise<void> {
    atEnd.value = to === 'end';
    wish = to;
    await open();
    await nextTick();
    stand();
    // What lies above a place belongs on the page, too, or the place could not stand in the middle.
    if (typeof to === 'object' && to.block === 'center') {
      await view.settled();
      if (view.from.value > to.offset - 16 * 1024) await view.backward();
      await nextTick();
      stand();
    }
    if (wish === to) wish = null;
    measure();
    more();
  }
  const here = (offset: number) => offset >= view.from.value && offset < view.to.value;
  const none = () => Promise.resolve();

  return {
    shown,
    toStart: () => jump('start', () => (view.from.value === 0 && view.opened.value ? none() : view.openAt(0))),
    toEnd: () => jump('end', () => view.openEnd()),
    /** Shows the row that holds a byte, in the middle. */
    async reveal(offset: number): Promise<void> {
      await jump({ offset, block: 'center' }, () => (here(offset) ? none() : view.openAt(offset)));
      box.value?.querySelector('mark.now')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    },
    seek: (offset: number) => jump({ offset, block: 'start' }, () => view.openAt(offset)),
    async page(by: 1 | -1): Promise<void> {
      const el = box.value;
      if (!el) return;
      const step = (el.clientHeight - LINE) * by;
      const room = by === 1 ? el.scrollHeight - el.scrollTop - el.clientHeight : el.scrollTop;
      if (room < Math.abs(step)) {
        await (by === 1 ? view.forward() : view.backward());
        await nextTick();
      }
      el.scrollTop += step;
    },
  };
}
