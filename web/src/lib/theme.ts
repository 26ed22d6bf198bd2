import { ref } from 'vue';
import { readStored, writeStored } from './stored.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const kept = readStored('theme');
const theme = ref<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');

/** The person's theme. `system` follows the device; public/theme-boot.js sets it again before the next first paint. */
export function useTheme() {
  function set(next: Theme): void {
    theme.value = next;
    writeStored('theme', next === 'system' ? null : next);
    if (next === 'system') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', next);
  }
  const turn = (): void => set(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system');
  return { theme, set, turn };
}
