import { computed, type Ref, ref, shallowRef } from 'vue';
import type { OutputStream } from '../../graphql/generated/operations.ts';
import { decodeOutput, strayStart } from '../../lib/bytes.ts';
import { findInOutput, readOutput } from './output-http.ts';

/** One page of a long output. Small enough to stay smooth, big enough for most outputs to be one page. */
export const PAGE_BYTES = 64 * 1024;

/** Stored output of one stream, page by page by byte offset. */
export function useOutputPages(commandId: Ref<string>, stream: Ref<OutputStream>, total: Ref<number>) {
  const page = shallowRef<{ text: string; from: number; to: number } | null>(null);
  const busy = ref(false);
  const problem = ref('');
  const start = ref(0);
  const lastStart = computed(() => Math.max(0, Math.floor((total.value - 1) / PAGE_BYTES) * PAGE_BYTES));

  async function go(offset: number): Promise<void> {
    const at = Math.min(lastStart.value, Math.max(0, Math.floor(offset / PAGE_BYTES) * PAGE_BYTES));
    busy.value = true;
    problem.value = '';
    try {
      // Three bytes more: enough to finish a character that the page's end would cut.
      const { bytes } = await readOutput(commandId.value, stream.value, at, PAGE_BYTES + 3);
      const from = at === 0 ? 0 : strayStart(bytes);
      const to = Math.min(bytes.length, PAGE_BYTES) + strayStart(bytes.subarray(PAGE_BYTES));
      page.value = { text: decodeOutput(bytes.subarray(from, to)), from: at + from, to: at + to };
      start.value = at;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  }

  /** Turns to the page that holds the next place of a text. Says whether there is one. */
  async function find(text: string, from: number): Promise<number> {
    busy.value = true;
    problem.value = '';
    try {
      const offset = await findInOutput(commandId.value, stream.value, text, from, total.value);
      if (offset >= 0 && (page.value === null || offset < page.value.from || offset >= page.value.to)) await go(offset);
      return offset;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
      return -1;
    } finally {
      busy.value = false;
    }
  }

  return {
    page,
    busy,
    problem,
    go,
    find,
    first: () => go(0),
    previous: () => go(start.value - PAGE_BYTES),
    next: () => go(start.value + PAGE_BYTES),
    last: () => go(lastStart.value),
    atFirst: computed(() => start.value === 0),
    atLast: computed(() => start.value >= lastStart.value),
    paged: computed(() => total.value > PAGE_BYTES),
  };
}
