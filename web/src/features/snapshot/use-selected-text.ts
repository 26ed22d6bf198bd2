import { useEventListener } from '@vueuse/core';
import { type ShallowRef, ref } from 'vue';

/** What the reviewer has selected of the copy, to be hidden; empty where it is not text of one place without a mark in it. */
export function useSelectedText(root: Readonly<ShallowRef<HTMLElement | null>>) {
  const text = ref('');
  useEventListener(globalThis.document, 'selectionchange', () => (text.value = selected(root.value)));
  const clear = () => {
    globalThis.getSelection()?.removeAllRanges();
    text.value = '';
  };
  return { text, clear };
}

function selected(root: HTMLElement | null): string {
  const selection = globalThis.getSelection();
  if (!root || !selection || selection.rangeCount === 0 || selection.isCollapsed) return '';
  const range = selection.getRangeAt(0);
  const { commonAncestorContainer: node } = range;
  const element = node instanceof Element ? node : node.parentElement;
  const inText = element?.closest('[data-text]') ?? null;
  if (!inText || !root.contains(inText) || inText.closest('.open')) return '';
  return range.cloneContents().querySelector('.r') ? '' : selection.toString().trim();
}
