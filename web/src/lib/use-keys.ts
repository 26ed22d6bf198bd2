import { useEventListener } from '@vueuse/core';

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** A checkbox takes no letters, so keys stay on while it has the focus. */
const takesText = (target: EventTarget | null): boolean =>
  typing(target) && !(target instanceof HTMLInputElement && ['checkbox', 'radio', 'button'].includes(target.type));

/** The name a map uses: `j`, `J` for shift, `mod+k`, `Enter`. */
const nameOf = (event: KeyboardEvent): string =>
  event.metaKey || event.ctrlKey ? `mod+${event.key.toLowerCase()}` : event.key;

const dialogOpen = (): boolean =>
  document.querySelector('[role="dialog"], [role="menu"], [role="alertdialog"]') !== null;

/** Page-wide keys. Off while typing and while a dialog or menu is open, except those with `mod`. */
export function useKeys(keys: KeyMap): void {
  useEventListener(globalThis.document, 'keydown', (event: KeyboardEvent) => {
    const name = nameOf(event);
    const handler = keys[name];
    if (!handler || event.altKey || event.defaultPrevented) return;
    if (!name.startsWith('mod+') && (takesText(event.target) || dialogOpen())) return;
    // Enter and space belong to the button or link that has the focus.
    if (name === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button')) return;
    event.preventDefault();
    handler(event);
  });
}

/** Two-key sequences such as `g d`: the second key counts for 1.2 s. A letter that leads nowhere does nothing else either. */
export function useKeySequences(first: string, keys: KeyMap): void {
  let until = 0;
  useEventListener(
    globalThis.document,
    'keydown',
    (event: KeyboardEvent) => {
      if (takesText(event.target) || dialogOpen() || event.metaKey || event.ctrlKey || event.altKey) return;
      const now = Date.now();
      if (now < until && (keys[event.key] || /^\p{L}$/u.test(event.key)) && event.key !== first) {
        event.preventDefault();
        // The page's own keys must not see the second letter.
        event.stopImmediatePropagation();
        keys[event.key]?.(event);
        until = 0;
      } else until = event.key === first ? now + 1200 : 0;
    },
    { capture: true },
  );
}
