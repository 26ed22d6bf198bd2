import type { Ref } from 'vue';
import { useKeys } from '../../lib/use-keys.ts';

/** `[` and `]`: the focus goes to the time of the entry above or below. */
export function useEntryKeys(scroller: Ref<HTMLElement | null>): void {
  function step(by: 1 | -1): void {
    const all = [...(scroller.value?.querySelectorAll<HTMLElement>('.e > .tm') ?? [])];
    const now = document.activeElement?.closest('.e')?.querySelector<HTMLElement>('.tm') ?? null;
    const at = now ? all.indexOf(now) : by === 1 ? -1 : all.length;
    all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  }
  useKeys({ '[': () => step(-1), ']': () => step(1) });
}
