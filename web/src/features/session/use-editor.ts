import { nextTick, type Ref, watch } from 'vue';

/** The command box: grows with its text, Ctrl or ⌘ and Enter sends, ↑ and ↓ in an empty (or recalled) box bring back earlier commands. */
export function useEditor(
  area: Ref<HTMLTextAreaElement | null>,
  draft: { script: string },
  history: Ref<string[]>,
  send: () => Promise<boolean>,
) {
  let recalled: number | null = null;

  async function grow(): Promise<void> {
    await nextTick();
    const el = area.value;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = `${Math.min(240, Math.max(20, el.scrollHeight))}px`;
  }
  watch([() => draft.script, area], grow, { immediate: true });

  function recall(step: -1 | 1): boolean {
    const list = history.value;
    const untouched = draft.script === '' || (recalled !== null && draft.script === list[recalled]);
    if (!untouched || list.length === 0) return false;
    const next = (recalled ?? list.length) + step;
    if (next < 0) return true;
    recalled = next >= list.length ? null : next;
    draft.script = recalled === null ? '' : (list[recalled] ?? '');
    return true;
  }
  function keydown(event: KeyboardEvent): void {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send().then((sent) => sent && (recalled = null));
    } else if ((event.key === 'ArrowUp' && recall(-1)) || (event.key === 'ArrowDown' && recall(1)))
      event.preventDefault();
    else if (event.key === 'Escape') area.value?.blur();
  }
  return { keydown };
}
