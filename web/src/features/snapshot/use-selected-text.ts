import { useEventListener } from '@vueuse/core';
import { type ShallowRef, ref } from 'vue';

/** What the reviewer has selected of the copy, to be hidden. `wrong`: it is not text of one place without a mark in it. */
export function useSelectedText(root: Readonly<ShallowRef<HTMLElement | null>>) {
  const text = ref('');
  const wrong = ref(false);
  useEventListener(globalThis.document, 'selectionchange', () => {
    const found = selected(root.value);
    text.value = found ?? '';
    wrong.value = found === null;
  });
  const clear = () => {
    globalThis.getSelection()?.removeAllRanges();
    text.value = '';
  };
  return { text, wrong, clear };
}

/** Null: something else of the copy; empty: nothing of it. */
function selected(root: HTMLElement | null): string | null {
  const selection = globalThis.getSelection();
  if (!root || !selection || selection.rangeCount === 0 || selection.isCollapsed) return '';
  const range = selection.getRangeAt(0);
  const { commonAncestorContainer: node } = range;
  const element = node instanceof Element ? node : node.parentElement;
  const inText = element?.closest('[data-text]') ?? null;
  if (!root.contains(node) || selection.toString().trim() === '') return '';
  if (!inText || inText.closest('.open') || range.cloneContents().querySelector('.r')) return null;
  return selection.toString().trim();
}
