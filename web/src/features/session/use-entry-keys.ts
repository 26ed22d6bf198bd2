import type { Ref } from 'vue';
import { useKeys } from '../../lib/use-keys.ts';

/** `[` and `]`: the focus goes to the time of the entry above or below. `r`: a reply under the command with the focus, else under the latest. */
export function useEntryKeys(scroller: Ref<HTMLElement | null>): void {
  function step(by: 1 | -1): void {
    const all = [...(scroller.value?.querySelectorAll<HTMLElement>('.e > .tm') ?? [])];
    const now = document.activeElement?.closest('.e')?.querySelector<HTMLElement>('.tm') ?? null;
    const at = now ? all.indexOf(now) : by === 1 ? -1 : all.length;
    all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  }
  function reply(): void {
    const of = (root: Element | null | undefined) => [...(root?.querySelectorAll<HTMLElement>('[data-reply]') ?? [])];
    (of(document.activeElement?.closest('.e'))[0] ?? of(scroller.value).at(-1))?.click();
  }
  useKeys({ r: reply, '[': () => step(-1), ']': () => step(1) });
}
