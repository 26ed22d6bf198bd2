import { computed, onScopeDispose, type Ref, ref, watch } from 'vue';
import type { Encoding } from '../../lib/encodings.ts';
import { below, needleOf, placesIn } from './find-bytes.ts';
import type { ReadRange } from './output-http.ts';

const STEP = 1024 * 1024;
/** More places than anybody steps through; the rest is counted no further. */
const MOST = 1_000_000;

interface Parts {
  read: Ref<ReadRange>;
  total: Ref<number>;
  encoding: Ref<Encoding>;
  /** Where the search begins: the first byte on the screen. */
  from: () => number;
}

/** Finds a text in the whole output: from where the person stands to the end, then from the start; the first place is shown as soon as it is found. */
export function useOutputFind({ read, total, encoding, from }: Parts) {
  const words = ref('');
  const current = ref<number | null>(null);
  const progress = ref(0);
  const done = ref(false);
  /** Not all of the output was looked at. */
  const partial = ref(false);
  const problem = ref('');
  /** Places before and behind the start of the search, each in order. */
  let [early, late]: [number[], number[]] = [[], []];
  const count = ref(0);
  let leave = new AbortController();

  const all = (i: number): number | undefined => (i < early.length ? early[i] : late[i - early.length]);
  const index = computed(() => {
    void count.value;
    const at = current.value;
    if (at === null) return null;
    const n = early.length > 0 && at <= (early.at(-1) ?? -1) ? below(early, at) : early.length + below(late, at);
    return n + 1;
  });

  /** `within`: looks no further than so many bytes ahead, for who only wants to see the place. */
  async function search(text: string, at = from(), within = Infinity): Promise<void> {
    stop();
    words.value = text;
    const needle = needleOf(text, encoding.value);
    if (needle === null) {
      done.value = true;
      return;
    }
    const { signal } = leave;
    const start = Math.min(at, total.value);
    const end = total.value;
    partial.value = within < end;
    let looked = 0;
    const scan = async (a: number, b: number, into: number[]) => {
      for (let at = a; at < b && count.value < MOST; at += STEP) {
        // A place that two steps cut belongs to the step in which it begins.
        const { bytes } = await read.value(at, Math.min(end, Math.min(b, at + STEP) + needle.one.length - 1), signal);
        if (signal.aborted) return;
        for (const place of placesIn(bytes, needle, at))
          if (place < Math.min(b, at + STEP) && place >= (into.at(-1) ?? -1) + needle.one.length) into.push(place);
        count.value = early.length + late.length;
        if (current.value === null && count.value > 0) current.value = into[0] ?? null;
        looked += STEP;
        progress.value = Math.min(1, looked / end);
      }
    };
    try {
      await scan(start, Math.min(end, start + within), late);
      if (!partial.value) await scan(0, start, early);
      if (!signal.aborted) done.value = true;
    } catch (error) {
      if (!signal.aborted) problem.value = error instanceof Error ? error.message : String(error);
    }
  }
  function stop(): void {
    leave.abort();
    leave = new AbortController();
    [early, late] = [[], []];
    count.value = 0;
    current.value = null;
    progress.value = 0;
    done.value = false;
    problem.value = '';
    words.value = '';
  }
  function go(by: 1 | -1): void {
    if (count.value === 0 || index.value === null) return;
    current.value = all((index.value - 1 + by + count.value) % count.value) ?? null;
  }
  watch(encoding, () => words.value && void search(words.value));
  onScopeDispose(() => leave.abort());

  return {
    words,
    current,
    count,
    index,
    progress,
    done,
    partial,
    problem,
    search,
    stop,
    next: () => go(1),
    previous: () => go(-1),
    /** Which of the places in a row this one is. */
    placeInRow: (row: number, at: number): number => {
      let n = 0;
      for (const list of [early, late]) n += below(list, at) - below(list, row);
      return n;
    },
    full: computed(() => count.value >= MOST),
  };
}
export type OutputFind = ReturnType<typeof useOutputFind>;
