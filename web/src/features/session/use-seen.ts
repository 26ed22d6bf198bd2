import { useEventListener } from '@vueuse/core';
import { onScopeDispose, type Ref, ref, watch } from 'vue';
import { readStored, writeStored } from '../../lib/stored.ts';
import type { EntryFieldsFragment } from '../../graphql/generated/operations.ts';

/** Where this person stopped reading last time, for the "New since" mark. Kept in this browser, per session. */
export function useSeen(sessionId: Ref<string | null>, entries: Ref<EntryFieldsFragment[]>) {
  const since = ref<{ seq: number; at: string } | null>(null);

  watch(
    sessionId,
    (id, before) => {
      if (before) keep(before);
      since.value = id ? read(id) : null;
    },
    { immediate: true },
  );
  function read(id: string): { seq: number; at: string } | null {
    const [seq, at] = (readStored(`seen.${id}`) ?? '').split(' ');
    return seq && at ? { seq: Number(seq), at } : null;
  }
  function keep(id: string): void {
    const last = entries.value.at(-1);
    if (last) writeStored(`seen.${id}`, `${last.seq} ${new Date().toISOString()}`);
  }
  const keepNow = () => sessionId.value && keep(sessionId.value);
  useEventListener(globalThis.document, 'visibilitychange', () => document.visibilityState === 'hidden' && keepNow());
  useEventListener(globalThis.window, 'pagehide', keepNow);
  onScopeDispose(keepNow);
  return since;
}
