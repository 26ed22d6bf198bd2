import { computed, onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue';
import type { Encoding } from '../../lib/encodings.ts';
import type { ByteSource } from './byte-source.ts';
import { COUNT_LIMIT, LineCounts } from './line-counts.ts';
import type { ReadRange } from './output-http.ts';
import { OutputWindow, type Segment } from './output-window.ts';

interface Parts {
  source: Ref<ByteSource>;
  read: Ref<ReadRange>;
  total: Ref<number>;
  encoding: Ref<Encoding>;
  numbered: Ref<boolean>;
}

/** The stretch of an output on the page, one move at a time; a jump puts an end to moves under way. */
export function useOutputWindow({ source, read, total, encoding, numbered }: Parts) {
  const segments = shallowRef<readonly Segment[]>([]);
  const busy = ref(false);
  const problem = ref('');
  const opened = ref(false);
  let view = new OutputWindow(source.value, encoding.value);
  let counts = new LineCounts(read.value, encoding.value);
  let leave = new AbortController();
  let moving: Promise<void> | null = null;

  async function move(act: (signal: AbortSignal) => Promise<readonly Segment[]>): Promise<void> {
    const { signal } = leave;
    busy.value = true;
    problem.value = '';
    try {
      const next = await act(signal);
      if (!signal.aborted) segments.value = next;
    } catch (error) {
      if (!signal.aborted) problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      if (!signal.aborted) busy.value = false;
    }
  }
  /** Jumps: what was under way is no longer wanted. */
  async function jump(act: (signal: AbortSignal) => Promise<readonly Segment[]>): Promise<void> {
    leave.abort();
    leave = new AbortController();
    opened.value = true;
    await (moving = move(act));
  }
  /** Small moves: none while another is under way; who asks waits for that one instead. */
  async function step(act: (signal: AbortSignal) => Promise<readonly Segment[]>): Promise<void> {
    if (!opened.value) return;
    if (!busy.value) moving = move(act);
    await moving;
  }

  /** Numbers the lines by counting those before the page, again when the page has moved on meanwhile. */
  let numbering = false;
  async function number(): Promise<void> {
    if (numbering) return;
    numbering = true;
    try {
      for (;;) {
        const first = segments.value[0];
        if (!numbered.value || !first || first.line !== null || total.value > COUNT_LIMIT) return;
        const { signal } = leave;
        const mine = view;
        const lines = await counts.before(first.from, signal);
        if (view === mine && view.from === first.from) segments.value = view.number(lines + 1);
        else if (segments.value[0] === first) return;
      }
    } catch (error) {
      // Put off by a jump: its own segments ask again.
      if (!(error instanceof DOMException)) problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      numbering = false;
    }
  }
  watch([segments, numbered], () => void number());
  watch([source, encoding], () => {
    const at = view.from;
    view = new OutputWindow(source.value, encoding.value);
    counts = new LineCounts(read.value, encoding.value);
    if (opened.value) void jump((signal) => view.openAt(at, total.value, signal));
  });
  onScopeDispose(() => leave.abort());

  return {
    segments,
    busy,
    problem,
    opened,
    total,
    from: computed(() => segments.value[0]?.from ?? 0),
    to: computed(() => segments.value.at(-1)?.to ?? 0),
    /** More than what is on the page. */
    windowed: computed(
      () =>
        segments.value.length > 1 ||
        (segments.value.length === 1 && (view.from > 0 || (segments.value[0]?.to ?? 0) < total.value)),
    ),
    openAt: (offset: number) => jump((signal) => view.openAt(offset, total.value, signal)),
    openEnd: () => jump((signal) => view.openEnd(total.value, signal)),
    forward: () => step((signal) => view.forward(total.value, signal)),
    backward: () => step((signal) => view.backward(signal)),
    follow: () => step((signal) => view.follow(total.value, signal)),
    settled: async () => void (await moving),
  };
}
export type OutputView = ReturnType<typeof useOutputWindow>;
